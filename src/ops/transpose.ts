/** The transpose of a matrix. */

import { apply, type Op } from "../autograd/op.ts";
import { Tensor } from "../autograd/tensor.ts";
import * as kernels from "../kernels/layout.ts";
import { matrixExtents } from "./shapes.ts";

const TRANSPOSE: Op<null> = {
  name: "transpose",
  forward([x]) {
    return transposed(x!);
  },
  backward(dy) {
    return [transposed(dy)];
  },
};

function transposed(x: Tensor): Tensor {
  const [rows, cols] = matrixExtents(x, "transpose");
  const y = Tensor.empty(x.gpu, [cols, rows], "transpose");
  kernels.transpose(x.gpu, x.slice, y.slice, rows, cols);
  return y;
}

/**
 * `[rows, cols]` to `[cols, rows]`.
 *
 * @throws {RangeError} if the tensor is not a matrix.
 */
export function transpose(x: Tensor): Tensor {
  return apply(TRANSPOSE, [x], null);
}
