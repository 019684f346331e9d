/** Softmax along the last axis. */

import { apply, type Op } from "../autograd/op.ts";
import { Tensor } from "../autograd/tensor.ts";
import * as kernels from "../kernels/softmax.ts";
import { rowsAndChannels } from "./shapes.ts";

const SOFTMAX: Op<null> = {
  name: "softmax",
  forward([x], _attrs, save) {
    const [rows, classes] = rowsAndChannels(x!);
    const y = Tensor.empty(x!.gpu, x!.shape, "softmax");
    kernels.softmax(x!.gpu, x!.slice, y.slice, rows, classes);
    save?.(y);
    return y;
  },
  backward(dy, [y]) {
    const [rows, classes] = rowsAndChannels(y!);
    const dx = Tensor.empty(dy.gpu, y!.shape, "softmax gradient");
    kernels.softmaxBackward(dy.gpu, y!.slice, dy.slice, dx.slice, rows, classes);
    return [dx];
  },
};

/**
 * `exp(x) / Σ exp(x)` along the last axis, of logits of any size: the largest is subtracted before. Meant for few
 * classes; for the loss over many there is `softmaxCrossEntropy`.
 *
 * @example
 * ```ts
 * import { Gpu, softmax, Tensor } from "@spheregrad/spheregrad";
 *
 * using gpu = await Gpu.request();
 * const logits = Tensor.from(gpu, [0, 0, 1000, 0], [2, 2]);
 * console.log(await softmax(logits).data()); // 0.5, 0.5, 1, 0
 * ```
 */
export function softmax(x: Tensor): Tensor {
  return apply(SOFTMAX, [x], null);
}
