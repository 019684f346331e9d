/** Dynamic loss scaling, for gradients that are stored in f16. */

import { keep } from "../autograd/scope.ts";
import { Tensor } from "../autograd/tensor.ts";
import type { Slice } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { checkGradients, updateScale } from "../kernels/loss_scale.ts";

/** Where the scaling stands. */
export interface LossScaleState {
  /** What the loss is multiplied by, a power of two. */
  readonly scale: number;
  /** Steps without overflow since it changed. */
  readonly goodSteps: number;
}

/** Constants of {@linkcode LossScale}. */
export interface LossScaleOptions {
  /** Scale at the start, a power of two so that scaling rounds nothing; 65,536 if left out. */
  readonly initial?: number;
  /** Steps without overflow after which the scale doubles; 2,000 if left out. */
  readonly growthInterval?: number;
}

const LEAST = 1;
const MOST = 2 ** 24;

/**
 * Multiplies a loss so that the small gradients of feature maps do not vanish in f16, whose least number is
 * 6e-8, and lowers the factor whenever a large one finds no room: such a step is skipped, and the scale halved.
 * All of it happens on the GPU, by the same commands each step (Micikevicius et al., Mixed Precision Training,
 * 2018).
 *
 * @example
 * ```ts
 * import { Gpu, LossScale, Parameters, Sgd, sum, mul, constant, scope, Tensor } from "@spheregrad/spheregrad";
 *
 * using gpu = await Gpu.request();
 * const plain = { learningRateMultiplier: 1, decayMultiplier: 1 };
 * using parameters = new Parameters(gpu, [{ name: "w", shape: [4], initialiser: constant(1), ...plain }]);
 * parameters.load(new Map([["w", Float32Array.of(1, 2, 3, 4)]]));
 * const optimiser = new Sgd(gpu, parameters, { weightDecay: 0 });
 * using lossScale = new LossScale(gpu);
 * using report = Tensor.zeros(gpu, [8]);
 * scope(() => sum(mul(parameters.get("w"), parameters.get("w"))).backward(lossScale.factor));
 * optimiser.step(0.1, lossScale);
 * lossScale.update(report);
 * console.log((await parameters.values()).get("w"), (await lossScale.state()).goodSteps); // 0.8 w, 1
 * ```
 */
export class LossScale implements Disposable {
  readonly #gpu: Gpu;
  readonly #state: Tensor;
  readonly #growthInterval: number;
  /** What the backward pass starts from, shape `[1]`. */
  readonly factor: Tensor;

  /** A scale in its initial state. */
  constructor(gpu: Gpu, { initial = 65536, growthInterval = 2000 }: LossScaleOptions = {}) {
    this.#gpu = gpu;
    this.#growthInterval = growthInterval;
    this.#state = keep(Tensor.zeros(gpu, [4]));
    this.factor = keep(new Tensor(this.#state.storage.retain(), [1], "loss scale"));
    this.restore({ scale: initial, goodSteps: 0 });
  }

  /** Its state on the GPU. */
  get slice(): Slice {
    return this.#state.slice;
  }

  /** Appends the look for gradients that are infinite or not a number. */
  check(gradients: Slice): void {
    checkGradients(this.#gpu, gradients, this.slice);
  }

  /**
   * Appends the end of a step: halves the scale if the step was skipped, doubles it when it is time. `report`,
   * `[8]`, receives the step's scale as its fifth value, and as its sixth 1 if the step was skipped, else 0.
   */
  update(report: Tensor): void {
    const policy = { growthInterval: this.#growthInterval, least: LEAST, most: MOST };
    updateScale(this.#gpu, this.slice, report.slice, policy);
  }

  /** Reads where it stands. */
  async state(): Promise<LossScaleState> {
    const [scale, goodSteps] = await this.#state.data();
    return { scale: scale!, goodSteps: goodSteps! };
  }

  /** Goes on from an earlier state. */
  restore({ scale, goodSteps }: LossScaleState): void {
    this.#gpu.upload(this.slice, Float32Array.of(scale, goodSteps, 0, 0));
  }

  /** Frees its memory. */
  [Symbol.dispose](): void {
    this.factor[Symbol.dispose]();
    this.#state[Symbol.dispose]();
  }
}
