/** Softmax cross-entropy over logits. */

import type { Slice } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { link } from "../gpu/kernel.ts";
import * as wgsl from "./wgsl.ts";

/** Extents of the logits. */
export interface SoftmaxCrossEntropyShape {
  /** Samples. */
  readonly batch: number;
  /** Classes. */
  readonly classes: number;
  /** Columns of the logits: classes and padding. */
  readonly stride: number;
}

/**
 * Appends the gradient `delta [batch, stride]` of the mean loss by the logits `[batch, stride]`, and
 * `outcomes [batch, 4]`: a sample's loss, 1 where its largest logit is the target's, the target's logit, 0.
 */
export function softmaxCrossEntropy(
  gpu: Gpu,
  logits: Slice,
  labels: Slice,
  outcomes: Slice,
  delta: Slice,
  { batch, classes, stride }: SoftmaxCrossEntropyShape,
): void {
  const uniforms = new Uint32Array([classes, stride, 0]);
  new Float32Array(uniforms.buffer)[2] = 1 / batch;
  gpu.dispatch(
    link("softmax cross-entropy", "rrww", [wgsl.softmaxCrossEntropy, wgsl.cappedLoss]),
    [logits, labels, outcomes, delta],
    [batch],
    uniforms,
  );
}
