import type { TrainingConfiguration } from "../../src/sphereface/configuration.ts";
import type { TrainingBatch } from "../../src/sphereface/trainer.ts";
import { Random } from "../../src/random.ts";

export const IDENTITIES: readonly string[] = ["Ada", "Bo", "Chi", "Dee", "Eve"];

/** A run that takes a fraction of a second a step. */
export function tinyConfiguration(
  fields: Partial<TrainingConfiguration> = {},
): TrainingConfiguration {
  return {
    data: "tiny",
    net: "4",
    size: { height: 32, width: 32 },
    head: "asoftmax",
    margin: 4,
    gradient: "exact",
    annealing: { base: 1000, gamma: 10, power: 1, minimum: 5 },
    batch: 8,
    accumulate: 1,
    recompute: false,
    precision: "f32",
    iterations: 10,
    schedule: { base: 0.02, steps: [7], factor: 0.1 },
    momentum: 0.9,
    weightDecay: 5e-4,
    update: "caffe",
    flip: true,
    seed: 11,
    holdout: 0,
    minImages: 1,
    syntheticIdentities: 0,
    syntheticImages: 0,
    ...fields,
  };
}

/** A batch of noise around a colour for each identity. */
export function tinyBatch(
  number: number,
  { batch, size: { height, width } }: Pick<TrainingConfiguration, "batch" | "size">,
): TrainingBatch {
  const random = new Random(number);
  const labels = Uint32Array.from({ length: batch }, () => random.below(IDENTITIES.length));
  const flips = Uint8Array.from({ length: batch }, () => random.below(2));
  const bytes = height * width * 3;
  const pixels = Uint8Array.from(
    { length: batch * bytes },
    (_, i) => (labels[Math.floor(i / bytes)]! * 40 * (1 + i % 3) + random.below(64)) % 256,
  );
  return { pixels, labels, flips };
}
