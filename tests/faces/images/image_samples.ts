import encodeWithMozjpeg from "@jsquash/jpeg/encode.js";

/** RGB bytes of smooth colours, so that a JPEG of them comes back within a few grey levels. */
export function gradient(height: number, width: number, phase = 0): Uint8Array<ArrayBuffer> {
  const rgb = new Uint8Array(height * width * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3;
      rgb[at] = (x * 255) / Math.max(1, width - 1);
      rgb[at + 1] = (y * 255) / Math.max(1, height - 1);
      rgb[at + 2] = (40 * phase) % 256;
    }
  }
  return rgb;
}

/** A JPEG file of RGB bytes, `[height, width, 3]`. */
export async function encodeJpeg(
  rgb: Uint8Array,
  height: number,
  width: number,
  progressive = false,
): Promise<Uint8Array<ArrayBuffer>> {
  const data = new Uint8ClampedArray(height * width * 4).fill(255);
  for (let i = 0; i < height * width; i++) data.set(rgb.subarray(i * 3, i * 3 + 3), i * 4);
  const options = { quality: 95, progressive };
  return new Uint8Array(await encodeWithMozjpeg(new ImageData(data, width, height), options));
}

/** Bytes from base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** The largest difference of two equally long arrays of bytes. */
export function largestDifference(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return Infinity;
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
}
