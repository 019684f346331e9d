/** Stochastic gradient descent with momentum and weight decay. */

import type { Gpu } from "../gpu/gpu.ts";
import { type StepNumber, times } from "../gpu/step_number.ts";
import { sgd, type UpdateRule } from "../kernels/sgd.ts";
import type { Parameters } from "../nn/parameters.ts";
import type { LossScale } from "./loss_scale.ts";

export type { UpdateRule };

/** Constants of {@linkcode Sgd}; the defaults are the paper's. */
export interface SgdOptions {
  /** Share of the velocity that is kept; 0.9 if left out. */
  readonly momentum?: number;
  /** L2 coefficient; 5e-4 if left out. */
  readonly weightDecay?: number;
  /** Caffe's form of the update (the default) or PyTorch's; they differ when the learning rate drops. */
  readonly rule?: UpdateRule;
}

/** Updates parameters by their gradients: one dispatch for each group of equal multipliers. */
export class Sgd {
  /** Constants in use. */
  readonly options: Required<SgdOptions>;
  readonly #gpu: Gpu;
  readonly #parameters: Parameters;

  /** An optimiser of these parameters, whose velocities they hold. */
  constructor(
    gpu: Gpu,
    parameters: Parameters,
    { momentum = 0.9, weightDecay = 5e-4, rule = "caffe" }: SgdOptions = {},
  ) {
    this.#gpu = gpu;
    this.#parameters = parameters;
    this.options = { momentum, weightDecay, rule };
  }

  /**
   * Appends one update. Gradients of a scaled loss are checked first: where one is not finite, nothing changes.
   */
  step(learningRate: StepNumber, lossScale?: LossScale): void {
    for (const { gradients } of this.#parameters.groups) lossScale?.check(gradients);
    const { momentum, weightDecay, rule } = this.options;
    for (const group of this.#parameters.groups) {
      sgd(this.#gpu, group.weights, group.gradients, group.velocities, {
        learningRate: times(learningRate, group.learningRateMultiplier),
        momentum,
        weightDecay: weightDecay * group.decayMultiplier,
        rule,
      }, lossScale?.slice);
    }
  }
}
