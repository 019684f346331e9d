/** Training: one scope, one submission stream and at most one wait a step. */

import { scope } from "../autograd/scope.ts";
import { Tensor } from "../autograd/tensor.ts";
import type { Batch } from "../data/loader.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { lambdaAt } from "../heads/annealing.ts";
import type { Head } from "../heads/head.ts";
import { Parameters } from "../nn/parameters.ts";
import { imageTensor } from "../ops/image_tensor.ts";
import { labelTensor } from "../ops/labels.ts";
import { learningRateAt } from "../optim/schedule.ts";
import { Sgd } from "../optim/sgd.ts";
import { Random } from "../random.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { makeHead, type TrainingConfiguration } from "./configuration.ts";
import { SphereNet } from "./spherenet.ts";
import { EMBEDDING } from "./table2.ts";

/** What a training step measured. */
export interface StepReport {
  /** Iterations done with this one. */
  readonly iteration: number;
  /** Mean loss of the batch, in nats. */
  readonly loss: number;
  /** Share of the batch whose largest logit without margin is the target's. */
  readonly accuracy: number;
  /** Mean cosine of the targets; their mean logit with heads that have no margin. */
  readonly targetCosine: number;
  /** λ of the step; null for heads without annealing. */
  readonly lambda: number | null;
  /** Learning rate of the step. */
  readonly learningRate: number;
}

/** A batch as training needs it. */
export type TrainingBatch = Pick<Batch, "pixels" | "labels" | "flips">;

/** Stream of the initial weights, apart from those of batches and held-out identities. */
const WEIGHT_STREAM = 1;

/** A net, a head and an optimiser in training. */
export class Trainer implements Disposable {
  /** The run's settings. */
  readonly configuration: TrainingConfiguration;
  /** The net. */
  readonly net: SphereNet;
  /** Weights of net and head. */
  readonly parameters: Parameters;
  readonly #gpu: Gpu;
  readonly #head: Head;
  readonly #optimiser: Sgd;
  readonly #identities: readonly string[];
  readonly #report: Tensor;
  #iteration = 0;
  #pending: Promise<StepReport> | null = null;

  /** Makes net, head and optimiser, with initial weights drawn from the seed. */
  constructor(gpu: Gpu, configuration: TrainingConfiguration, identities: readonly string[]) {
    const { net, size, momentum, weightDecay, update, seed } = configuration;
    this.configuration = configuration;
    this.#gpu = gpu;
    this.#identities = identities;
    this.net = new SphereNet(net, size);
    this.#head = makeHead(configuration, { classes: identities.length, features: EMBEDDING });
    this.parameters = new Parameters(gpu, [...this.net.specs, ...this.#head.specs]);
    this.parameters.initialise(new Random(seed).fork(WEIGHT_STREAM));
    this.#optimiser = new Sgd(gpu, this.parameters, { momentum, weightDecay, rule: update });
    this.#report = Tensor.zeros(gpu, [4]);
  }

  /** Iterations done. */
  get iteration(): number {
    return this.#iteration;
  }

  /**
   * Gives the GPU one training step, then waits for the report of the step before, so that the GPU always
   * has work. Null after the first step.
   */
  step(batch: TrainingBatch): Promise<StepReport | null> {
    const { size, annealing, schedule } = this.configuration;
    const learningRate = learningRateAt(schedule, this.#iteration);
    const iteration = ++this.#iteration;
    const lambda = lambdaAt(annealing, iteration);
    this.parameters.zeroGrad();
    scope(() => {
      const { pixels, labels, flips } = batch;
      const images = imageTensor(this.#gpu, { ...size, pixels, flips });
      this.#head.loss(this.parameters, {
        x: this.net.forward(this.parameters, images),
        labels: labelTensor(this.#gpu, labels, this.#identities.length),
        lambda,
        report: this.#report,
      }).backward();
    });
    this.#optimiser.step(learningRate);
    const before = this.#pending;
    this.#pending = this.#report.data().then(([loss, accuracy, targetCosine]) => ({
      iteration,
      loss: loss!,
      accuracy: accuracy!,
      targetCosine: targetCosine!,
      lambda: this.#head.annealed ? lambda : null,
      learningRate,
    }));
    this.#pending.catch(() => {}); // thrown to whoever waits for this report
    return before ?? Promise.resolve(null);
  }

  /** Waits for the last step; null if its report was handed out or there was none. */
  async finish(): Promise<StepReport | null> {
    const report = await this.#pending;
    this.#pending = null;
    return report;
  }

  /** Reads the state between two iterations. */
  async checkpoint(): Promise<Checkpoint> {
    return {
      iteration: this.#iteration,
      configuration: this.configuration,
      identities: this.#identities,
      weights: await this.parameters.values(),
      velocities: await this.parameters.velocities(),
    };
  }

  /**
   * Goes on from a checkpoint of the same configuration.
   *
   * @throws {Error} if its weights do not fit.
   */
  restore(checkpoint: Checkpoint): void {
    this.parameters.load(checkpoint.weights, checkpoint.velocities);
    this.#iteration = checkpoint.iteration;
    this.#pending = null;
  }

  /** Frees everything. */
  [Symbol.dispose](): void {
    this.#report[Symbol.dispose]();
    this.parameters[Symbol.dispose]();
  }
}
