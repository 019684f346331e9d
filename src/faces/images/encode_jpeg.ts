import encode from "@jsquash/jpeg/encode.js";
import type { RgbImage } from "./image.ts";

/** What the released crops were saved with, MATLAB's default. */
export const RELEASED_QUALITY = 75;

/** Tables of annex K of the standard, as libjpeg has them: the codec's own differ. */
const ANNEX_K = 0;

/**
 * Encodes an image as a baseline JPEG file with the standard's tables. Colours have half the resolution, as
 * libjpeg gives them by default; from quality 80 on half of it across alone, and from 90 on all of it.
 *
 * @param image The image.
 * @param quality From 1 to 100; 75 if left out, as the crops of the released preprocessing were saved.
 * @returns The whole file.
 * @throws {RangeError} for another quality, or when the bytes aren't those of such an image.
 *
 * @example
 * ```ts
 * import { decodeImage, encodeJpeg } from "@spheregrad/spheregrad";
 *
 * const data = new Uint8Array(8 * 8 * 3).fill(99);
 * const jpeg = await encodeJpeg({ height: 8, width: 8, data }, 90);
 * console.assert((await decodeImage(jpeg, "grey.jpg")).data[0] === 99);
 * ```
 */
export async function encodeJpeg(
  { height, width, data }: RgbImage,
  quality: number = RELEASED_QUALITY,
): Promise<Uint8Array<ArrayBuffer>> {
  if (!(Number.isInteger(quality) && quality >= 1 && quality <= 100)) {
    throw new RangeError(`The quality of a JPEG is a whole number from 1 to 100, not ${quality}.`);
  }
  if (!(height >= 1) || !(width >= 1) || data.length !== height * width * 3) {
    throw new RangeError(
      `A JPEG of ${width} x ${height} pixels takes ${height * width * 3} RGB bytes, ` +
        `not ${data.length}.`,
    );
  }
  const rgba = new Uint8ClampedArray(height * width * 4).fill(255);
  for (let from = 0, to = 0; from < data.length; from += 3, to += 4) {
    rgba[to] = data[from]!;
    rgba[to + 1] = data[from + 1]!;
    rgba[to + 2] = data[from + 2]!;
  }
  const options = { quality, baseline: true, progressive: false, quant_table: ANNEX_K };
  // The codec takes the picture's fields alone; ImageData itself is missing in some runtimes.
  const picture = { data: rgba, width, height, colorSpace: "srgb" } as ImageData;
  return new Uint8Array(await encode(picture, options)).slice();
}
