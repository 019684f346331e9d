/** The rectifier. */

import { apply, type Op } from "../autograd/op.ts";
import { Tensor } from "../autograd/tensor.ts";
import { binary } from "../kernels/elementwise.ts";

const RELU: Op<null> = {
  name: "relu",
  forward([x], _attrs, save) {
    const y = Tensor.empty(x!.gpu, x!.shape, "relu");
    binary(x!.gpu, "wherePositive", x!.slice, x!.slice, y.slice, y.size);
    save?.(y);
    return y;
  },
  backward(dy, [y]) {
    const dx = Tensor.empty(dy.gpu, dy.shape, "relu gradient");
    binary(dy.gpu, "wherePositive", dy.slice, y!.slice, dx.slice, dy.size);
    return [dx];
  },
};

/** `max(x, 0)` for each element; the derivative at zero is zero. */
export function relu(x: Tensor): Tensor {
  return apply(RELU, [x], null);
}
