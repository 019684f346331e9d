/** Class labels on the GPU. */

import { Tensor } from "../autograd/tensor.ts";
import type { Gpu } from "../gpu/gpu.ts";

/**
 * Class labels `[batch]` for the losses. The words are unsigned integers, so `data()` of this tensor means
 * nothing. They get memory of their own, or are put over labels of an earlier call.
 *
 * @throws {RangeError} if a label is not below `classes`, or there are not as many as before.
 */
export function labelTensor(
  gpu: Gpu,
  labels: Uint32Array<ArrayBuffer>,
  classes: number,
  over?: Tensor,
): Tensor {
  const bad = labels.findIndex((label) => label >= classes);
  if (bad >= 0) {
    throw new RangeError(
      `The label ${labels[bad]} of sample ${bad} is not below the ${classes} classes.`,
    );
  }
  if (over !== undefined && over.size !== labels.length) {
    throw new RangeError(`${labels.length} labels cannot be put over ${over.size}.`);
  }
  const tensor = over ?? Tensor.empty(gpu, [labels.length], "labels");
  gpu.upload(tensor.slice, labels);
  return tensor;
}
