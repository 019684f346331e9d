/** The square root. */

import { apply, type Op } from "../autograd/op.ts";
import { Tensor } from "../autograd/tensor.ts";
import { affine, binary, unary } from "../kernels/elementwise.ts";

const SQRT: Op<null> = {
  name: "sqrt",
  forward([x], _attrs, save) {
    const y = Tensor.empty(x!.gpu, x!.shape, "sqrt");
    unary(x!.gpu, "sqrt", x!.slice, y.slice, y.size);
    save?.(y);
    return y;
  },
  backward(dy, [y]) {
    const half = Tensor.empty(dy.gpu, dy.shape, "sqrt gradient");
    affine(dy.gpu, dy.slice, half.slice, dy.size, 0.5);
    const dx = Tensor.empty(dy.gpu, dy.shape, "sqrt gradient");
    binary(dy.gpu, "divide", half.slice, y!.slice, dx.slice, dy.size);
    return [dx];
  },
};

/** `√x` for each element. */
export function sqrt(x: Tensor): Tensor {
  return apply(SQRT, [x], null);
}
