/** Max pooling. */

import { apply, type Op } from "../autograd/op.ts";
import { Tensor } from "../autograd/tensor.ts";
import * as kernels from "../kernels/max_pool.ts";
import { padLast, resize } from "./resize.ts";

/** Geometry of a pooling. */
export interface MaxPoolOptions {
  /** Rows and columns of the window. */
  readonly size: number;
  /** Step of the window along both axes, at most its size; the size if left out. */
  readonly stride?: number;
}

const MAX_POOL: Op<kernels.MaxPoolShape> = {
  name: "maxPool",
  half: true,
  forward([x], shape, save) {
    const { height, width } = kernels.maxPoolOutputSize(shape);
    const extents = [shape.batch, height, width, shape.channels]; // [N, H, W, C]
    const y = Tensor.empty(x!.gpu, extents, "maxPool", false, x!.type);
    kernels.maxPool(x!.gpu, x!.slice, y.slice, shape);
    save?.(x!);
    return y;
  },
  backward(dy, [x], shape) {
    const dx = Tensor.empty(dy.gpu, x!.shape, "maxPool gradient", false, x!.type);
    kernels.maxPoolBackward(dy.gpu, x!.slice, dy.slice, dx.slice, shape);
    return [dx];
  },
};

/**
 * The largest value of each channel under a window that moves over images `[batch, height, width, channels]`.
 * The extents are rounded up, as in Caffe: a last window that reaches over the border counts, and sees what lies
 * inside. The gradient of a window goes to the first of its largest values. Images may be in f16.
 *
 * @returns `[batch, ⌈(height − size) / stride⌉ + 1, ⌈(width − size) / stride⌉ + 1, channels]`.
 * @throws {RangeError} if `x` is no batch of images, or the stride exceeds the window.
 *
 * @example
 * ```ts
 * import { Gpu, maxPool, Tensor } from "@spheregrad/spheregrad";
 *
 * using gpu = await Gpu.request();
 * const x = Tensor.from(gpu, [1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
 * console.log(await maxPool(x, { size: 2 }).data()); // 5, 6, 8, 9
 * ```
 */
export function maxPool(x: Tensor, { size, stride = size }: MaxPoolOptions): Tensor {
  const whole = (value: number) => Number.isInteger(value) && value >= 1;
  if (x.shape.length !== 4 || !whole(size) || !whole(stride) || stride > size) {
    throw new RangeError(
      `maxPool of [${x.shape}] with windows of ${size}×${size} and stride ${stride}: x must be ` +
        "[batch, height, width, channels], and the stride a whole number from 1 to the window's size.",
    );
  }
  const images = padLast(x);
  const [batch, inHeight, inWidth, channels] = images.shape as [number, number, number, number];
  const y = apply(MAX_POOL, [images], { batch, inHeight, inWidth, channels, size, stride });
  return resize(y, [y.shape[2]!, x.shape[3]!]);
}
