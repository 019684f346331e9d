/** Addition. */

import { apply, type Op } from "../autograd/op.ts";
import { Tensor } from "../autograd/tensor.ts";
import { binary, type OperandForm } from "../kernels/elementwise.ts";
import { operandForm, reduceToForm } from "./broadcast.ts";

const ADD: Op<{ form: OperandForm; b: Tensor }> = {
  name: "add",
  half: true,
  forward([a, b], { form }) {
    const y = Tensor.empty(a!.gpu, a!.shape, "add", false, a!.type);
    binary(a!.gpu, "add", a!.slice, b!.slice, y.slice, y.size, form, b!.size);
    return y;
  },
  backward(dy, _saved, { form, b }, need, into) {
    return [need[0] ? dy : null, need[1] ? reduceToForm(dy, b, 1, form, into) : null];
  },
};

/**
 * `a + b`; `b` has the shape of `a`, or is one value for each last index (a multiple of 4), or one value.
 *
 * @throws {RangeError} if the shapes do not fit.
 * @throws {TypeError} if they are of equal shape and of different element types.
 */
export function add(a: Tensor, b: Tensor): Tensor {
  const form = operandForm(a, b, "add");
  if (form === "same" && a.type !== b.type) {
    throw new TypeError(`add of ${a.type} and ${b.type}: cast() one of them before.`);
  }
  return apply(ADD, [a, b], { form, b });
}
