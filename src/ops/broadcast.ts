/** How the second operand of an elementwise operation is laid over the first, and its gradient's way back. */

import type { Into } from "../autograd/op.ts";
import { Tensor } from "../autograd/tensor.ts";
import type { OperandForm } from "../kernels/elementwise.ts";
import { columnSums, sumAll } from "../kernels/reductions.ts";
import { gradientOf, sameShape } from "./shapes.ts";

/** The form in which `b` is laid over `a`; an error that names the operation if it does not fit. */
export function operandForm(a: Tensor, b: Tensor, name: string): OperandForm {
  if (sameShape(a.shape, b.shape)) return "same";
  if (b.size === 1) return "scalar";
  const last = a.shape.at(-1);
  if (b.shape.length === 1 && b.shape[0] === last && last !== undefined && last % 4 === 0) {
    return "row";
  }
  throw new RangeError(
    `${name} cannot lay shape [${b.shape}] over [${a.shape}]: give equal shapes, one value for each last index (a multiple of 4), or one value.`,
  );
}

/** Sums a gradient of `a`'s shape to the form in which `b` was laid over it. */
export function reduceToForm(
  gradient: Tensor,
  b: Tensor,
  index: number,
  form: OperandForm,
  into: Into,
): Tensor {
  if (form === "same") return gradient;
  if (form === "scalar") {
    const sum = Tensor.empty(b.gpu, b.shape, "broadcast gradient");
    sumAll(b.gpu, gradient.slice, sum.slice, gradient.size);
    return sum;
  }
  const { tensor, target } = gradientOf(b, index, into, "broadcast");
  const cols = b.size;
  columnSums(b.gpu, gradient.slice, target.slice, gradient.size / cols, cols, target.accumulate);
  return tensor;
}
