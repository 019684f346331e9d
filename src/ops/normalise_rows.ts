/** Projection of rows onto the unit sphere. */

import { apply, type Op } from "../autograd/op.ts";
import { Tensor } from "../autograd/tensor.ts";
import * as kernels from "../kernels/row_norms.ts";
import { padLast, resize } from "./resize.ts";
import { gradientOf, matrixExtents } from "./shapes.ts";

const NORMALISE_ROWS: Op<{ input: Tensor }> = {
  name: "normaliseRows",
  forward([x], _attrs, save) {
    const [rows, cols] = matrixExtents(x!, "normaliseRows");
    const y = Tensor.empty(x!.gpu, x!.shape, "normaliseRows");
    const norms = Tensor.empty(x!.gpu, [rows], "normaliseRows");
    kernels.normaliseRows(x!.gpu, x!.slice, norms.slice, y.slice, rows, cols);
    save?.(y, norms);
    norms[Symbol.dispose]();
    return y;
  },
  backward(dy, [y, norms], { input }, _need, into) {
    const [rows, cols] = matrixExtents(y!, "normaliseRows");
    const { tensor, target } = gradientOf(input, 0, into, "normaliseRows");
    kernels.normaliseRowsBackward(
      dy.gpu,
      y!.slice,
      norms!.slice,
      dy.slice,
      target.slice,
      rows,
      cols,
      target.accumulate,
    );
    return [tensor];
  },
};

/**
 * Each row of `[rows, cols]` divided by its L2 norm; norms below 1e-12 count as 1e-12. The gradient is
 * tangent to the sphere: (dy − (dy·y) y) / ‖x‖.
 *
 * @throws {RangeError} if the tensor is not a matrix.
 */
export function normaliseRows(x: Tensor): Tensor {
  const [rows, cols] = matrixExtents(x, "normaliseRows");
  const input = padLast(x);
  return resize(apply(NORMALISE_ROWS, [input], { input }), [rows, cols]);
}
