import type { RgbImage } from "../../src/faces/images/image.ts";
import type { Matrix2x3 } from "../../src/faces/align/matrix.ts";

/**
 * A crop out of a photo, in f64 and not rounded: bilinear, 0 where the photo ends.
 *
 * @param matrix From pixels of the crop to pixels of the photo.
 * @param samples Along each side of a crop's pixel, of which it is the mean.
 * @returns RGB, `[height, width, 3]`.
 */
export function warpReference(
  photo: RgbImage,
  [a, b, tx, c, d, ty]: Matrix2x3,
  { height, width }: { readonly height: number; readonly width: number },
  samples = 1,
): Float64Array {
  const out = new Float64Array(height * width * 3);
  for (let i = 0; i < out.length; i++) {
    const [channel, column, row] = [i % 3, Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    for (let j = 0; j < samples * samples; j++) {
      const x = column + (j % samples + 0.5) / samples - 0.5;
      const y = row + (Math.floor(j / samples) + 0.5) / samples - 0.5;
      const value = sample(photo, a * x + b * y + tx, c * x + d * y + ty, channel);
      out[i]! += value / samples ** 2;
    }
  }
  return out;
}

function sample({ height, width, data }: RgbImage, x: number, y: number, channel: number): number {
  let sum = 0;
  for (const row of [Math.floor(y), Math.floor(y) + 1]) {
    for (const column of [Math.floor(x), Math.floor(x) + 1]) {
      if (row < 0 || column < 0 || row >= height || column >= width) continue;
      const weight = (1 - Math.abs(x - column)) * (1 - Math.abs(y - row));
      sum += weight * data[(row * width + column) * 3 + channel]!;
    }
  }
  return sum;
}
