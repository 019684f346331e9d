/** The loss that all heads share: over angles with a margin (eq. 5 and 7 of the paper), or over inner products. */

import { apply, type Op } from "../autograd/op.ts";
import { Tensor } from "../autograd/tensor.ts";
import type { StepNumber } from "../gpu/step_number.ts";
import { accumulate } from "../kernels/accumulate.ts";
import { binary } from "../kernels/elementwise.ts";
import { marginFinish, marginReport, quadsOf, type ScoreForm } from "../kernels/margin_softmax.ts";
import { addScaledRows, rowSquares } from "../kernels/row_norms.ts";
import { gradientOf, matrixExtents } from "../ops/shapes.ts";
import { classGradientPasses, type PassExtents, scoreClasses } from "./margin_passes.ts";

/** Numbers of one evaluation of the loss. */
export interface MarginLossOptions {
  /** m = 1, 2, 3 or 4. */
  readonly margin: number;
  /** λ of the annealing; the target's logit is (λ ‖x‖ cos θ + ‖x‖ ψ(θ)) / (1 + λ). */
  readonly lambda: StepNumber;
  /** The true gradient, or the one of the released Caffe layer. */
  readonly gradient: "exact" | "caffe";
  /** Classes; the class weights may have further rows as padding. */
  readonly classes: number;
  /**
   * Whether the class weights are to be divided by their lengths, as part of the graph. If left out they are
   * taken as they are: unit rows, or free ones with margin 1.
   */
  readonly normalise?: boolean | undefined;
  /** A bias for each row of the class weights; with margin 1 and without `normalise`. */
  readonly bias?: Tensor | undefined;
  /** Receives `[mean loss, accuracy, mean target cosine, 0]`; with margin 1 the logit in place of the cosine. */
  readonly report?: Tensor | undefined;
}

interface Attrs extends Omit<MarginLossOptions, "bias"> {
  readonly labels: Tensor;
  readonly inputs: readonly Tensor[];
  readonly form: ScoreForm;
}

const MARGIN_LOSS: Op<Attrs> = {
  name: "marginLoss",
  forward([x, w, bias], attrs, save) {
    const { margin, gradient, labels, report } = attrs;
    const gpu = x!.gpu;
    const extents = extentsOf(x!, w!, attrs);
    const { batch, features } = extents;
    const quads = quadsOf(batch);
    const inputs = { x: x!.slice, w: w!.slice, labels: labels.slice, bias: bias?.slice };
    const { scores, scales, targets, pieces, pieceCount } = scoreClasses(gpu, inputs, extents);
    using squares = Tensor.empty(gpu, [batch], "squared feature norms");
    if (margin > 1) rowSquares(gpu, x!.slice, squares.slice, batch, features);
    using outcomes = Tensor.empty(gpu, [batch, 4], "outcomes");
    using peaks = Tensor.empty(gpu, [4 * quads], "largest logits");
    using gradients = Tensor.empty(gpu, [4, 4 * quads], "logit gradient");
    marginFinish(
      gpu,
      {
        pieces: pieces.slice,
        targets: targets.slice,
        squares: squares.slice,
        outcomes: outcomes.slice,
        peaks: peaks.slice,
        gradients: gradients.slice,
      },
      batch,
      pieceCount,
      { ...attrs, caffe: gradient === "caffe" },
    );
    const loss = Tensor.empty(gpu, [1], "marginLoss");
    marginReport(gpu, outcomes.slice, loss.slice, report?.slice, batch);
    save?.(x!, w!, scales, peaks, gradients, ...scores);
    for (const tensor of [scales, targets, pieces, ...scores]) tensor[Symbol.dispose]();
    return loss;
  },
  backward(dy, [x, w, scales, peaks, gradients, ...scores], attrs, need, into) {
    const { margin, gradient, labels, inputs } = attrs;
    const gpu = dy.gpu;
    const extents = extentsOf(x!, w!, attrs);
    const { batch, features, rows } = extents;
    const [dx, dw, dbias] = inputs.map((input, index) =>
      need[index] ? gradientOf(input, index, into, "marginLoss") : null
    );
    using scaled = Tensor.empty(gpu, gradients!.shape, "logit gradient");
    binary(gpu, "multiply", gradients!.slice, dy.slice, scaled.slice, scaled.size, "scalar");
    const adds = dbias?.target.accumulate ?? true;
    using along = Tensor.empty(gpu, [rows], "class factors");
    classGradientPasses(
      gpu,
      {
        x: x!.slice,
        w: w!.slice,
        labels: labels.slice,
        scores: scores.map(({ slice }) => slice),
        scales: scales!.slice,
        peaks: peaks!.slice,
        gradients: scaled.slice,
        along: adds ? along.slice : dbias!.target.slice,
        dx: dx?.target ?? null,
        dw: dw?.target ?? null,
      },
      extents,
      gradient === "caffe",
    );
    if (dbias && adds) accumulate(gpu, along.slice, dbias.target.slice, rows);
    if (dx && margin > 1) {
      const alongX = 3 * 4 * quadsOf(batch); // the last row of the factors
      addScaledRows(gpu, scaled.slice, x!.slice, dx.target.slice, batch, features, alongX);
    }
    return [dx, dw, dbias].slice(0, inputs.length).map((gradient) => gradient?.tensor ?? null);
  },
};

function extentsOf(x: Tensor, w: Tensor, { classes, form }: Attrs): PassExtents {
  const [batch, features] = matrixExtents(x, "marginLoss");
  const [rows] = matrixExtents(w, "marginLoss");
  return { batch, features, rows, classes, form };
}

/**
 * The mean loss, shape `[1]`, of features `x [batch, features]` against class weights `w [classes, features]`
 * (rows a multiple of 4; features too). Without `normalise` its gradient by `w` treats `w` as free: the
 * Jacobian of a normalisation belongs to the operation that made `w`. Class weights that exceed what a kernel
 * can bind are worked through in windows.
 *
 * @throws {RangeError} for another margin, or extents that do not fit.
 */
export function marginLoss(
  x: Tensor,
  w: Tensor,
  labels: Tensor,
  { bias, ...options }: MarginLossOptions,
): Tensor {
  const [batch, features] = matrixExtents(x, "marginLoss");
  const [rows, width] = matrixExtents(w, "marginLoss");
  const { margin, classes, normalise = false } = options;
  if (![1, 2, 3, 4].includes(margin)) {
    throw new RangeError(`The margin must be 1, 2, 3 or 4, not ${margin}.`);
  }
  if (
    width !== features || features % 4 !== 0 || rows % 4 !== 0 || labels.size !== batch ||
    classes > rows
  ) {
    throw new RangeError(
      `marginLoss of x [${x.shape}], w [${w.shape}], ${labels.size} labels, ${classes} classes: ` +
        `w must be [classes padded to a multiple of 4, ${features}] with one label for each row of x.`,
    );
  }
  if (bias !== undefined && (bias.size !== rows || margin > 1 || normalise)) {
    throw new RangeError(
      `marginLoss with a bias [${bias.shape}], margin ${margin}, ` +
        `${
          normalise ? "normalised" : "free"
        } weights: a bias [${rows}] goes with margin 1 and free weights.`,
    );
  }
  const form = normalise ? "normalised" : bias === undefined ? "plain" : "biased";
  const inputs = bias === undefined ? [x, w] : [x, w, bias];
  return apply(MARGIN_LOSS, inputs, { ...options, labels, inputs, form });
}
