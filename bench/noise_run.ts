/** A training run on noise: for benches that ask how long it takes and not what is learned. */

import type { ImageSize } from "../src/data/dataset.ts";
import type { TrainingConfiguration } from "../src/sphereface/configuration.ts";
import type { TrainingBatch } from "../src/sphereface/trainer.ts";
import type { NetName } from "../src/sphereface/table2.ts";

/** What such a run is made of. */
export interface NoiseRun {
  /** The net. */
  readonly net: NetName;
  /** Size of the images. */
  readonly size: ImageSize;
  /** Images in a batch. */
  readonly batch: number;
  /** Identities of the head. */
  readonly identities: number;
  /** Steps. */
  readonly steps: number;
}

/** Its settings: A-Softmax, m = 4, with the released annealing. */
export function noiseConfiguration({ net, size, batch, steps }: NoiseRun): TrainingConfiguration {
  return {
    data: "noise",
    net,
    size,
    head: "asoftmax",
    margin: 4,
    gradient: "exact",
    annealing: { base: 1000, gamma: 0.12, power: 1, minimum: 5 },
    batch,
    accumulate: 1,
    recompute: false,
    precision: "f32",
    iterations: steps,
    schedule: { base: 0.01, steps: [], factor: 0.1 },
    momentum: 0.9,
    weightDecay: 5e-4,
    update: "caffe",
    flip: true,
    seed: 1,
    holdout: 0,
    minImages: 1,
    syntheticIdentities: 0,
    syntheticImages: 0,
  };
}

/** Names of its identities. */
export function noiseIdentities({ identities }: NoiseRun): string[] {
  return Array.from({ length: identities }, (_, i) => `${i}`);
}

/** Its batch of this number. */
export function noiseBatch({ size, batch, identities }: NoiseRun, number: number): TrainingBatch {
  return {
    pixels: Uint8Array.from(
      { length: batch * size.height * size.width * 3 },
      (_, i) => (i * 7919 + number * 31) % 256,
    ),
    labels: Uint32Array.from({ length: batch }, (_, i) => (i * 13 + number) % identities),
    flips: Uint8Array.from({ length: batch }, (_, i) => (i + number) % 2),
  };
}
