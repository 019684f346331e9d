import { Random } from "../random.ts";
import type { DataSet, ImageSize } from "./dataset.ts";

/**
 * The samples of some of a data set's identities, labelled anew from 0 without gaps.
 *
 * @param dataset The data set; its pixels are read when the subset's are.
 * @param keep Tells by name and label whether an identity stays.
 * @returns A data set of the identities that stay, in their order.
 */
export function subset(
  dataset: DataSet,
  keep: (identity: string, label: number) => boolean,
): DataSet {
  const identities: string[] = [];
  const newLabels = dataset.identities.map((identity, label) =>
    keep(identity, label) ? identities.push(identity) - 1 : -1
  );
  const samples: number[] = [];
  dataset.labels.forEach((label, sample) => {
    if (newLabels[label]! >= 0) samples.push(sample);
  });
  return {
    name: dataset.name,
    identities,
    labels: Uint32Array.from(samples, (sample) => newLabels[dataset.labels[sample]!]!),
    sampleNames: samples.map((sample) => dataset.sampleNames[sample]!),
    read(indices: readonly number[], size: ImageSize): Promise<Uint8Array<ArrayBuffer>> {
      return dataset.read(indices.map((index) => sampleAt(samples, index)), size);
    },
  };
}

/** The two parts of {@linkcode splitIdentities}. */
export interface IdentitySplit {
  /** The identities to train on. */
  readonly train: DataSet;
  /** The identities kept out of training. */
  readonly holdout: DataSet;
}

/**
 * Keeps some identities, drawn at random, out of training, to measure on people never seen.
 *
 * @param dataset The data set.
 * @param holdout How many identities to keep out: 0, or at least 2, as telling people apart takes
 * two; at least 2 must be left for training.
 * @param seed The same seed keeps the same identities out.
 * @throws RangeError when there aren't enough identities, or `holdout` is 1 or no whole number.
 */
export function splitIdentities(dataset: DataSet, holdout: number, seed: number): IdentitySplit {
  const count = dataset.identities.length;
  if (!Number.isInteger(holdout) || holdout < 0 || holdout === 1) {
    throw new RangeError(`The identities held out must be 0 or at least 2, not ${holdout}.`);
  }
  if (count - holdout < 2) {
    throw new RangeError(
      `${dataset.name} has ${count} identities; holding ${holdout} out leaves ` +
        `${Math.max(0, count - holdout)} to train on, and it takes at least 2.`,
    );
  }
  const order = new Random(seed).shuffle(Array.from({ length: count }, (_, label) => label));
  const chosen = new Set(order.slice(0, holdout));
  return {
    train: subset(dataset, (_, label) => !chosen.has(label)),
    holdout: subset(dataset, (_, label) => chosen.has(label)),
  };
}

function sampleAt(samples: readonly number[], index: number): number {
  const sample = samples[index];
  if (sample === undefined) {
    throw new RangeError(`There is no sample ${index} in a data set of ${samples.length}.`);
  }
  return sample;
}
