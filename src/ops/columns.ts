/** Some columns of a matrix, or some channels of images. */

import { apply, type Op } from "../autograd/op.ts";
import { Tensor } from "../autograd/tensor.ts";
import * as kernels from "../kernels/columns.ts";

const COLUMNS: Op<kernels.ColumnsShape> = {
  name: "columns",
  forward([x], shape) {
    return copy(x!, shape);
  },
  backward(dy, _saved, { rows, given, taken, first }) {
    return [copy(dy, { rows, given: taken, taken: given, first: -first })];
  },
};

function copy(x: Tensor, shape: kernels.ColumnsShape): Tensor {
  const y = Tensor.empty(x.gpu, [...x.shape.slice(0, -1), shape.taken], "columns");
  kernels.columns(x.gpu, x.slice, y.slice, shape);
  return y;
}

/**
 * The elements `first … first + count − 1` along the last axis.
 *
 * @throws {RangeError} if the tensor does not have them.
 *
 * @example
 * ```ts
 * import { columns, Gpu, Tensor } from "@spheregrad/spheregrad";
 *
 * using gpu = await Gpu.request();
 * const x = Tensor.from(gpu, [1, 2, 3, 4, 5, 6], [2, 3]);
 * console.log(await columns(x, 1, 2).data()); // 2, 3, 5, 6
 * ```
 */
export function columns(x: Tensor, first: number, count: number): Tensor {
  const given = x.shape.at(-1) ?? 1;
  const whole = Number.isInteger(first) && Number.isInteger(count);
  if (!whole || first < 0 || count < 1 || first + count > given) {
    throw new RangeError(
      `columns of [${x.shape}] takes ${count} of ${given} from number ${first} on, which are not there.`,
    );
  }
  return apply(COLUMNS, [x], { rows: x.size / given, given, taken: count, first });
}
