/** Scaling and shifting by numbers. */

import { apply, type Op } from "../autograd/op.ts";
import { Tensor } from "../autograd/tensor.ts";
import * as kernels from "../kernels/elementwise.ts";

const AFFINE: Op<{ scale: number; shift: number }> = {
  name: "affine",
  forward([a], { scale, shift }) {
    const y = Tensor.empty(a!.gpu, a!.shape, "affine");
    kernels.affine(a!.gpu, a!.slice, y.slice, y.size, scale, shift);
    return y;
  },
  backward(dy, _saved, { scale }) {
    const da = Tensor.empty(dy.gpu, dy.shape, "affine gradient");
    kernels.affine(dy.gpu, dy.slice, da.slice, dy.size, scale);
    return [da];
  },
};

/** `scale · a + shift`, with numbers that no gradient flows to. */
export function affine(a: Tensor, scale: number, shift = 0): Tensor {
  return apply(AFFINE, [a], { scale, shift });
}
