/** The dense layer's product with its bias. */

import { apply, type Op } from "../autograd/op.ts";
import { Tensor } from "../autograd/tensor.ts";
import { matmul } from "../kernels/matmul.ts";
import { columnSums } from "../kernels/reductions.ts";
import { padLast, padLastTwo, resize } from "./resize.ts";
import { gradientOf, matrixExtents } from "./shapes.ts";

interface Attrs {
  readonly inputs: readonly Tensor[];
  readonly rows: number;
  readonly cols: number;
  readonly depth: number;
}

const LINEAR: Op<Attrs> = {
  name: "linear",
  forward([x, w, bias], { rows, cols, depth }, save) {
    const y = Tensor.empty(x!.gpu, [rows, cols], "linear");
    matmul(x!.gpu, "nn", x!.slice, w!.slice, y.slice, { rows, cols, depth }, { bias: bias?.slice });
    save?.(x!, w!);
    return y;
  },
  backward(dy, [x, w], { inputs, rows, cols, depth }, need, into) {
    const gpu = dy.gpu;
    const gradients: (Tensor | null)[] = inputs.map(() => null);
    if (need[0]) {
      const { tensor, target } = gradientOf(inputs[0]!, 0, into, "linear");
      const shape = { rows, cols: depth, depth: cols };
      matmul(gpu, "nt", dy.slice, w!.slice, target.slice, shape, { accumulate: target.accumulate });
      gradients[0] = tensor;
    }
    if (need[1]) {
      const { tensor, target } = gradientOf(inputs[1]!, 1, into, "linear");
      const shape = { rows: depth, cols, depth: rows };
      matmul(gpu, "tn", x!.slice, dy.slice, target.slice, shape, { accumulate: target.accumulate });
      gradients[1] = tensor;
    }
    if (need[2]) {
      const { tensor, target } = gradientOf(inputs[2]!, 2, into, "linear");
      columnSums(gpu, dy.slice, target.slice, rows, cols, target.accumulate);
      gradients[2] = tensor;
    }
    return gradients;
  },
};

/**
 * `x w + bias` for `x [batch, in]`, `w [in, out]` and `bias [out]`.
 *
 * @throws {RangeError} if the extents do not fit.
 */
export function linear(x: Tensor, w: Tensor, bias?: Tensor): Tensor {
  const [rows, inputs] = matrixExtents(x, "linear");
  const [depth, outputs] = matrixExtents(w, "linear");
  if (inputs !== depth || (bias !== undefined && bias.size !== outputs)) {
    throw new RangeError(
      `linear of x [${x.shape}], w [${w.shape}]` +
        (bias === undefined ? "" : `, bias [${bias.shape}]`) +
        `: w must be [${inputs}, outputs] and the bias [outputs].`,
    );
  }
  const operands = [padLast(x), padLastTwo(w), ...(bias === undefined ? [] : [padLast(bias)])];
  const [paddedDepth, cols] = matrixExtents(operands[1]!, "linear");
  const y = apply(LINEAR, operands, { inputs: operands, rows, cols, depth: paddedDepth });
  return resize(y, [rows, outputs]);
}
