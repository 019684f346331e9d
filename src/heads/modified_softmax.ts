/** The modified softmax loss (eq. 5 of the paper): unit class weights, no bias. */

import type { Tensor } from "../autograd/tensor.ts";
import type { Parameters, ParameterSpec } from "../nn/parameters.ts";
import { CLASS_WEIGHTS, classWeightSpec, prepareClassWeights } from "./class_weights.ts";
import type { GradientStyle, Head, HeadExtents, HeadInput } from "./head.ts";
import { marginLoss } from "./margin_loss.ts";

/** f_j = ‖x‖ cos θ_j. */
export class ModifiedSoftmax implements Head {
  /** Its name on the command line. */
  readonly name = "modified";
  /** It has no margin to anneal. */
  readonly annealed = false;
  /** Class weights. */
  readonly specs: readonly ParameterSpec[];
  readonly #classes: number;
  readonly #gradient: GradientStyle;

  /** A head over so many classes and features. */
  constructor(extents: HeadExtents, gradient: GradientStyle = "exact") {
    this.#classes = extents.classes;
    this.#gradient = gradient;
    this.specs = [classWeightSpec(extents)];
  }

  /** The mean loss. */
  loss(parameters: Parameters, { x, labels, report }: HeadInput): Tensor {
    const w = parameters.get(CLASS_WEIGHTS);
    prepareClassWeights(w, this.#gradient);
    return marginLoss(x, w, labels, {
      margin: 1,
      lambda: 0,
      gradient: this.#gradient,
      classes: this.#classes,
      normalise: this.#gradient === "exact",
      report,
    });
  }
}
