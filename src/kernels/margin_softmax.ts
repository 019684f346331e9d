/** Softmax cross-entropy with A-Softmax's angular margin on the target, and the pieces of its gradients. */

import type { Slice } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { link } from "../gpu/kernel.ts";
import { grid } from "./grid.ts";
import * as wgsl from "./wgsl.ts";

/** What the loss needs beside its buffers. */
export interface MarginSoftmaxShape {
  /** Samples. */
  readonly batch: number;
  /** Classes. */
  readonly classes: number;
  /** Columns of the logits: classes padded to a multiple of 4. */
  readonly stride: number;
  /** m = 1, 2, 3 or 4; 1 is plain softmax. */
  readonly margin: number;
  /** λ, the weight of the plain logit. */
  readonly lambda: number;
  /** True for the released layer's rescaled gradient. */
  readonly caffe: boolean;
}

/** Buffers of the loss: see `margin_softmax.wgsl`. */
export interface MarginSoftmaxSlices {
  /** Products `[batch, stride]`. */
  readonly logits: Slice;
  /** Feature lengths `[batch]`. */
  readonly norms: Slice;
  /** Labels `[batch]`, u32. */
  readonly labels: Slice;
  /** Loss of each sample, `[batch]`. */
  readonly losses: Slice;
  /** Gradient by each product, `[batch, stride]`. */
  readonly delta: Slice;
  /** Four numbers a sample, `[batch, 4]`. */
  readonly rows: Slice;
}

/** Appends the loss of each sample and the pieces of its gradient. */
export function marginSoftmax(
  gpu: Gpu,
  { logits, norms, labels, losses, delta, rows }: MarginSoftmaxSlices,
  { batch, classes, stride, margin, lambda, caffe }: MarginSoftmaxShape,
): void {
  const uniforms = new ArrayBuffer(16);
  new Uint32Array(uniforms).set([classes, stride]);
  new Float32Array(uniforms).set([lambda, 1 / batch], 2);
  gpu.dispatch(
    link("margin softmax", "rrrwww", [wgsl.marginSoftmax], { MARGIN: margin, CAFFE: caffe }),
    [logits, norms, labels, losses, delta, rows],
    [batch],
    new Uint32Array(uniforms),
  );
}

/** Appends `report = [mean loss, accuracy, mean target cosine, 0]`. */
export function marginReport(
  gpu: Gpu,
  losses: Slice,
  rows: Slice,
  report: Slice,
  batch: number,
): void {
  gpu.dispatch(
    link("margin report", "rrw", [wgsl.marginReport]),
    [losses, rows, report],
    [1],
    new Uint32Array([batch]),
  );
}

/** Appends the replacement of the target's entries in `delta` by the gradient without a margin. */
export function marginTargets(
  gpu: Gpu,
  rows: Slice,
  labels: Slice,
  delta: Slice,
  batch: number,
  stride: number,
): void {
  gpu.dispatch(
    link("margin targets", "rrw", [wgsl.marginTargets]),
    [rows, labels, delta],
    grid(batch),
    new Uint32Array([batch, stride]),
  );
}

/** Appends `out[i] += rows[i].y x[i]` over `[batch, cols]`. */
export function addScaledRows(
  gpu: Gpu,
  rows: Slice,
  x: Slice,
  out: Slice,
  batch: number,
  cols: number,
): void {
  const size4 = batch * cols / 4;
  gpu.dispatch(
    link("add scaled rows", "rrw", [wgsl.addScaledRows]),
    [rows, x, out],
    grid(size4),
    new Uint32Array([size4, cols / 4]),
  );
}
