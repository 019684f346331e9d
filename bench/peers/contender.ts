/** What an engine is asked to do, and the form in which it does it. */

import type { NamedValues } from "../../src/nn/parameters.ts";
import type { StepExtents } from "../spherenet_step.ts";

/** A product of two square matrices that lie on the device. */
export interface MatmulWork {
  /** Rows and columns. */
  readonly size: number;
  /** The left one. */
  readonly a: Float32Array<ArrayBuffer>;
  /** The right one. */
  readonly b: Float32Array<ArrayBuffer>;
}

/** An engine's readiness for {@linkcode MatmulWork}. */
export interface MatmulRunner extends Disposable {
  /** The product. */
  product(): Promise<Float32Array>;
  /** Computes the product so many times and waits until a number that depends on the last one is here. */
  run(times: number): Promise<void>;
}

/** A training step of a SphereNet with A-Softmax: see `SphereNetStep`. */
export interface StepWork extends StepExtents {
  /** Weights to start from, in the paper's extents, by name. */
  readonly weights: NamedValues;
}

/** An engine's readiness for {@linkcode StepWork}. */
export interface StepRunner extends Disposable {
  /** One step: forward, backward, update, and the wait for the loss. */
  run(): Promise<number>;
}

/** An engine. One that cannot do a kind of work lacks its method. */
export interface Contender {
  /** Its name. */
  readonly name: string;
  /** Its version. */
  readonly version: string;
  /** Prepares a product of matrices. */
  matmul?(work: MatmulWork): MatmulRunner;
  /** Prepares a training step. */
  trainingStep?(work: StepWork): StepRunner;
}
