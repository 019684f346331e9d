/** What a checkpoint holds: weights, velocities, and the iteration, which is also the annealing's counter. */

import { decodeSafetensors, encodeSafetensors } from "../formats/safetensors.ts";
import type { RecordedChoices } from "../kernels/choices.ts";
import type { LossScaleState } from "../optim/loss_scale.ts";
import type { NamedValues } from "../nn/parameters.ts";
import { parseConfiguration, type TrainingConfiguration } from "./configuration.ts";
import { entriesOf, field, modelSpecs, valuesOf } from "./model.ts";

/** A training run between two iterations. */
export interface Checkpoint {
  /** Iterations done. λ, the learning rate and the batches follow from it. */
  readonly iteration: number;
  /** The run's settings. */
  readonly configuration: TrainingConfiguration;
  /** Names of the identities, in the order of their labels. */
  readonly identities: readonly string[];
  /** Weights of net and head. */
  readonly weights: NamedValues;
  /** Velocities of the optimiser. */
  readonly velocities: NamedValues;
  /** Variants of kernels that the run uses: to go on bit for bit, it has to keep them. */
  readonly choices?: RecordedChoices | undefined;
  /** Where the scaling of the loss stands; absent with f32. */
  readonly lossScale?: LossScaleState;
}

const FORMAT = "spheregrad checkpoint 1";
const WEIGHTS = "weights.";
const VELOCITIES = "velocities.";

/** Writes a checkpoint as the bytes of a `checkpoint.safetensors`. */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array<ArrayBuffer> {
  const { iteration, configuration, identities, weights, velocities, choices, lossScale } =
    checkpoint;
  const specs = modelSpecs(configuration, identities.length);
  return encodeSafetensors({
    ...entriesOf(specs, weights, WEIGHTS),
    ...entriesOf(specs, velocities, VELOCITIES),
  }, {
    format: FORMAT,
    iteration: String(iteration),
    configuration: JSON.stringify(configuration),
    identities: JSON.stringify(identities),
    ...(choices && { choices: JSON.stringify(choices) }),
    ...(lossScale && { lossScale: JSON.stringify(lossScale) }),
  });
}

/**
 * Reads a `checkpoint.safetensors`.
 *
 * @param bytes The whole file.
 * @param name The file's name, for messages.
 * @throws {SyntaxError} if it is no checkpoint of this library.
 */
export function decodeCheckpoint(bytes: Uint8Array, name: string): Checkpoint {
  const { tensors, metadata } = decodeSafetensors(bytes, name);
  const iteration = Number(metadata["iteration"]);
  if (metadata["format"] !== FORMAT || !Number.isSafeInteger(iteration)) {
    throw new SyntaxError(
      `${name} is not a checkpoint of this library; give the checkpoint.safetensors that training wrote.`,
    );
  }
  const choices = metadata["choices"];
  const lossScale = metadata["lossScale"];
  return {
    iteration,
    configuration: field(name, () => parseConfiguration(metadata["configuration"] ?? "")),
    identities: field(name, () => JSON.parse(metadata["identities"] ?? "") as string[]),
    weights: valuesOf(tensors, WEIGHTS),
    velocities: valuesOf(tensors, VELOCITIES),
    ...(choices !== undefined && {
      choices: field(name, () => JSON.parse(choices) as RecordedChoices),
    }),
    ...(lossScale !== undefined && {
      lossScale: field(name, () => JSON.parse(lossScale) as LossScaleState),
    }),
  };
}
