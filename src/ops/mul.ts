/** Multiplication of elements. */

import { apply, type Op } from "../autograd/op.ts";
import { Tensor } from "../autograd/tensor.ts";
import { binary, type OperandForm } from "../kernels/elementwise.ts";
import { operandForm, reduceToForm } from "./broadcast.ts";

const MUL: Op<{ form: OperandForm; b: Tensor }> = {
  name: "mul",
  forward([a, b], { form }, save) {
    const y = Tensor.empty(a!.gpu, a!.shape, "mul");
    binary(a!.gpu, "multiply", a!.slice, b!.slice, y.slice, y.size, form, b!.size);
    save?.(a!, b!);
    return y;
  },
  backward(dy, [a, b], { form, b: input }, need, into) {
    const product = (other: Tensor, otherForm: OperandForm): Tensor => {
      const gradient = Tensor.empty(dy.gpu, dy.shape, "mul gradient");
      const cols = other.size;
      binary(dy.gpu, "multiply", dy.slice, other.slice, gradient.slice, dy.size, otherForm, cols);
      return gradient;
    };
    return [
      need[0] ? product(b!, form) : null,
      need[1] ? reduceToForm(product(a!, "same"), input, 1, form, into) : null,
    ];
  },
};

/**
 * `a · b` for each element; shapes as for `add`.
 *
 * @throws {RangeError} if the shapes do not fit.
 */
export function mul(a: Tensor, b: Tensor): Tensor {
  return apply(MUL, [a, b], { form: operandForm(a, b, "mul"), b });
}
