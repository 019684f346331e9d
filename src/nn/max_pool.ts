/** Max pooling as a layer. */

import type { Tensor } from "../autograd/tensor.ts";
import { maxPool, type MaxPoolOptions } from "../ops/max_pool.ts";
import type { Parameters, ParameterSpec } from "./parameters.ts";

/** The largest value under a moving window, with extents rounded up; it has no parameters. */
export class MaxPool {
  /** Its geometry. */
  readonly options: MaxPoolOptions;
  /** None. */
  readonly specs: readonly ParameterSpec[] = [];

  /** Describes a layer. */
  constructor(options: MaxPoolOptions) {
    this.options = options;
  }

  /** `[batch, height, width, channels]` to `[batch, ⌈(height − size) / stride⌉ + 1, …, channels]`. */
  forward(_parameters: Parameters, x: Tensor): Tensor {
    return maxPool(x, this.options);
  }
}
