/** Subtraction. */

import { apply, type Op } from "../autograd/op.ts";
import { Tensor } from "../autograd/tensor.ts";
import { affine, binary, type OperandForm } from "../kernels/elementwise.ts";
import { operandForm, reduceToForm } from "./broadcast.ts";

const SUB: Op<{ form: OperandForm; b: Tensor }> = {
  name: "sub",
  forward([a, b], { form }) {
    const y = Tensor.empty(a!.gpu, a!.shape, "sub");
    binary(a!.gpu, "subtract", a!.slice, b!.slice, y.slice, y.size, form, b!.size);
    return y;
  },
  backward(dy, _saved, { form, b }, need, into) {
    if (!need[1]) return [dy, null];
    const negative = Tensor.empty(dy.gpu, dy.shape, "sub gradient");
    affine(dy.gpu, dy.slice, negative.slice, dy.size, -1);
    return [need[0] ? dy : null, reduceToForm(negative, b, 1, form, into)];
  },
};

/**
 * `a − b`; shapes as for `add`.
 *
 * @throws {RangeError} if the shapes do not fit.
 */
export function sub(a: Tensor, b: Tensor): Tensor {
  return apply(SUB, [a, b], { form: operandForm(a, b, "sub"), b });
}
