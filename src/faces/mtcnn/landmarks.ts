/** From what the last net says of landmarks to points of the photo. */

import type { Landmarks, Point } from "../face.ts";
import type { Box } from "./boxes.ts";

/** Numbers that the last net gives for a box: the five x, then the five y, as shares of its extents. */
export const LANDMARK_NUMBERS = 10;

/**
 * Landmarks in the photo: `box.x1 + width · x − 1` and the same downwards, of the box that the net saw, which
 * is the one before the last regression. The authors count pixels from 1; here the first is 0.
 *
 * @param shares The five x, then the five y.
 */
export function landmarksIn(box: Box, shares: ArrayLike<number>): Landmarks {
  const width = box.x2 - box.x1 + 1;
  const height = box.y2 - box.y1 + 1;
  const at = (i: number): Point => ({
    x: box.x1 + width * shares[i]! - 1,
    y: box.y1 + height * shares[i + 5]! - 1,
  });
  return [at(0), at(1), at(2), at(3), at(4)];
}

/**
 * What landmarks in the mirror image of a box mean for the box itself: x counts from the other side, and left
 * eye and left corner of the mouth are the right ones.
 */
export function mirrorShares(shares: ArrayLike<number>): number[] {
  const from = [1, 0, 2, 4, 3];
  return [...from.map((i) => 1 - shares[i]!), ...from.map((i) => shares[i + 5]!)];
}

/** The mean of two times five shares. */
export function meanShares(a: ArrayLike<number>, b: ArrayLike<number>): number[] {
  return Array.from({ length: LANDMARK_NUMBERS }, (_, i) => (a[i]! + b[i]!) / 2);
}
