/** The sum and the mean of all elements. */

import { apply, type Op } from "../autograd/op.ts";
import { type Shape, Tensor } from "../autograd/tensor.ts";
import { affine, binary } from "../kernels/elementwise.ts";
import { sumAll } from "../kernels/reductions.ts";

const SUM: Op<{ shape: Shape; scale: number }> = {
  name: "sum",
  forward([x], { scale }) {
    const y = Tensor.empty(x!.gpu, [1], "sum");
    sumAll(x!.gpu, x!.slice, y.slice, x!.size, scale);
    return y;
  },
  backward(dy, _saved, { shape, scale }) {
    const scaled = Tensor.empty(dy.gpu, [1], "sum gradient");
    affine(dy.gpu, dy.slice, scaled.slice, 1, scale);
    const zeros = Tensor.zeros(dy.gpu, shape);
    const dx = Tensor.empty(dy.gpu, shape, "sum gradient");
    binary(dy.gpu, "add", zeros.slice, scaled.slice, dx.slice, dx.size, "scalar");
    return [dx];
  },
};

/** The sum of all elements, shape `[1]`, added up in an order that is the same on every run. */
export function sum(x: Tensor): Tensor {
  return apply(SUM, [x], { shape: x.shape, scale: 1 });
}

/** The mean of all elements, shape `[1]`. */
export function mean(x: Tensor): Tensor {
  return apply(SUM, [x], { shape: x.shape, scale: 1 / x.size });
}
