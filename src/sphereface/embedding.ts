/** Images to embeddings, for evaluation and use. */

import { scope } from "../autograd/scope.ts";
import { noGrad } from "../autograd/tape.ts";
import type { ElementType } from "../gpu/element_type.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Parameters } from "../nn/parameters.ts";
import { type ImageBytes, imageTensor } from "../ops/image_tensor.ts";
import type { SphereNet } from "./spherenet.ts";
import { EMBEDDING } from "./table2.ts";

/** Length of the representation that faces are compared by: embeddings of an image and of its mirror. */
export const REPRESENTATION: number = 2 * EMBEDDING;

/**
 * The paper's test representation of RGB images: `[f(image); f(mirrored image)]`, `[images, 1024]`, not
 * normalised. Both halves travel through the net in one batch, with one read. The work is given to the GPU
 * before the promise is returned, so that calls which are not awaited one by one follow each other there
 * without a pause. Feature maps are stored as `precision`; the embeddings are f32.
 *
 * @throws {RangeError} if the bytes are not whole images of that size.
 * @throws {Error} for f16 on a device that does not offer it.
 */
export async function embedImages(
  gpu: Gpu,
  net: SphereNet,
  parameters: Parameters,
  { height, width, pixels }: ImageBytes,
  precision: ElementType = "f32",
): Promise<Float32Array<ArrayBuffer>> {
  const bytes = height * width * 3;
  const count = pixels.length / bytes;
  if (!Number.isInteger(count) || count === 0) {
    throw new RangeError(
      `${pixels.length} bytes are not whole RGB images of ${height}×${width} pixels, the size that the net takes.`,
    );
  }
  // Each image beside its mirror, so that their embeddings [2 images, 512] are the rows [images, 1024].
  const twice = new Uint8Array(2 * pixels.length);
  for (let image = 0; image < count; image++) {
    const one = pixels.subarray(image * bytes, (image + 1) * bytes);
    twice.set(one, 2 * image * bytes);
    twice.set(one, (2 * image + 1) * bytes);
  }
  const flips = Uint8Array.from({ length: 2 * count }, (_, row) => row % 2);
  const images = { height, width, pixels: twice, flips };
  using embeddings = noGrad(() =>
    scope(() => net.forward(parameters, imageTensor(gpu, images, precision)))
  );
  return await embeddings.data();
}
