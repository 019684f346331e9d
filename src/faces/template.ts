/** Where the five landmarks lie in an aligned crop. */

import type { Landmarks } from "./face.ts";

/** The templates, named by height and width of their crops. */
export const TEMPLATES = ["112x96", "112x112"] as const;

/** One of them. */
export type TemplateName = (typeof TEMPLATES)[number];

/** What the template's numbers count; see {@linkcode faceTemplate}. */
export const PIXEL_CONVENTIONS = ["zero-based", "matlab"] as const;

/** One of them. */
export type PixelConvention = (typeof PIXEL_CONVENTIONS)[number];

/** A crop's size, and where its landmarks belong. */
export interface FaceTemplate {
  /** Rows of the crop. */
  readonly height: number;
  /** Columns of the crop. */
  readonly width: number;
  /** The five landmarks in pixels of the crop; the centre of its top left pixel is (0, 0). */
  readonly points: Landmarks;
}

/** x and y of the released preprocessing, in a crop of 112×96. */
const RELEASED = [
  [30.2946, 51.6963],
  [65.5318, 51.5014],
  [48.0252, 71.7366],
  [33.5493, 92.3655],
  [62.7299, 92.2041],
] as const;

/** Columns that a crop of 112×112 has more on its left. */
const MORE_COLUMNS = 8;

/**
 * The template of aligned crops: that of the released preprocessing, 112×96, or the same face with eight
 * columns more on either side.
 *
 * Its numbers come from MATLAB, which counts pixels from 1. Everyone else (OpenCV's users, InsightFace,
 * OpenSphere) takes them for pixels counted from 0, which moves the face by a pixel to the right and down, and
 * so does this package by default: crops of the usual sets fit together. `"matlab"` gives the released crops
 * exactly: it takes 1 from the template's numbers. Landmarks that MATLAB counted need the same, as those in
 * this package count from 0 (`parseLandmarks` has an option for that).
 *
 * @param name The crop's height and width.
 * @param convention What the released numbers count.
 *
 * @example
 * ```ts
 * import { faceTemplate } from "@spheregrad/spheregrad";
 *
 * console.assert(faceTemplate("112x112").points[0].x === 38.2946);
 * ```
 */
export function faceTemplate(
  name: TemplateName = "112x96",
  convention: PixelConvention = "zero-based",
): FaceTemplate {
  if (!TEMPLATES.includes(name)) {
    throw new RangeError(`There is no template "${name}", only ${TEMPLATES.join(" and ")}.`);
  }
  const [height, width] = name.split("x").map(Number) as [number, number];
  const first = convention === "matlab" ? 1 : 0;
  const right = name === "112x112" ? MORE_COLUMNS : 0;
  const points = RELEASED.map(([x, y]) => ({ x: x + right - first, y: y - first }));
  return { height, width, points: points as unknown as Landmarks };
}
