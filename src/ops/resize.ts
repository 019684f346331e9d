/** Padding with zeros and cropping, along the last two axes. */

import { apply, type Op } from "../autograd/op.ts";
import { type Shape, sizeOf, Tensor } from "../autograd/tensor.ts";
import { resizeExtents } from "../kernels/layout.ts";
import { padded } from "./shapes.ts";

/** The last two extents of a shape. */
export type Extents = readonly [middle: number, inner: number];

const RESIZE: Op<{ from: Extents; to: Extents }> = {
  name: "resize",
  forward([x], { from, to }) {
    return copy(x!, from, to);
  },
  backward(dy, _saved, { from, to }) {
    return [copy(dy, to, from)];
  },
};

function copy(x: Tensor, from: Extents, to: Extents): Tensor {
  const leading = x.shape.slice(0, Math.max(0, x.shape.length - 2));
  const shape: Shape = x.shape.length === 1 ? [to[1]] : [...leading, ...to];
  const y = Tensor.empty(x.gpu, shape, "resize");
  resizeExtents(x.gpu, x.slice, y.slice, sizeOf(leading), from, to);
  return y;
}

/**
 * The tensor with other extents along its last two axes (or its only one): zeros are added at the end, and
 * what does not fit is dropped. The tensor itself where nothing changes.
 */
export function resize(x: Tensor, to: Extents): Tensor {
  const inner = x.shape.at(-1) ?? 1;
  const middle = x.shape.at(-2) ?? 1;
  if (middle === to[0] && inner === to[1]) return x;
  return apply(RESIZE, [x], { from: [middle, inner], to });
}

/** Pads the last axis to a multiple of 4 with zeros. */
export function padLast(x: Tensor): Tensor {
  return resize(x, [x.shape.at(-2) ?? 1, padded(x.shape.at(-1) ?? 1)]);
}

/** Pads the last two axes to multiples of 4 with zeros. */
export function padLastTwo(x: Tensor): Tensor {
  return resize(x, [padded(x.shape.at(-2) ?? 1), padded(x.shape.at(-1) ?? 1)]);
}
