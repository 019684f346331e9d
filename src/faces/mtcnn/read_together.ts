/** Reading several tensors with one wait. */

import { Tensor } from "../../autograd/tensor.ts";
import type { Gpu } from "../../gpu/gpu.ts";

/** The values of tensors in f32, which may be freed as soon as the call has returned its promise. */
export async function readTogether(
  gpu: Gpu,
  tensors: readonly Tensor[],
): Promise<Float32Array<ArrayBuffer>[]> {
  const sizes = tensors.map(({ size }) => size);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  using all = Tensor.empty(gpu, [total], "readTogether");
  let at = 0;
  for (const tensor of tensors) {
    const size = 4 * tensor.size;
    const to = { ...all.slice, offset: all.slice.offset + 4 * at, size };
    gpu.copy({ ...tensor.slice, size }, to);
    at += tensor.size;
  }
  const values = await all.data();
  at = 0;
  return sizes.map((size) => values.subarray(at, at += size));
}
