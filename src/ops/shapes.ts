/** Checks and small helpers that operations share. */

import type { Into } from "../autograd/op.ts";
import { type Shape, Tensor } from "../autograd/tensor.ts";
import type { GradientTarget } from "../kernels/prelu.ts";

/** True for shapes of equal extents. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** The next multiple of 4: kernels read vectors of four. */
export function padded(extent: number): number {
  return Math.ceil(extent / 4) * 4;
}

/** Rows and columns of a matrix; an error that names the operation for anything else. */
export function matrixExtents(tensor: Tensor, name: string): [rows: number, cols: number] {
  const [rows, cols] = tensor.shape;
  if (rows === undefined || cols === undefined || tensor.shape.length !== 2) {
    throw new RangeError(`${name} takes a matrix [rows, cols], not shape [${tensor.shape}].`);
  }
  return [rows, cols];
}

/** The last extent, and the product of the others. */
export function rowsAndChannels(tensor: Tensor): [rows: number, channels: number] {
  const channels = tensor.shape.at(-1) ?? 1;
  return [tensor.size / channels, channels];
}

/** The gradient tensor of an input, and where a kernel writes it: in place at a leaf that has one. */
export function gradientOf(
  input: Tensor,
  index: number,
  into: Into,
  origin: string,
): { tensor: Tensor; target: GradientTarget } {
  const standing = into(index);
  const tensor = standing ??
    Tensor.empty(input.gpu, input.shape, `${origin} gradient`, false, input.type);
  return { tensor, target: { slice: tensor.slice, accumulate: standing !== null } };
}
