/** Products of matrices. */

import { apply, type Op } from "../autograd/op.ts";
import { Tensor } from "../autograd/tensor.ts";
import * as kernels from "../kernels/matmul.ts";
import { padLast, padLastTwo, resize } from "./resize.ts";
import { gradientOf, matrixExtents, padded } from "./shapes.ts";

interface Attrs {
  readonly transposition: kernels.Transposition;
  readonly shape: kernels.MatmulShape;
  readonly inputs: readonly Tensor[];
}

const MATMUL: Op<Attrs> = {
  name: "matmul",
  forward([a, b], { transposition, shape }, save) {
    const y = Tensor.empty(a!.gpu, [shape.rows, shape.cols], "matmul");
    kernels.matmul(a!.gpu, transposition, a!.slice, b!.slice, y.slice, shape);
    save?.(a!, b!);
    return y;
  },
  backward(dy, [a, b], { transposition, shape, inputs }, need, into) {
    const { rows, cols, depth } = shape;
    const product = (
      index: number,
      form: kernels.Transposition,
      left: Tensor,
      right: Tensor,
      extents: kernels.MatmulShape,
    ): Tensor | null => {
      if (!need[index]) return null;
      const { tensor, target } = gradientOf(inputs[index]!, index, into, "matmul");
      kernels.matmul(dy.gpu, form, left.slice, right.slice, target.slice, extents, {
        accumulate: target.accumulate,
      });
      return tensor;
    };
    switch (transposition) {
      case "nn": // dA = dy Bᵀ, dB = Aᵀ dy
        return [
          product(0, "nt", dy, b!, { rows, cols: depth, depth: cols }),
          product(1, "tn", a!, dy, { rows: depth, cols, depth: rows }),
        ];
      case "nt": // dA = dy B, dB = dyᵀ A
        return [
          product(0, "nn", dy, b!, { rows, cols: depth, depth: cols }),
          product(1, "tn", dy, a!, { rows: cols, cols: depth, depth: rows }),
        ];
      case "tn": // dA = B dyᵀ, dB = A dy
        return [
          product(0, "nt", b!, dy, { rows: depth, cols: rows, depth: cols }),
          product(1, "nn", a!, dy, { rows: depth, cols, depth: rows }),
        ];
    }
  },
};

/**
 * The product of two matrices: `nn` is `a b`, `nt` is `a bᵀ`, `tn` is `aᵀ b`. Any extents; those that are
 * not multiples of 4 cost a padded copy.
 *
 * @throws {RangeError} if the operands are no matrices, or their inner extents differ.
 *
 * @example
 * ```ts
 * import { Gpu, matmul, Tensor } from "@spheregrad/spheregrad";
 *
 * using gpu = await Gpu.request();
 * const a = Tensor.from(gpu, [1, 2, 3, 4], [2, 2]);
 * console.log(await matmul(a, a).data()); // 7, 10, 15, 22
 * ```
 */
export function matmul(a: Tensor, b: Tensor, transposition: kernels.Transposition = "nn"): Tensor {
  const [aRows, aCols] = matrixExtents(a, "matmul");
  const [bRows, bCols] = matrixExtents(b, "matmul");
  const [rows, aDepth] = transposition === "tn" ? [aCols, aRows] : [aRows, aCols];
  const [bDepth, cols] = transposition === "nt" ? [bCols, bRows] : [bRows, bCols];
  if (aDepth !== bDepth) {
    throw new RangeError(
      `matmul ${transposition} of [${a.shape}] and [${b.shape}]: the inner extents ${aDepth} and ${bDepth} differ.`,
    );
  }
  // What lies contiguous is read in vectors of four; along the sum, both operands are padded alike.
  const left = padLast(a);
  const right = transposition === "tn" ? padLast(b) : padLastTwo(b);
  const depth = transposition === "tn" ? aDepth : padded(aDepth);
  const shape = { rows: transposition === "tn" ? padded(rows) : rows, cols: padded(cols), depth };
  const inputs = [left, right];
  return resize(apply(MATMUL, inputs, { transposition, shape, inputs }), [rows, cols]);
}
