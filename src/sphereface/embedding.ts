/** Images to embeddings, for evaluation and use. */

import { scope } from "../autograd/scope.ts";
import { noGrad } from "../autograd/tape.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Parameters } from "../nn/parameters.ts";
import { type ImageBytes, imageTensor } from "../ops/image_tensor.ts";
import type { SphereNet } from "./spherenet.ts";
import { EMBEDDING } from "./table2.ts";

/** Length of the representation that faces are compared by: embeddings of an image and of its mirror. */
export const REPRESENTATION: number = 2 * EMBEDDING;

/**
 * The paper's test representation of RGB images: `[f(image); f(mirrored image)]`, `[images, 1024]`, not
 * normalised. Both halves travel through the net in one batch, with one read.
 *
 * @throws {RangeError} if the bytes are not whole images of that size.
 */
export async function embedImages(
  gpu: Gpu,
  net: SphereNet,
  parameters: Parameters,
  { height, width, pixels }: ImageBytes,
): Promise<Float32Array<ArrayBuffer>> {
  const count = pixels.length / (height * width * 3);
  if (!Number.isInteger(count) || count === 0) {
    throw new RangeError(
      `${pixels.length} bytes are not whole RGB images of ${height}×${width} pixels, the size that the net takes.`,
    );
  }
  const twice = new Uint8Array(2 * pixels.length);
  twice.set(pixels);
  twice.set(pixels, pixels.length);
  const flips = new Uint8Array(2 * count).fill(1, count);
  using embeddings = noGrad(() =>
    scope(() => net.forward(parameters, imageTensor(gpu, { height, width, pixels: twice, flips })))
  );
  const values = await embeddings.data();
  const out = new Float32Array(count * REPRESENTATION);
  for (let image = 0; image < count; image++) {
    const at = (row: number) => values.subarray(row * EMBEDDING, (row + 1) * EMBEDDING);
    out.set(at(image), image * REPRESENTATION);
    out.set(at(count + image), image * REPRESENTATION + EMBEDDING);
  }
  return out;
}
