/** Training: one submission stream and at most one wait a step, whose commands are captured and replayed. */

import { type Capture, capture } from "../autograd/capture.ts";
import { scope } from "../autograd/scope.ts";
import { Tensor } from "../autograd/tensor.ts";
import { requireHalf } from "../gpu/element_type.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { lambdaAt } from "../heads/annealing.ts";
import type { Head } from "../heads/head.ts";
import { accumulate as addTo } from "../kernels/accumulate.ts";
import { choicesOf } from "../kernels/choices.ts";
import { savePanelMemory } from "../kernels/panel.ts";
import { Parameters } from "../nn/parameters.ts";
import { affine } from "../ops/affine.ts";
import { normaliseImages } from "../ops/image_tensor.ts";
import { LossScale } from "../optim/loss_scale.ts";
import { learningRateAt } from "../optim/schedule.ts";
import { Sgd } from "../optim/sgd.ts";
import { Random } from "../random.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { makeHead, type TrainingConfiguration } from "./configuration.ts";
import { SphereNet } from "./spherenet.ts";
import { type StepInput, StepInputs, type TrainingBatch } from "./step_inputs.ts";
import { EMBEDDING } from "./table2.ts";

/** What a training step measured. */
export interface StepReport {
  /** Iterations done with this one. */
  readonly iteration: number;
  /** Mean loss of the step's images, in nats. */
  readonly loss: number;
  /** Share of the step's images whose largest logit without margin is the target's. */
  readonly accuracy: number;
  /** Mean cosine of the targets; their mean logit with heads that have no margin. */
  readonly targetCosine: number;
  /** λ of the step; null for heads without annealing. */
  readonly lambda: number | null;
  /** Learning rate of the step. */
  readonly learningRate: number;
  /** What the loss was multiplied by for gradients in f16; absent with f32. */
  readonly lossScale?: number;
  /** Whether a gradient in f16 had no room, so that the weights stayed as they were; absent with f32. */
  readonly skipped?: boolean;
}

export type { TrainingBatch };

/** Choices of a trainer that change nothing of what it computes. */
export interface TrainerOptions {
  /** Whether steps are captured and replayed; true if left out. False saves nothing but is easier to profile. */
  readonly capture?: boolean;
}

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
  /** With f16 alone. */
  readonly #lossScale: LossScale | null;
  readonly #identities: readonly string[];
  readonly #report: Tensor;
  readonly #inputs: StepInputs;
  readonly #captures: boolean;
  #captured: Capture<void> | null = null;
  #learningRate = 0;
  #lambda = 0;
  #iteration = 0;
  /** Waits for the report of the last step. */
  #pending: (() => Promise<StepReport>) | null = null;

  /**
   * Makes net, head and optimiser, with initial weights drawn from the seed.
   *
   * @throws {Error} for the precision f16 on a device that does not offer it.
   */
  constructor(
    gpu: Gpu,
    configuration: TrainingConfiguration,
    identities: readonly string[],
    { capture = true }: TrainerOptions = {},
  ) {
    const { net, size, momentum, weightDecay, update, seed, precision } = configuration;
    if (precision === "f16") requireHalf(gpu);
    this.configuration = configuration;
    this.#gpu = gpu;
    this.#identities = identities;
    this.net = new SphereNet(net, size);
    this.#head = makeHead(configuration, { classes: identities.length, features: EMBEDDING });
    this.parameters = new Parameters(gpu, [...this.net.specs, ...this.#head.specs]);
    this.parameters.initialise(new Random(seed).fork(WEIGHT_STREAM));
    this.#optimiser = new Sgd(gpu, this.parameters, { momentum, weightDecay, rule: update });
    this.#lossScale = precision === "f16" ? new LossScale(gpu) : null;
    this.#report = Tensor.zeros(gpu, [precision === "f16" ? 8 : 4]);
    this.#inputs = new StepInputs(gpu, configuration.size, identities.length);
    this.#captures = capture;
    savePanelMemory(gpu, configuration.recompute);
  }

  /** Iterations done. */
  get iteration(): number {
    return this.#iteration;
  }

  /**
   * Gives the GPU one training step, then waits for the report of the step before, so that the GPU always
   * has work. Null after the first step.
   *
   * @throws {RangeError} for labels that are no identity's, and samples that do not fit the configuration.
   */
  step(batch: TrainingBatch): Promise<StepReport | null> {
    const { accumulate, annealing, schedule } = this.configuration;
    const { inputs, moved } = this.#inputs.upload(batch, accumulate);
    const learningRate = this.#learningRate = learningRateAt(schedule, this.#iteration);
    const iteration = ++this.#iteration;
    const lambda = this.#lambda = lambdaAt(annealing, iteration);
    this.#give(inputs, moved);
    const before = this.#pending;
    const read = this.#gpu.beginRead(this.#report.slice);
    this.#pending = async () => {
      const [loss, accuracy, targetCosine, , scale, skipped] = new Float32Array(await read.bytes());
      return {
        iteration,
        loss: loss! / accumulate,
        accuracy: accuracy! / accumulate,
        targetCosine: targetCosine! / accumulate,
        lambda: this.#head.annealed ? lambda : null,
        learningRate,
        ...(this.#lossScale && { lossScale: scale!, skipped: skipped === 1 }),
      };
    };
    // Where a wait blocks until the GPU has nothing to do (see `Readback`), this step follows at once.
    const report = before?.() ?? Promise.resolve(null);
    this.#gpu.flush();
    return report;
  }

  /**
   * Gives the GPU a step's commands, which are captured once for each size of the batches: a capture knows
   * how long everything lives, and needs less memory than commands that are given one by one.
   */
  #give(inputs: readonly StepInput[], moved: boolean): void {
    if (moved) {
      this.#captured?.[Symbol.dispose]();
      this.#captured = null;
    }
    if (!this.#captures) {
      scope(() => this.#compute(inputs));
      return;
    }
    this.#captured ??= capture(this.#gpu, () => this.#compute(inputs));
    this.#captured.replay();
  }

  /** The same list of commands each time, but for λ and the learning rate. */
  #compute(inputs: readonly StepInput[]): void {
    this.parameters.zeroGrad();
    if (inputs.length > 1) this.#gpu.clear(this.#report.slice);
    for (const input of inputs) scope(() => this.#differentiate(input, inputs.length));
    this.#optimiser.step(() => this.#learningRate, this.#lossScale ?? undefined);
    this.#lossScale?.update(this.#report);
  }

  /** Adds one of `parts` batches' share of the step's gradients and, with several, of its report. */
  #differentiate({ images, labels }: StepInput, parts: number): void {
    const report = parts === 1 ? this.#report : Tensor.empty(this.#gpu, [4], "report of a batch");
    const { recompute, precision } = this.configuration;
    const x = this.net.forward(this.parameters, normaliseImages(images, precision), { recompute });
    const lambda = () => this.#lambda;
    const loss = this.#head.loss(this.parameters, { x, labels, lambda, report });
    (parts === 1 ? loss : affine(loss, 1 / parts)).backward(this.#lossScale?.factor);
    if (parts > 1) addTo(this.#gpu, report.slice, this.#report.slice, 4);
  }

  /** Waits for the last step; null if its report was handed out or there was none. */
  async finish(): Promise<StepReport | null> {
    const report = this.#pending?.() ?? null;
    this.#pending = null;
    return await report;
  }

  /** Reads the state between two iterations. */
  async checkpoint(): Promise<Checkpoint> {
    return {
      iteration: this.#iteration,
      configuration: this.configuration,
      identities: this.#identities,
      weights: await this.parameters.values(),
      velocities: await this.parameters.velocities(),
      // Before the first step nobody knows what it will ask for.
      ...(this.#iteration > 0 && { choices: choicesOf(this.#gpu).record() }),
      ...(this.#lossScale && { lossScale: await this.#lossScale.state() }),
    };
  }

  /**
   * Goes on from a checkpoint of the same configuration, on the same adapter bit for bit: also the variants of
   * kernels are those of the run, whatever was measured since.
   *
   * @throws {Error} if its weights do not fit.
   */
  restore(checkpoint: Checkpoint): void {
    this.parameters.load(checkpoint.weights, checkpoint.velocities);
    if (checkpoint.lossScale !== undefined) this.#lossScale?.restore(checkpoint.lossScale);
    this.#iteration = checkpoint.iteration;
    this.#pending = null;
    if (checkpoint.choices === undefined) return;
    choicesOf(this.#gpu).resume(checkpoint.choices);
    this.#captured?.[Symbol.dispose]();
    this.#captured = null;
  }

  /** Frees everything. */
  [Symbol.dispose](): void {
    this.#captured?.[Symbol.dispose]();
    savePanelMemory(this.#gpu, false);
    this.#inputs[Symbol.dispose]();
    this.#report[Symbol.dispose]();
    this.#lossScale?.[Symbol.dispose]();
    this.parameters[Symbol.dispose]();
  }
}
