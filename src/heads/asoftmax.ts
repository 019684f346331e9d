/** A-Softmax (eq. 7 of the paper): an angular margin on the target, annealed in. */

import type { Tensor } from "../autograd/tensor.ts";
import type { Parameters, ParameterSpec } from "../nn/parameters.ts";
import { CLASS_WEIGHTS, classWeightSpec, prepareClassWeights } from "./class_weights.ts";
import type { GradientStyle, Head, HeadExtents, HeadInput } from "./head.ts";
import { marginLoss } from "./margin_loss.ts";

/** Choices of {@linkcode ASoftmax}. */
export interface ASoftmaxOptions {
  /** m = 1, 2, 3 or 4; the paper's best is 4, the default. */
  readonly margin?: number;
  /** `exact` (the default) or the released layer's. */
  readonly gradient?: GradientStyle;
}

/** f_j = ‖x‖ cos θ_j for the other classes, f_y = (λ ‖x‖ cos θ_y + ‖x‖ ψ(θ_y)) / (1 + λ) for the target. */
export class ASoftmax implements Head {
  /** Its name on the command line. */
  readonly name = "asoftmax";
  /** λ is annealed where there is a margin. */
  readonly annealed: boolean;
  /** Class weights. */
  readonly specs: readonly ParameterSpec[];
  readonly #classes: number;
  readonly #margin: number;
  readonly #gradient: GradientStyle;

  /** A head over so many classes and features. */
  constructor(extents: HeadExtents, { margin = 4, gradient = "exact" }: ASoftmaxOptions = {}) {
    this.#classes = extents.classes;
    this.#margin = margin;
    this.#gradient = gradient;
    this.annealed = margin > 1;
    this.specs = [classWeightSpec(extents)];
  }

  /** The mean loss. */
  loss(parameters: Parameters, { x, labels, lambda, report }: HeadInput): Tensor {
    const w = parameters.get(CLASS_WEIGHTS);
    prepareClassWeights(w, this.#gradient);
    return marginLoss(x, w, labels, {
      margin: this.#margin,
      lambda,
      gradient: this.#gradient,
      classes: this.#classes,
      normalise: this.#gradient === "exact",
      report,
    });
  }
}
