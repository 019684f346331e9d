/** Non-maximum suppression: of boxes that lie over each other, the one with the best score stays. */

import type { Box } from "./boxes.ts";

/** What the common part of two boxes is a share of: of what they cover together, or of the smaller one. */
export type OverlapKind = "union" | "min";

/** Pixels of a box, whose borders are its first and last columns and rows. */
function areaOf({ x1, y1, x2, y2 }: Box): number {
  return (x2 - x1 + 1) * (y2 - y1 + 1);
}

/** How much two boxes overlap, 0 to 1. */
export function overlap(a: Box, b: Box, kind: OverlapKind): number {
  const width = Math.min(a.x2, b.x2) - Math.max(a.x1, b.x1) + 1;
  const height = Math.min(a.y2, b.y2) - Math.max(a.y1, b.y1) + 1;
  if (!(width > 0 && height > 0)) return 0;
  const common = width * height;
  const [areaA, areaB] = [areaOf(a), areaOf(b)];
  return common / (kind === "min" ? Math.min(areaA, areaB) : areaA + areaB - common);
}

/**
 * Takes boxes by their scores, the best first and of equal ones the earlier, and keeps each that overlaps none
 * of those kept before by more than `threshold`.
 *
 * @returns Places in `boxes`, in the order in which they were taken.
 */
export function nonMaximumSuppression(
  boxes: readonly Box[],
  threshold: number,
  kind: OverlapKind,
): number[] {
  const order = boxes.map((_, index) => index)
    .sort((a, b) => boxes[b]!.score - boxes[a]!.score || a - b);
  const isIndexed = kind === "union" && threshold >= LEAST_INDEXED;
  const kept = isIndexed ? new UnionNeighbours(threshold) : new AllNeighbours();
  return order.filter((index) => {
    const box = boxes[index]!;
    for (const other of kept.near(box)) if (overlap(box, other, kind) > threshold) return false;
    kept.add(box);
    return true;
  });
}

/** Boxes of which some may overlap a given one. */
interface Neighbours {
  add(box: Box): void;
  near(box: Box): Iterable<Box>;
}

class AllNeighbours implements Neighbours {
  readonly #boxes: Box[] = [];

  add(box: Box): void {
    this.#boxes.push(box);
  }

  near(): Iterable<Box> {
    return this.#boxes;
  }
}

/** Below this threshold so many cells hold neighbours that looking at all boxes is as quick. */
const LEAST_INDEXED = 0.25;

/**
 * Boxes by their size and place: with the photos of crowds in mind, whose boxes are tens of thousands. What two
 * boxes share of their union is at most what their widths share of theirs; so for a share above t neither is
 * wider than 1/t of the other, and their centres are no further apart than (1 − t) / 2t of either width. The
 * same holds for heights.
 */
class UnionNeighbours implements Neighbours {
  readonly #cells = new Map<string, Box[]>();
  readonly #threshold: number;

  constructor(threshold: number) {
    this.#threshold = threshold;
  }

  add(box: Box): void {
    const octave = octaveOf(box);
    const [x, y] = centreOf(box).map((position) => Math.floor(position / 2 ** octave));
    const key = `${octave} ${x} ${y}`;
    const cell = this.#cells.get(key);
    if (cell === undefined) this.#cells.set(key, [box]);
    else cell.push(box);
  }

  *near(box: Box): Iterable<Box> {
    const octave = octaveOf(box);
    const apart = Math.ceil(-Math.log2(this.#threshold));
    for (let other = octave - apart; other <= octave + apart; other++) {
      const [left, right] = this.#cellsAlong(box.x1, box.x2, other);
      const [top, bottom] = this.#cellsAlong(box.y1, box.y2, other);
      for (let y = top; y <= bottom; y++) {
        for (let x = left; x <= right; x++) yield* this.#cells.get(`${other} ${x} ${y}`) ?? [];
      }
    }
  }

  /** The first and the last cell of an octave in which centres of neighbours may lie. */
  #cellsAlong(first: number, last: number, octave: number): [number, number] {
    const t = this.#threshold;
    const reach = (last - first + 1) * (1 - t) / (2 * t);
    const centre = (first + last) / 2;
    return [Math.floor((centre - reach) / 2 ** octave), Math.floor((centre + reach) / 2 ** octave)];
  }
}

/** The power of two in its width. */
function octaveOf({ x1, x2 }: Box): number {
  return Math.floor(Math.log2(Math.max(1, x2 - x1 + 1)));
}

function centreOf({ x1, y1, x2, y2 }: Box): [number, number] {
  return [(x1 + x2) / 2, (y1 + y2) / 2];
}
