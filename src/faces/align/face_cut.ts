/** The part of a photo that an aligned crop is made of: all that has to reach the GPU. */

import type { Landmarks } from "../face.ts";
import type { RgbImage } from "../images/image.ts";
import { applyMatrix, composeMatrices, invertMatrix, type Matrix2x3 } from "./matrix.ts";
import { type SimilarityMethod, similarityTransform } from "./similarity.ts";
import { type FaceTemplate, faceTemplate, type TemplateName } from "./template.ts";

/** How faces are aligned. */
export interface AlignOptions {
  /** The crop's size and where its landmarks belong; `"112x96"` if left out. */
  readonly template?: TemplateName | FaceTemplate;
  /** How the transform is solved; `"cp2tform"` if left out, as in the released preprocessing. */
  readonly method?: SimilarityMethod;
  /**
   * Whether a pixel of a crop that covers several pixels of the photo is their mean. The released
   * preprocessing samples one point of them, and so does this by default, however large the face.
   */
  readonly antialias?: boolean;
}

/** A part of a photo, and how a crop is made of it. */
export interface FaceCut {
  /** RGB bytes of the part, `[rows, columns, 3]`, filled up to a multiple of four. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Rows of the part; 0 where the crop lies beside the photo. */
  readonly rows: number;
  /** Columns of the part. */
  readonly columns: number;
  /** From pixels of the crop to pixels of the part. */
  readonly matrix: Matrix2x3;
  /** From pixels of the photo to pixels of the crop. */
  readonly transform: Matrix2x3;
  /** Samples along each side of a crop's pixel. */
  readonly samples: number;
  /** The crop's size. */
  readonly template: FaceTemplate;
}

/** More samples than this along a pixel's side show no difference. */
const MOST_SAMPLES = 32;

/**
 * Takes out of a photo what one face's crop needs; the photo itself can go then.
 *
 * @throws {RangeError} if the landmarks determine no transform.
 */
export function cutFace(
  image: RgbImage,
  landmarks: Landmarks,
  { template: wanted, method, antialias = false }: AlignOptions = {},
): FaceCut {
  const template = typeof wanted === "object" ? wanted : faceTemplate(wanted);
  const transform = similarityTransform(landmarks, template.points, method);
  const inPhoto = invertMatrix(transform);
  const [a, b, , c, d] = inPhoto;
  const scale = Math.sqrt(Math.abs(a * d - b * c));
  const samples = antialias ? Math.min(Math.max(Math.ceil(scale), 1), MOST_SAMPLES) : 1;
  const { left, top, columns, rows } = reach(image, inPhoto, template);
  const bytes = new Uint8Array(Math.ceil(rows * columns * 3 / 4) * 4);
  for (let row = 0; row < rows; row++) {
    const start = ((top + row) * image.width + left) * 3;
    bytes.set(image.data.subarray(start, start + columns * 3), row * columns * 3);
  }
  const matrix = composeMatrices([1, 0, -left, 0, 1, -top], inPhoto);
  return { bytes, rows, columns, matrix, transform, samples, template };
}

/** The rectangle of a photo's pixels that bilinear samples of a crop touch. */
function reach(
  image: RgbImage,
  inPhoto: Matrix2x3,
  { height, width }: FaceTemplate,
): { left: number; top: number; columns: number; rows: number } {
  // Half a pixel further than the centres of the outer pixels, for several samples in each.
  const corners = [[-0.5, -0.5], [width - 0.5, -0.5], [-0.5, height - 0.5], [
    width - 0.5,
    height - 0.5,
  ]].map(([x, y]) => applyMatrix(inPhoto, { x: x!, y: y! }));
  const [left, columns] = extent(corners.map(({ x }) => x), image.width);
  const [top, rows] = extent(corners.map(({ y }) => y), image.height);
  if (columns === 0 || rows === 0) return { left: 0, top: 0, columns: 0, rows: 0 };
  return { left, top, columns, rows };
}

function extent(positions: readonly number[], size: number): [first: number, count: number] {
  const first = Math.max(0, Math.floor(Math.min(...positions)));
  const end = Math.min(size, Math.floor(Math.max(...positions)) + 2);
  return [first, Math.max(0, end - first)];
}
