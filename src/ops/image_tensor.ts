/** Images as bytes to the network's input. */

import { Tensor } from "../autograd/tensor.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { imageBatch } from "../kernels/image_batch.ts";

/** A batch of RGB images. */
export interface ImageBytes {
  /** Rows. */
  readonly height: number;
  /** Columns. */
  readonly width: number;
  /** RGB bytes `[batch, height, width, 3]`. */
  readonly pixels: Uint8Array<ArrayBuffer>;
  /** 1 for each image to mirror, `[batch]`; none if left out. */
  readonly flips?: Uint8Array;
}

/**
 * Images as a tensor `[batch, height, width, 4]`: (v − 127.5) / 128 as in the released preprocessing, in
 * the order red, green, blue, zero. The bytes are uploaded as they are; scaling and mirroring happen on
 * the GPU.
 *
 * @throws {RangeError} if the number of bytes does not fit the size.
 */
export function imageTensor(gpu: Gpu, { height, width, pixels, flips }: ImageBytes): Tensor {
  const batch = pixels.length / (height * width * 3);
  if (!Number.isInteger(batch) || batch === 0 || (flips !== undefined && flips.length !== batch)) {
    throw new RangeError(
      `${pixels.length} bytes are not whole RGB images of ${height}×${width} pixels` +
        (flips === undefined ? "." : `, or not ${flips.length} of them.`),
    );
  }
  using bytes = Tensor.empty(gpu, [Math.ceil(pixels.length / 4)], "image bytes");
  gpu.upload(bytes.slice, wholeWords(pixels));
  using mirrored = Tensor.empty(gpu, [batch], "image flips");
  gpu.upload(mirrored.slice, Uint32Array.from(flips ?? new Uint8Array(batch)));
  const images = Tensor.empty(gpu, [batch, height, width, 4], "imageTensor");
  imageBatch(gpu, bytes.slice, mirrored.slice, images.slice, batch, height, width);
  return images;
}

/** WebGPU writes multiples of four bytes. */
function wholeWords(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (bytes.length % 4 === 0) return bytes;
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  padded.set(bytes);
  return padded;
}
