/** Maps of the plane as 2×3 matrices, in f64. */

import type { Point } from "../face.ts";

/**
 * A map of points by rows: `x' = a·x + b·y + tx`, `y' = c·x + d·y + ty`.
 */
export type Matrix2x3 = readonly [
  a: number,
  b: number,
  tx: number,
  c: number,
  d: number,
  ty: number,
];

/** The point that a map takes `point` to. */
export function applyMatrix([a, b, tx, c, d, ty]: Matrix2x3, { x, y }: Point): Point {
  return { x: a * x + b * y + tx, y: c * x + d * y + ty };
}

/** The map that does `first` and then `second`. */
export function composeMatrices(second: Matrix2x3, first: Matrix2x3): Matrix2x3 {
  const [a, b, tx, c, d, ty] = second;
  const [e, f, ux, g, h, uy] = first;
  return [
    a * e + b * g,
    a * f + b * h,
    a * ux + b * uy + tx,
    c * e + d * g,
    c * f + d * h,
    c * ux + d * uy + ty,
  ];
}

/**
 * The map that takes everything back.
 *
 * @throws {RangeError} if there is none, as the map takes the plane to a line or a point.
 */
export function invertMatrix(matrix: Matrix2x3): Matrix2x3 {
  const [a, b, tx, c, d, ty] = matrix;
  const determinant = a * d - b * c;
  if (!Number.isFinite(1 / determinant)) {
    throw new RangeError(`The map [${matrix.join(", ")}] cannot be inverted: it is singular.`);
  }
  const [e, f, g, h] = [d / determinant, -b / determinant, -c / determinant, a / determinant];
  return [e, f, -(e * tx + f * ty), g, h, -(g * tx + h * ty)];
}
