/** Class labels on the GPU. */

import { Tensor } from "../autograd/tensor.ts";
import type { Gpu } from "../gpu/gpu.ts";

/**
 * Class labels `[batch]` for the losses. The words are unsigned integers, so `data()` of this tensor means
 * nothing.
 *
 * @throws {RangeError} if a label is not below `classes`.
 */
export function labelTensor(gpu: Gpu, labels: Uint32Array<ArrayBuffer>, classes: number): Tensor {
  const bad = labels.findIndex((label) => label >= classes);
  if (bad >= 0) {
    throw new RangeError(
      `The label ${labels[bad]} of sample ${bad} is not below the ${classes} classes.`,
    );
  }
  const tensor = Tensor.empty(gpu, [labels.length], "labels");
  gpu.upload(tensor.slice, labels);
  return tensor;
}
