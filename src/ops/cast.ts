/** Conversion between element types. */

import { apply, type Op } from "../autograd/op.ts";
import { Tensor } from "../autograd/tensor.ts";
import type { ElementType } from "../gpu/element_type.ts";
import { convert } from "../kernels/elementwise.ts";

const CAST: Op<{ from: ElementType; to: ElementType }> = {
  name: "cast",
  half: true,
  forward([x], { to }) {
    return copy(x!, to);
  },
  backward(dy, _saved, { from }) {
    return [copy(dy, from)];
  },
};

function copy(x: Tensor, type: ElementType): Tensor {
  const y = Tensor.empty(x.gpu, x.shape, "cast", false, type);
  convert(x.gpu, x.slice, y.slice, y.size);
  return y;
}

/**
 * The same values stored in another element type, to the nearest where f16 is coarser; the tensor itself where
 * it is of that type already. Its gradient is of the type of `x`.
 *
 * @throws {Error} for f16 on a device that does not offer it.
 *
 * @example
 * ```ts
 * import { cast, Gpu, Tensor } from "@spheregrad/spheregrad";
 *
 * using gpu = await Gpu.request();
 * if (gpu.offersHalf) {
 *   const x = cast(Tensor.from(gpu, [0.1, 0.2], [2]), "f16"); // half the bytes
 *   console.log(x.type, await cast(x, "f32").data()); // f16, 0.0999755859375 and 0.199951171875
 * }
 * ```
 */
export function cast(x: Tensor, type: ElementType): Tensor {
  return x.type === type ? x : apply(CAST, [x], { from: x.type, to: type });
}
