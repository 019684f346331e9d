/** Other extents over the same values. */

import { apply, type Op } from "../autograd/op.ts";
import type { Shape, Tensor } from "../autograd/tensor.ts";

const RESHAPE: Op<{ from: Shape; to: Shape }> = {
  name: "reshape",
  half: true,
  forward([x], { to }) {
    return x!.view(to);
  },
  backward(dy, _saved, { from }) {
    return [dy.view(from)];
  },
};

/**
 * The same values, in the same order, under another shape; nothing is copied.
 *
 * @throws {RangeError} if the shapes hold different numbers of elements.
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  return apply(RESHAPE, [x], { from: x.shape, to: shape });
}
