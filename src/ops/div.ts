/** Division of elements. */

import { apply, type Op } from "../autograd/op.ts";
import { Tensor } from "../autograd/tensor.ts";
import { binary, type OperandForm } from "../kernels/elementwise.ts";
import { operandForm, reduceToForm } from "./broadcast.ts";

const DIV: Op<{ form: OperandForm; b: Tensor }> = {
  name: "div",
  forward([a, b], { form }, save) {
    const y = Tensor.empty(a!.gpu, a!.shape, "div");
    binary(a!.gpu, "divide", a!.slice, b!.slice, y.slice, y.size, form, b!.size);
    save?.(y, b!);
    return y;
  },
  backward(dy, [y, b], { form, b: input }, need, into) {
    const da = Tensor.empty(dy.gpu, dy.shape, "div gradient"); // dy / b
    binary(dy.gpu, "divide", dy.slice, b!.slice, da.slice, dy.size, form, b!.size);
    if (!need[1]) return [da, null];
    const db = Tensor.empty(dy.gpu, dy.shape, "div gradient"); // −y dy / b
    binary(dy.gpu, "negativeProduct", da.slice, y!.slice, db.slice, dy.size);
    return [need[0] ? da : null, reduceToForm(db, input, 1, form, into)];
  },
};

/**
 * `a / b` for each element; shapes as for `add`.
 *
 * @throws {RangeError} if the shapes do not fit.
 */
export function div(a: Tensor, b: Tensor): Tensor {
  return apply(DIV, [a, b], { form: operandForm(a, b, "div"), b });
}
