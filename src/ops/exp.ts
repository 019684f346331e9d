/** The exponential. */

import { apply, type Op } from "../autograd/op.ts";
import { Tensor } from "../autograd/tensor.ts";
import { binary, unary } from "../kernels/elementwise.ts";

const EXP: Op<null> = {
  name: "exp",
  forward([x], _attrs, save) {
    const y = Tensor.empty(x!.gpu, x!.shape, "exp");
    unary(x!.gpu, "exp", x!.slice, y.slice, y.size);
    save?.(y);
    return y;
  },
  backward(dy, [y]) {
    const dx = Tensor.empty(dy.gpu, dy.shape, "exp gradient");
    binary(dy.gpu, "multiply", dy.slice, y!.slice, dx.slice, dy.size);
    return [dx];
  },
};

/** `eˣ` for each element. */
export function exp(x: Tensor): Tensor {
  return apply(EXP, [x], null);
}
