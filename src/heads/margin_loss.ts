/** The loss over angles that modified softmax and A-Softmax share (eq. 5 and 7 of the paper). */

import { apply, type Op } from "../autograd/op.ts";
import { Tensor } from "../autograd/tensor.ts";
import { binary } from "../kernels/elementwise.ts";
import {
  addScaledRows,
  marginReport,
  marginSoftmax,
  marginTargets,
} from "../kernels/margin_softmax.ts";
import { matmul } from "../kernels/matmul.ts";
import { sumAll } from "../kernels/reductions.ts";
import { normaliseRows } from "../kernels/row_norms.ts";
import { matrixExtents } from "../ops/shapes.ts";

/** Numbers of one evaluation of the loss. */
export interface MarginLossOptions {
  /** m = 1, 2, 3 or 4. */
  readonly margin: number;
  /** λ of the annealing; the target's logit is (λ ‖x‖ cos θ + ‖x‖ ψ(θ)) / (1 + λ). */
  readonly lambda: number;
  /** The true gradient, or the one of the released Caffe layer. */
  readonly gradient: "exact" | "caffe";
  /** Classes; the class weights may have further rows as padding. */
  readonly classes: number;
  /** Receives `[mean loss, accuracy, mean target cosine, 0]`; with margin 1 the logit in place of the cosine. */
  readonly report?: Tensor | undefined;
}

interface Attrs extends MarginLossOptions {
  readonly labels: Tensor;
}

const MARGIN_LOSS: Op<Attrs> = {
  name: "marginLoss",
  forward([x, w], { margin, lambda, gradient, classes, labels, report }, save) {
    const gpu = x!.gpu;
    const [batch, features] = matrixExtents(x!, "marginLoss");
    const [stride] = matrixExtents(w!, "marginLoss");
    using logits = Tensor.empty(gpu, [batch, stride], "logits");
    matmul(gpu, "nt", x!.slice, w!.slice, logits.slice, {
      rows: batch,
      cols: stride,
      depth: features,
    });
    using norms = Tensor.empty(gpu, [batch], "feature norms");
    using directions = Tensor.empty(gpu, x!.shape, "feature directions");
    normaliseRows(gpu, x!.slice, norms.slice, directions.slice, batch, features);
    using losses = Tensor.empty(gpu, [batch], "losses");
    using rows = Tensor.empty(gpu, [batch, 4], "loss rows");
    using delta = Tensor.empty(gpu, [batch, stride], "logit gradient");
    marginSoftmax(gpu, {
      logits: logits.slice,
      norms: norms.slice,
      labels: labels.slice,
      losses: losses.slice,
      delta: delta.slice,
      rows: rows.slice,
    }, { batch, classes, stride, margin, lambda, caffe: gradient === "caffe" });
    if (report !== undefined) marginReport(gpu, losses.slice, rows.slice, report.slice, batch);
    const loss = Tensor.empty(gpu, [1], "marginLoss");
    sumAll(gpu, losses.slice, loss.slice, batch, 1 / batch);
    save?.(x!, w!, delta, rows);
    return loss;
  },
  backward(dy, [x, w, delta, rows], { gradient, labels }, need) {
    const gpu = dy.gpu;
    const [batch, features] = matrixExtents(x!, "marginLoss");
    const [stride] = matrixExtents(w!, "marginLoss");
    const scaled = (tensor: Tensor): Tensor => {
      const product = Tensor.empty(gpu, tensor.shape, "marginLoss gradient");
      binary(gpu, "multiply", tensor.slice, dy.slice, product.slice, tensor.size, "scalar");
      return product;
    };
    const d = scaled(delta!);
    const r = scaled(rows!);
    let dx: Tensor | null = null;
    if (need[0]) {
      dx = Tensor.empty(gpu, x!.shape, "marginLoss gradient");
      matmul(gpu, "nn", d.slice, w!.slice, dx.slice, {
        rows: batch,
        cols: features,
        depth: stride,
      });
      addScaledRows(gpu, r.slice, x!.slice, dx.slice, batch, features);
    }
    let dw: Tensor | null = null;
    if (need[1]) {
      if (gradient === "caffe") marginTargets(gpu, r.slice, labels.slice, d.slice, batch, stride);
      dw = Tensor.empty(gpu, w!.shape, "marginLoss gradient");
      matmul(gpu, "tn", d.slice, x!.slice, dw.slice, {
        rows: stride,
        cols: features,
        depth: batch,
      });
    }
    return [dx, dw];
  },
};

/**
 * The mean loss, shape `[1]`, of features `x [batch, features]` against unit class weights
 * `w [classes, features]` (rows a multiple of 4; features too). Its gradient by `w` treats `w` as free: the
 * Jacobian of a normalisation belongs to the operation that made `w`.
 *
 * @throws {RangeError} for another margin, or extents that do not fit.
 */
export function marginLoss(
  x: Tensor,
  w: Tensor,
  labels: Tensor,
  options: MarginLossOptions,
): Tensor {
  const [batch, features] = matrixExtents(x, "marginLoss");
  const [rows, width] = matrixExtents(w, "marginLoss");
  if (![1, 2, 3, 4].includes(options.margin)) {
    throw new RangeError(`The margin must be 1, 2, 3 or 4, not ${options.margin}.`);
  }
  if (
    width !== features || features % 4 !== 0 || rows % 4 !== 0 || labels.size !== batch ||
    options.classes > rows
  ) {
    throw new RangeError(
      `marginLoss of x [${x.shape}], w [${w.shape}], ${labels.size} labels, ${options.classes} classes: ` +
        `w must be [classes padded to a multiple of 4, ${features}] with one label for each row of x.`,
    );
  }
  return apply(MARGIN_LOSS, [x, w], { ...options, labels });
}
