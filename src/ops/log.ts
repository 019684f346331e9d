/** The natural logarithm. */

import { apply, type Op } from "../autograd/op.ts";
import { Tensor } from "../autograd/tensor.ts";
import { binary, unary } from "../kernels/elementwise.ts";

const LOG: Op<null> = {
  name: "log",
  forward([x], _attrs, save) {
    const y = Tensor.empty(x!.gpu, x!.shape, "log");
    unary(x!.gpu, "log", x!.slice, y.slice, y.size);
    save?.(x!);
    return y;
  },
  backward(dy, [x]) {
    const dx = Tensor.empty(dy.gpu, dy.shape, "log gradient");
    binary(dy.gpu, "divide", dy.slice, x!.slice, dx.slice, dy.size);
    return [dx];
  },
};

/** `ln x` for each element; NaN below zero, as in WGSL. */
export function log(x: Tensor): Tensor {
  return apply(LOG, [x], null);
}
