import { encode } from "fast-png";

/**
 * Encodes RGB bytes as a PNG file of 8 bits a sample.
 *
 * @param rgb The pixels, `[height, width, 3]`.
 * @param height Rows.
 * @param width Columns.
 * @returns The whole file.
 * @throws RangeError when the bytes aren't `height * width * 3` or the image is empty.
 *
 * @example
 * ```ts
 * import { encodePng } from "@spheregrad/spheregrad";
 *
 * const png = encodePng(new Uint8Array(2 * 3 * 3), 2, 3);
 * console.assert(png[1] === 0x50); // P of PNG
 * ```
 */
export function encodePng(
  rgb: Uint8Array,
  height: number,
  width: number,
): Uint8Array<ArrayBuffer> {
  if (!(height >= 1) || !(width >= 1) || rgb.length !== height * width * 3) {
    throw new RangeError(
      `A PNG of ${width} x ${height} pixels takes ${
        height * width * 3
      } RGB bytes, not ${rgb.length}.`,
    );
  }
  return new Uint8Array(encode({ width, height, data: rgb, channels: 3, depth: 8 }));
}

/**
 * Encodes RGB bytes as a `data:` address of a PNG, for an `<img>` in a page of one file.
 *
 * @param rgb The pixels, `[height, width, 3]`.
 * @param height Rows.
 * @param width Columns.
 * @throws RangeError when the bytes aren't `height * width * 3` or the image is empty.
 */
export function pngDataUri(rgb: Uint8Array, height: number, width: number): string {
  const png = encodePng(rgb, height, width);
  let binary = "";
  // In parts, as a call takes only so many arguments.
  for (let at = 0; at < png.length; at += 0x8000) {
    binary += String.fromCharCode(...png.subarray(at, at + 0x8000));
  }
  return `data:image/png;base64,${btoa(binary)}`;
}
