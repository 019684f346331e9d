/** Open-set verification of identities that were kept out of training. */

import { anglesOfCosines, type FeatureMatrix } from "./features.ts";
import { angularFisherScore } from "./fisher.ts";
import { evaluatePairs, type PairsResult, type TrueAcceptRates } from "./pairs.ts";
import type { RocCurve } from "./roc.ts";
import { countPairs, samplePairs } from "./sample_pairs.ts";

/** Features with the identity of each row. */
export interface LabelledFeatures extends FeatureMatrix {
  /** The identity of each row, any whole numbers. */
  readonly labels: ArrayLike<number>;
}

/** Which pairs to judge. */
export interface VerificationOptions {
  /** At most this many pairs of one identity and as many of two. Default 3,000, as in LFW's list. */
  readonly pairsPerClass?: number;
  /** Folds to deal the pairs into, at least 2. Default 10. */
  readonly folds?: number;
  /** Seed of the pairs. Default 0. */
  readonly seed?: number;
  /** Whether the other folds' mean is subtracted, as in the official rule. Default true. */
  readonly subtractMean?: boolean;
}

/** How well features tell unseen identities apart. */
export interface VerificationResult {
  /** Mean accuracy over the folds, by the official LFW rule. */
  readonly accuracy: number;
  /** Sample standard deviation of the folds' accuracies. */
  readonly standardDeviation: number;
  /** Mean of the folds' thresholds, a cosine. */
  readonly threshold: number;
  /** Equal error rate over all pairs. */
  readonly equalErrorRate: number;
  /** Area under the ROC curve over all pairs. */
  readonly areaUnderCurve: number;
  /** True accept rates over all pairs, not interpolated. */
  readonly trueAcceptRate: TrueAcceptRates;
  /** Angular Fisher score of all features (lower is better), without subtracting a mean. */
  readonly angularFisherScore: number;
  /** ROC curve over all pairs. */
  readonly roc: RocCurve;
  /** Angles of the pairs of one identity, in degrees. */
  readonly positiveAngles: Float64Array;
  /** Angles of the pairs of two identities, in degrees. */
  readonly negativeAngles: Float64Array;
}

/**
 * Judges features of labelled images by verification: draws balanced pairs, deals them into folds and
 * applies the official LFW rule (see `evaluatePairs`); the angles are those of its scores.
 *
 * An identity may appear in several folds, unlike in LFW's own list.
 *
 * @param input Features `[images, dim]` and a label for each.
 * @throws {RangeError} when the images make fewer pairs of a kind than there are folds, or the features
 *   aren't finite.
 *
 * @example
 * ```ts
 * import { verify } from "@spheregrad/spheregrad";
 *
 * const features = new Float32Array([1, 0, 2, 0.1, 1, 0.2, 0, 1, 0.1, 3, 0.2, 1]);
 * const labels = [0, 0, 0, 1, 1, 1];
 * console.log(verify({ features, dim: 2, labels }, { folds: 3 }).accuracy); // 1
 * ```
 */
export function verify(
  input: LabelledFeatures,
  options: VerificationOptions = {},
): VerificationResult {
  const { features, dim, labels } = input;
  const { pairsPerClass = 3000, folds = 10, seed = 0, subtractMean = true } = options;
  if (!Number.isInteger(folds) || folds < 2 || folds > pairsPerClass) {
    throw new RangeError(
      `${pairsPerClass} pairs of each kind can't be dealt into ${folds} folds: use 2 folds or more, ` +
        "and no more folds than pairs.",
    );
  }
  const available = countPairs(labels);
  const count = Math.min(pairsPerClass, available.positives, available.negatives);
  if (count < folds) {
    throw new RangeError(
      `${labels.length} held-out images make ${available.positives} pairs of one identity and ` +
        `${available.negatives} of two, too few for ${folds} folds: hold out more identities, with two ` +
        "images or more each.",
    );
  }
  const fisher = angularFisherScore({ features, dim }, labels);
  const pairs = samplePairs(labels, { positives: count, negatives: count, seed });
  const fold = Uint16Array.from(pairs.same, (_, i) => i % count % folds);
  const result = evaluatePairs({ features, dim, ...pairs, fold }, { subtractMean });
  return summarize(result, pairs.same, fisher);
}

function summarize(
  result: PairsResult,
  same: Uint8Array,
  fisher: number,
): VerificationResult {
  const { folds, scores } = result;
  return {
    accuracy: result.accuracy,
    standardDeviation: result.standardDeviation,
    threshold: folds.reduce((sum, fold) => sum + fold.threshold, 0) / folds.length,
    equalErrorRate: result.equalErrorRate,
    areaUnderCurve: result.areaUnderCurve,
    trueAcceptRate: result.trueAcceptRate,
    angularFisherScore: fisher,
    roc: result.roc,
    positiveAngles: anglesOfCosines(scores.filter((_, pair) => same[pair])),
    negativeAngles: anglesOfCosines(scores.filter((_, pair) => !same[pair])),
  };
}
