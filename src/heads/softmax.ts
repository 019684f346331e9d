/** The softmax loss (eq. 3 of the paper): inner products with free class weights, and a bias. */

import type { Tensor } from "../autograd/tensor.ts";
import { constant } from "../nn/initialisers.ts";
import type { Parameters, ParameterSpec } from "../nn/parameters.ts";
import { padded } from "../ops/shapes.ts";
import { CLASS_WEIGHTS, classWeightSpec } from "./class_weights.ts";
import type { Head, HeadExtents, HeadInput } from "./head.ts";
import { marginLoss } from "./margin_loss.ts";

/** f_j = w_j·x + b_j. */
export class Softmax implements Head {
  /** Its name on the command line. */
  readonly name = "softmax";
  /** It has no margin to anneal. */
  readonly annealed = false;
  /** Class weights and biases. */
  readonly specs: readonly ParameterSpec[];
  readonly #classes: number;

  /** A head over so many classes and features. */
  constructor(extents: HeadExtents) {
    this.#classes = extents.classes;
    this.specs = [classWeightSpec(extents), {
      name: "head.bias",
      shape: [extents.classes],
      storedShape: [padded(extents.classes)],
      initialiser: constant(0),
      learningRateMultiplier: 2,
      decayMultiplier: 0,
    }];
  }

  /** The mean loss. */
  loss(parameters: Parameters, { x, labels, report }: HeadInput): Tensor {
    return marginLoss(x, parameters.get(CLASS_WEIGHTS), labels, {
      margin: 1,
      lambda: 0,
      gradient: "exact",
      classes: this.#classes,
      bias: parameters.get("head.bias"),
      report,
    });
  }
}
