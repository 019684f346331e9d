/**
 * Boxes on their way through MTCNN. A box is given by its first and last column and row, counted from 0; they
 * need not be whole, and may lie outside of the photo.
 */

import { STRIDE, WINDOW } from "./pyramid.ts";

/** A candidate. */
export interface Box {
  /** First column. */
  readonly x1: number;
  /** First row. */
  readonly y1: number;
  /** Last column. */
  readonly x2: number;
  /** Last row. */
  readonly y2: number;
  /** What the last net that saw it made of it, 0 to 1. */
  readonly score: number;
}

/** How far a net would move the borders x1, y1, x2 and y2, as shares of the box's width and height. */
export type Regression = readonly [number, number, number, number];

/**
 * The box of a window of the first net.
 *
 * The authors count pixels from 1 and cut fractions off: of `(2 i + 1) / scale` and `(2 i + 12) / scale`.
 *
 * @param row Which window from above.
 * @param column Which window from the left.
 * @param scale The level's share of the photo's size.
 */
export function windowBox(row: number, column: number, scale: number, score: number): Box {
  const first = (i: number) => Math.trunc((STRIDE * i + 1) / scale) - 1;
  const last = (i: number) => Math.trunc((STRIDE * i + WINDOW) / scale) - 1;
  return { x1: first(column), y1: first(row), x2: last(column), y2: last(row), score };
}

/**
 * Moves the borders of a box.
 *
 * @param more What is added to the difference of the borders for the box's extent: the authors take the
 * difference alone after the first net, and one more, the number of pixels, after the others.
 */
export function regress(box: Box, [dx1, dy1, dx2, dy2]: Regression, more: 0 | 1): Box {
  const { x1, y1, x2, y2, score } = box;
  const width = x2 - x1 + more;
  const height = y2 - y1 + more;
  return {
    x1: x1 + dx1 * width,
    y1: y1 + dy1 * height,
    x2: x2 + dx2 * width,
    y2: y2 + dy2 * height,
    score,
  };
}

/** The square about the middle of a box, as large as its longer side, without fractions of pixels. */
export function square({ x1, y1, x2, y2, score }: Box): Box {
  const side = Math.max(x2 - x1, y2 - y1);
  const left = (x1 + x2 - side) / 2;
  const top = (y1 + y2 - side) / 2;
  return { x1: cut(left), y1: cut(top), x2: cut(left + side), y2: cut(top + side), score };
}

/** Cuts a fraction off as the authors do, who count from 1: towards pixel −1 as it is counted here. */
function cut(position: number): number {
  return Math.trunc(position + 1) - 1;
}
