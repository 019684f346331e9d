/** PReLU: a rectifier whose negative side has a learned slope, one for each channel. */

import { apply, type Op } from "../autograd/op.ts";
import { Tensor } from "../autograd/tensor.ts";
import * as kernels from "../kernels/prelu.ts";
import { padLast, resize } from "./resize.ts";
import { gradientOf, rowsAndChannels } from "./shapes.ts";

const PRELU: Op<{ slope: Tensor }> = {
  name: "prelu",
  half: true,
  forward([x, slope], _attrs, save) {
    const [rows, channels] = rowsAndChannels(x!);
    const y = Tensor.empty(x!.gpu, x!.shape, "prelu", false, x!.type);
    kernels.prelu(x!.gpu, x!.slice, slope!.slice, y.slice, rows, channels);
    save?.(x!, slope!);
    return y;
  },
  backward(dy, [x, slope], attrs, need, into) {
    const [rows, channels] = rowsAndChannels(x!);
    const dx = Tensor.empty(dy.gpu, dy.shape, "prelu gradient", false, dy.type);
    const dslope = need[1] ? gradientOf(attrs.slope, 1, into, "prelu") : null;
    const target = dslope?.target ?? null;
    const [a, s] = [x!.slice, slope!.slice];
    kernels.preluBackward(dy.gpu, a, s, dy.slice, dx.slice, rows, channels, target, null);
    return [need[0] ? dx : null, dslope?.tensor ?? null];
  },
};

/**
 * `max(x, 0) + slope · min(x, 0)` with one slope for each last index (spec of the paper's nets: one a
 * channel). At zero the derivative is the slope.
 *
 * @throws {RangeError} if there is not one slope for each channel.
 */
export function prelu(x: Tensor, slope: Tensor): Tensor {
  const channels = x.shape.at(-1) ?? 1;
  if (slope.size !== channels) {
    throw new RangeError(
      `prelu of [${x.shape}] takes ${channels} slopes, one for each channel, not ${slope.size}.`,
    );
  }
  const paddedSlope = padLast(slope);
  const y = apply(PRELU, [padLast(x), paddedSlope], { slope: paddedSlope });
  return resize(y, [x.shape.at(-2) ?? 1, channels]);
}
