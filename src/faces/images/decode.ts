/**
 * From the bytes of a JPEG or PNG file to pixels. Where the bytes come from is the caller's matter,
 * and so is the size that a network wants (see `resample.ts`).
 */

import { ImageDecodeError, type RgbImage } from "./image.ts";
import { decodeJpeg } from "./jpeg.ts";
import { decodePng } from "./png.ts";

export { ImageDecodeError, MAX_IMAGE_PIXELS, type RgbImage } from "./image.ts";
export { initialiseJpeg } from "./jpeg.ts";

/**
 * Decodes a JPEG or PNG file; its first bytes tell which of them it is, not its name.
 *
 * JPEG: baseline and progressive, colour and grey, turned upright by the EXIF orientation; a file
 * that is cut off or has lost picture data is refused, not filled with grey. PNG: every colour type
 * and depth, CRCs checked; of 16 bits the high byte is kept, and alpha is dropped, as OpenCV and
 * Pillow do. Colour profiles are ignored.
 *
 * @param bytes The whole file.
 * @param name The file's name, for messages.
 * @returns The image as RGB bytes.
 * @throws ImageDecodeError when the file is empty, damaged, cut off, neither JPEG nor PNG, or over
 * {@linkcode MAX_IMAGE_PIXELS}; its message names the file.
 *
 * @example
 * ```ts
 * import { decodeImage, encodePng } from "@spheregrad/spheregrad";
 *
 * const png = encodePng(Uint8Array.of(255, 0, 0, 0, 0, 255), 1, 2);
 * const image = await decodeImage(png, "two-pixels.png");
 * console.assert(image.width === 2 && image.data[0] === 255);
 * ```
 */
export async function decodeImage(bytes: Uint8Array, name: string): Promise<RgbImage> {
  if (bytes.length === 0) throw new ImageDecodeError(`${name} is empty.`);
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return await decodeJpeg(bytes, name);
  if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) {
    return await decodePng(bytes, name);
  }
  throw new ImageDecodeError(`${name} ${describeForeign(bytes)}.`);
}

function startsWith(bytes: Uint8Array, magic: readonly number[], at = 0): boolean {
  return magic.every((byte, i) => bytes[at + i] === byte);
}

const FOREIGN: readonly (readonly [name: string, magic: string, at: number])[] = [
  ["WebP", "WEBP", 8],
  ["GIF", "GIF8", 0],
  ["BMP", "BM", 0],
  ["TIFF", "II*\0", 0],
  ["TIFF", "MM\0*", 0],
  ["AVIF", "ftypavif", 4],
  ["HEIF", "ftyp", 4],
];

function describeForeign(bytes: Uint8Array): string {
  const type = FOREIGN.find(([, magic, at]) =>
    startsWith(bytes, [...magic].map((character) => character.charCodeAt(0)), at)
  );
  if (type) return `is a ${type[0]} file; convert it to JPEG or PNG`;
  const first = [...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0"));
  return `is neither a JPEG nor a PNG file (it begins with the bytes ${first.join(" ")})`;
}
