/** The update of stochastic gradient descent. */

import type { Slice } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { link } from "../gpu/kernel.ts";
import type { StepNumber } from "../gpu/step_number.ts";
import { grid } from "./grid.ts";
import * as wgsl from "./wgsl.ts";

/** Whose form of momentum: Caffe's velocity contains the learning rate, PyTorch's is multiplied by it. */
export type UpdateRule = "caffe" | "pytorch";

/** Numbers of one update. */
export interface SgdStep {
  /** Step size. */
  readonly learningRate: StepNumber;
  /** Share of the velocity that is kept. */
  readonly momentum: number;
  /** Coefficient of the weights that is added to the gradient. */
  readonly weightDecay: number;
  /** Form of the update. */
  readonly rule: UpdateRule;
}

/**
 * Appends one update of `size` weights; ranges over the binding limit are done piece by piece. With the state of
 * a loss scale (see `loss_scale.ts`) gradients are divided by it, and after an overflow nothing changes.
 */
export function sgd(
  gpu: Gpu,
  weights: Slice,
  gradients: Slice,
  velocities: Slice,
  { learningRate, momentum, weightDecay, rule }: SgdStep,
  lossScale?: Slice,
): void {
  // On a software adapter an invocation does better with a cache line of its own.
  const vectors = gpu.adapter.class === "software" ? 4 : 1;
  const constants = { CAFFE: rule === "caffe", VECTORS: vectors };
  const kernel = lossScale === undefined
    ? link("sgd", "wrw", [wgsl.sgd, wgsl.sgdUnscaled], constants)
    : link("sgd scaled", "wrwr", [wgsl.sgd, wgsl.sgdScaled], constants);
  const further = lossScale === undefined ? [] : [lossScale];
  const piece = Math.floor(gpu.bindingLimit / 256) * 256;
  for (let start = 0; start < weights.size; start += piece) {
    const size = Math.min(piece, weights.size - start);
    const part = (slice: Slice): Slice => ({ ...slice, offset: slice.offset + start, size });
    const uniforms = new ArrayBuffer(16);
    new Uint32Array(uniforms)[0] = size / 16;
    new Float32Array(uniforms).set([momentum, weightDecay], 2);
    gpu.dispatch(
      kernel,
      [part(weights), part(gradients), part(velocities), ...further],
      grid(size / 16 / vectors),
      new Uint32Array(uniforms),
      [[1, learningRate]],
    );
  }
}
