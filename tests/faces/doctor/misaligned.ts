/** Aligned crops made wrong in the ways that the alignment doctor tells apart. */

import type { RgbImage } from "../../../src/faces/images/image.ts";
import {
  applyMatrix,
  composeMatrices,
  invertMatrix,
  type Matrix2x3,
} from "../../../src/faces/align/matrix.ts";
import { similarityTransform } from "../../../src/faces/align/similarity.ts";
import { faceTemplate } from "../../../src/faces/align/template.ts";
import { Random } from "../../../src/random.ts";

/** A way to make crops of 112×112 wrong; the same for the same image and number. */
export type Spoil = (crop: RgbImage, number: number) => RgbImage;

/** Moves a crop's pixels to where `matrix` takes them, bilinearly; what it does not reach is `fill`. */
export function warped(
  crop: RgbImage,
  matrix: Matrix2x3,
  [height, width]: readonly [number, number],
  fill = 0,
): RgbImage {
  const back = invertMatrix(matrix);
  const data = new Uint8Array(height * width * 3).fill(fill);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = applyMatrix(back, { x, y });
      const [left, top] = [Math.floor(from.x), Math.floor(from.y)];
      if (left < 0 || top < 0 || left + 1 >= crop.width || top + 1 >= crop.height) continue;
      const [fx, fy] = [from.x - left, from.y - top];
      for (let channel = 0; channel < 3; channel++) {
        const at = (dy: number, dx: number) =>
          crop.data[3 * ((top + dy) * crop.width + left + dx) + channel]!;
        const value = (1 - fy) * ((1 - fx) * at(0, 0) + fx * at(0, 1)) +
          fy * ((1 - fx) * at(1, 0) + fx * at(1, 1));
        data[3 * (y * width + x) + channel] = Math.round(value);
      }
    }
  }
  return { height, width, data };
}

/** A turn, a scale and a shift about the middle of a crop of 112×112. */
function about(scale: number, angle: number, dx: number, dy: number): Matrix2x3 {
  const [cos, sin] = [scale * Math.cos(angle), scale * Math.sin(angle)];
  const to: Matrix2x3 = [cos, -sin, 55.5 + dx, sin, cos, 55.5 + dy];
  return composeMatrices(to, [1, 0, -55.5, 0, 1, -55.5]);
}

/** A photo of 250×250 of which the crop could have been made: how the crop lies in it. */
function inPhoto(number: number): Matrix2x3 {
  const random = new Random(number);
  const vary = (by: number) => by * (2 * random.uniform() - 1);
  const scale = 1.15 * Math.exp(vary(0.2));
  return composeMatrices(
    [1, 0, 69 + vary(12), 0, 1, 69 + vary(12)],
    about(scale, vary(0.2), 0, 0),
  );
}

const CROP = [112, 112] as const;

/** Crops of 112×112 as they are. */
export const asTheyAre: Spoil = (crop) => crop;

/** Their 96 middle columns. */
export const narrow: Spoil = (crop) => warped(crop, [1, 0, -8, 0, 1, 0], [112, 96]);

/** Twice as large. */
export const doubled: Spoil = (crop) => warped(crop, [2, 0, 0.5, 0, 2, 0.5], [224, 224]);

/** Photos in which faces lie here and there. */
export const photos: Spoil = (crop, number) => {
  const random = new Random(number);
  const vary = (by: number) => by * (2 * random.uniform() - 1);
  const matrix = composeMatrices(
    [1, 0, 100 + vary(60), 0, 1, 70 + vary(40)],
    about(Math.exp(vary(0.5)), vary(0.35), 0, 0),
  );
  return warped(crop, matrix, [240, 320], 120);
};

/** Aligned once more by the transform that had made the crop from its photo. */
export const twice: Spoil = (crop, number) => warped(crop, invertMatrix(inPhoto(number)), CROP);

/** The same for pictures like CelebA's, whose faces all lie alike before the first time. */
export const twiceFromCelebA: Spoil = (crop, number) => {
  const random = new Random(number);
  const vary = (by: number) => by * (2 * random.uniform() - 1);
  const celebA = similarityTransform(
    faceTemplate("112x112").points,
    [[69, 111], [108, 111], [88, 134], [71, 152], [105, 152]].map(([x, y]) => ({ x: x!, y: y! })),
    "umeyama",
  );
  const own = about(Math.exp(vary(0.08)), vary(0.07), vary(3), vary(3));
  return warped(crop, invertMatrix(composeMatrices(celebA, own)), CROP);
};

/** Channels in the order blue, green, red. */
export const swapped: Spoil = ({ height, width, data }) => ({
  height,
  width,
  data: data.map((_, i) => data[i - i % 3 + 2 - i % 3]!),
});

/** Grey. */
export const greyed: Spoil = ({ height, width, data }) => ({
  height,
  width,
  data: data.map((_, i) => data[i - i % 3 + 1]!),
});

/** As large a face as `scale` says, under a border of grey, or cut. */
export const scaled = (scale: number): Spoil => (crop) =>
  warped(crop, about(scale, 0, 0, 0), CROP, 120);

/** The face off its place. */
export const shifted = (dx: number, dy: number): Spoil => (crop) =>
  warped(crop, about(1, 0, dx, dy), CROP, 120);

/** Turned. */
export const turned = (degrees: number): Spoil => (crop) =>
  warped(crop, about(1, degrees * Math.PI / 180, 0, 0), CROP, 120);

/** Faces as in CelebA's aligned pictures of 178×218. */
export const celebA: Spoil = (crop) =>
  warped(crop, [1.085, 0, 27.5, 0, 1.085, 55], [218, 178], 120);

/** All of a crop of 112×112 pressed into 96 columns. */
export const squeezed: Spoil = (crop) => warped(crop, [96 / 112, 0, 0, 0, 1, 0], [112, 96], 120);
