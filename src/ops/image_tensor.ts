/** Images as bytes to the network's input. */

import { Tensor } from "../autograd/tensor.ts";
import type { ElementType } from "../gpu/element_type.ts";
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

/** Images on the GPU as they were given; freed by its owner. */
export interface UploadedImages extends Disposable {
  /** Bytes, four in a float's place. */
  readonly bytes: Tensor;
  /** A word for each image, 1 to mirror it. */
  readonly flips: Tensor;
  /** Rows. */
  readonly height: number;
  /** Columns. */
  readonly width: number;
}

/**
 * Uploads images, as bytes: into memory of their own, or over images of an earlier call.
 *
 * @throws {RangeError} if the number of bytes does not fit the size, or that of the earlier images.
 */
export function uploadImages(
  gpu: Gpu,
  { height, width, pixels, flips }: ImageBytes,
  over?: UploadedImages,
): UploadedImages {
  const batch = pixels.length / (height * width * 3);
  if (!Number.isInteger(batch) || batch === 0 || (flips !== undefined && flips.length !== batch)) {
    throw new RangeError(
      `${pixels.length} bytes are not whole RGB images of ${height}×${width} pixels` +
        (flips === undefined ? "." : `, or not ${flips.length} of them.`),
    );
  }
  if (
    over !== undefined &&
    !(over.flips.size === batch && over.height === height && over.width === width)
  ) {
    throw new RangeError(
      `${batch} images of ${height}×${width} pixels cannot be put over ${over.flips.size} of ${over.height}×${over.width}.`,
    );
  }
  const uploaded = over ?? emptyImages(gpu, batch, height, width);
  gpu.upload(uploaded.bytes.slice, wholeWords(pixels));
  gpu.upload(uploaded.flips.slice, Uint32Array.from(flips ?? new Uint8Array(batch)));
  return uploaded;
}

function emptyImages(gpu: Gpu, batch: number, height: number, width: number): UploadedImages {
  const bytes = Tensor.empty(gpu, [Math.ceil(batch * height * width * 3 / 4)], "image bytes");
  const flips = Tensor.empty(gpu, [batch], "image flips");
  const dispose = () => [bytes, flips].forEach((tensor) => tensor[Symbol.dispose]());
  return { bytes, flips, height, width, [Symbol.dispose]: dispose };
}

/** The network's input `[batch, height, width, 4]` from uploaded images; see {@linkcode imageTensor}. */
export function normaliseImages(
  { bytes, flips, height, width }: UploadedImages,
  type: ElementType = "f32",
): Tensor {
  const batch = flips.size;
  const images = Tensor.empty(bytes.gpu, [batch, height, width, 4], "imageTensor", false, type);
  imageBatch(bytes.gpu, bytes.slice, flips.slice, images.slice, batch, height, width);
  return images;
}

/**
 * Images as a tensor `[batch, height, width, 4]`: (v − 127.5) / 128 as in the released preprocessing, in
 * the order red, green, blue, zero. The bytes are uploaded as they are; scaling and mirroring happen on
 * the GPU. With `type` f16 a net keeps all of its feature maps so.
 *
 * @throws {RangeError} if the number of bytes does not fit the size.
 * @throws {Error} for f16 on a device that does not offer it.
 */
export function imageTensor(gpu: Gpu, images: ImageBytes, type: ElementType = "f32"): Tensor {
  using uploaded = uploadImages(gpu, images);
  return normaliseImages(uploaded, type);
}

/** WebGPU writes multiples of four bytes. */
function wholeWords(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (bytes.length % 4 === 0) return bytes;
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  padded.set(bytes);
  return padded;
}
