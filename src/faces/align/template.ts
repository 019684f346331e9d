/** Where the five landmarks lie in an aligned crop. */

import type { Landmarks } from "../face.ts";

/** The templates, named by height and width of their crops. */
export const TEMPLATES = ["112x96", "112x112"] as const;

/** One of them. */
export type TemplateName = (typeof TEMPLATES)[number];

/** What the template's numbers count; see {@linkcode faceTemplate}. */
export const PIXEL_CONVENTIONS = ["matlab", "zero-based"] as const;

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
 * Its numbers come from MATLAB, which counts pixels from 1, while points in this package count from 0. So one
 * is taken from them (`"matlab"`): with landmarks of `MtcnnDetector`, whose coordinates are MATLAB's less one
 * as well, crops lie just as the released preprocessing has them. Many programs take both the template and
 * MTCNN's numbers for counted from 0, which gives nearly the same crops (`"zero-based"`); but who takes just one
 * of them so moves the face by a pixel. `parseLandmarks` has the same choice for lists.
 *
 * @param name The crop's height and width.
 * @param convention What the released numbers count.
 *
 * @example
 * ```ts
 * import { faceTemplate } from "@spheregrad/spheregrad";
 *
 * console.assert(faceTemplate("112x112", "zero-based").points[0].x === 38.2946);
 * console.assert(faceTemplate("112x112").width === 112);
 * ```
 */
export function faceTemplate(
  name: TemplateName = "112x96",
  convention: PixelConvention = "matlab",
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
