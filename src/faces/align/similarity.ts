/** Similarity transforms from landmarks to a template: turning, scaling, shifting. */

import type { Point } from "../face.ts";
import { applyMatrix, invertMatrix, type Matrix2x3 } from "./matrix.ts";

/** The ways to solve a similarity transform; see {@linkcode similarityTransform}. */
export const SIMILARITY_METHODS = ["cp2tform", "umeyama"] as const;

/** One of them. */
export type SimilarityMethod = (typeof SIMILARITY_METHODS)[number];

/** A fit that shrinks everything below this share of its target has lost it to rounding. */
const LEAST_SHARE = 1e-6;

/**
 * The similarity transform that takes points of a photo to the reference points of a template as well as
 * least squares can.
 *
 * - `cp2tform` is what MATLAB's function of that name does, and so the released preprocessing: four
 *   parameters solved **from the reference to the photo**, the residual measured in pixels of the photo, then
 *   inverted. A solution that mirrors is tried as well, and taken where its points lie nearer to the
 *   reference (by the spectral norm of what is left).
 * - `umeyama` is solved from the photo to the reference (Umeyama 1991, with scale), as scikit-image does; it
 *   never mirrors. Where the points do not fit exactly it scales less: by 2.3 % on average over LFW. So never
 *   train by one of them and test by the other.
 *
 * @param source Points of the photo.
 * @param reference Where they should go, as many.
 * @param method How it is solved.
 * @returns The map from the photo to the template.
 * @throws {RangeError} if the points differ in number or are less than two, a coordinate is not finite, or
 * they determine no transform, as where all are equal.
 *
 * @example
 * ```ts
 * import { applyMatrix, faceTemplate, similarityTransform } from "@spheregrad/spheregrad";
 *
 * const { points } = faceTemplate("112x96");
 * const twiceAsLarge = points.map(({ x, y }) => ({ x: 2 * x + 10, y: 2 * y }));
 * const matrix = similarityTransform(twiceAsLarge, points);
 * const eye = applyMatrix(matrix, twiceAsLarge[0]!);
 * console.assert(Math.abs(eye.x - points[0].x) < 1e-9 && Math.abs(matrix[0] - 0.5) < 1e-9);
 * ```
 */
export function similarityTransform(
  source: readonly Point[],
  reference: readonly Point[],
  method: SimilarityMethod = "cp2tform",
): Matrix2x3 {
  requirePoints(source, reference);
  const solved = method === "umeyama" ? umeyama(source, reference) : cp2tform(source, reference);
  if (solved === null) {
    throw new RangeError(
      `The landmarks ${describe(source)} determine no similarity transform to the template: ` +
        "they lie in one place, or in no order that a face has.",
    );
  }
  return solved;
}

function umeyama(source: readonly Point[], reference: readonly Point[]): Matrix2x3 | null {
  // In the plane his rotation of determinant 1 and his scale are just the linear least squares of z → αz + β.
  return leastSquares(source, reference);
}

function cp2tform(source: readonly Point[], reference: readonly Point[]): Matrix2x3 | null {
  const plain = inverse(leastSquares(reference, source));
  const mirrored = reference.map(({ x, y }) => ({ x: -x, y }));
  const turned = inverse(leastSquares(mirrored, source));
  const reflected: Matrix2x3 | null = turned &&
    [-turned[0], -turned[1], -turned[2], turned[3], turned[4], turned[5]];
  if (plain === null || reflected === null) return plain ?? reflected;
  const better = misfit(reflected, source, reference) < misfit(plain, source, reference);
  return better ? reflected : plain;
}

function inverse(matrix: Matrix2x3 | null): Matrix2x3 | null {
  return matrix && invertMatrix(matrix);
}

/** The similarity without reflection that minimises Σ|M·from − to|²; null where that is no similarity. */
function leastSquares(from: readonly Point[], to: readonly Point[]): Matrix2x3 | null {
  const [p, q] = [mean(from), mean(to)];
  let [along, across, square, target] = [0, 0, 0, 0];
  for (const [i, point] of from.entries()) {
    const [x, y] = [point.x - p.x, point.y - p.y];
    const [u, v] = [to[i]!.x - q.x, to[i]!.y - q.y];
    along += x * u + y * v;
    across += y * u - x * v;
    square += x * x + y * y;
    target += u * u + v * v;
  }
  if (!(Math.hypot(along, across) > LEAST_SHARE * Math.sqrt(square * target))) return null;
  const [a, b] = [along / square, across / square];
  return [a, b, q.x - a * p.x - b * p.y, -b, a, q.y + b * p.x - a * p.y];
}

function mean(points: readonly Point[]): Point {
  const sum = points.reduce((s, { x, y }) => ({ x: s.x + x, y: s.y + y }), { x: 0, y: 0 });
  return { x: sum.x / points.length, y: sum.y / points.length };
}

/** The spectral norm of the matrix of what is left, `[points, 2]`: MATLAB's `norm`. */
function misfit(matrix: Matrix2x3, source: readonly Point[], reference: readonly Point[]): number {
  let [xx, xy, yy] = [0, 0, 0];
  for (const [i, point] of source.entries()) {
    const mapped = applyMatrix(matrix, point);
    const [dx, dy] = [mapped.x - reference[i]!.x, mapped.y - reference[i]!.y];
    xx += dx * dx;
    xy += dx * dy;
    yy += dy * dy;
  }
  return Math.sqrt((xx + yy) / 2 + Math.hypot((xx - yy) / 2, xy));
}

function requirePoints(source: readonly Point[], reference: readonly Point[]): void {
  if (source.length !== reference.length || source.length < 2) {
    throw new RangeError(
      `A similarity transform takes two points or more and as many of the reference, ` +
        `not ${source.length} and ${reference.length}.`,
    );
  }
  for (const [what, points] of [["landmarks", source], ["reference points", reference]] as const) {
    if (!points.every(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))) {
      throw new RangeError(
        `The ${what} ${describe(points)} are not all finite; leave this face out.`,
      );
    }
  }
}

function describe(points: readonly Point[]): string {
  return points.map(({ x, y }) => `(${x}, ${y})`).join(" ");
}
