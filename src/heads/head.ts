/** What a classification head is: class weights over the embedding, and a loss. */

import type { Tensor } from "../autograd/tensor.ts";
import type { StepNumber } from "../gpu/step_number.ts";
import type { Parameters, ParameterSpec } from "../nn/parameters.ts";

/** The true gradient of the loss, or the one that the released Caffe layer computes. */
export type GradientStyle = "exact" | "caffe";

/** What a loss is evaluated with, beside the parameters. */
export interface HeadInput {
  /** Embeddings `[batch, features]`, not normalised. */
  readonly x: Tensor;
  /** Labels of `labelTensor`. */
  readonly labels: Tensor;
  /** λ of this iteration; heads without annealing ignore it. */
  readonly lambda: StepNumber;
  /** Receives `[mean loss, accuracy, mean target cosine or logit, 0]`. */
  readonly report?: Tensor | undefined;
}

/** A classification head: used in training, dropped afterwards. */
export interface Head {
  /** Its name on the command line. */
  readonly name: string;
  /** Whether λ is annealed. */
  readonly annealed: boolean;
  /** The parameters that it needs. */
  readonly specs: readonly ParameterSpec[];
  /** The mean loss, shape `[1]`. */
  loss(parameters: Parameters, input: HeadInput): Tensor;
}

/** Extents of a head. */
export interface HeadExtents {
  /** Identities. */
  readonly classes: number;
  /** Length of the embedding. */
  readonly features: number;
}
