/**
 * Face verification on lists of pairs by the official LFW rule (View 2, unrestricted): everything that a
 * fold is judged with is taken from the other folds.
 */

import { checkFeatures, cosineFromProducts, type FeatureMatrix } from "./features.ts";
import {
  areaUnderCurve,
  equalErrorRate,
  operatingPointOf,
  type RocCurve,
  rocCurve,
} from "./roc.ts";
import { accuracyAt, gridThreshold } from "./threshold.ts";

/** Features of images, and the pairs of them to judge. */
export interface PairFeatures extends FeatureMatrix {
  /** Row of the first image of each pair. */
  readonly left: Uint32Array;
  /** Row of the second image of each pair. */
  readonly right: Uint32Array;
  /** Whether each pair shows one person. */
  readonly same: Uint8Array | readonly boolean[];
  /** The fold of each pair: any numbers, as many folds as there are different ones. */
  readonly fold: Uint16Array;
}

/** How to depart from the official rule. */
export interface PairsOptions {
  /** Whether the other folds' mean is subtracted from each feature; the official rule does. Default true. */
  readonly subtractMean?: boolean;
}

/** One fold's outcome. */
export interface FoldResult {
  /** Fraction of the fold's pairs decided rightly. */
  readonly accuracy: number;
  /** Threshold on the cosine, chosen on the other folds. */
  readonly threshold: number;
}

/** True accept rates at the false accept rates that are usually quoted. */
export interface TrueAcceptRates {
  /** At a false accept rate of at most 0.01. */
  readonly "1e-2": number;
  /** At a false accept rate of at most 0.001. */
  readonly "1e-3": number;
}

/** Outcome of the pairs protocol. */
export interface PairsResult {
  /** Each fold, by rising fold number. */
  readonly folds: readonly FoldResult[];
  /** Mean of the folds' accuracies. */
  readonly accuracy: number;
  /** Sample standard deviation (n − 1) of the folds' accuracies; 0 for one fold. */
  readonly standardDeviation: number;
  /** True when there was one fold only, so that threshold and mean come from the pairs they are judged on. */
  readonly optimistic: boolean;
  /** Cosine of each pair, after subtracting the mean that its fold is judged with. */
  readonly scores: Float64Array;
  /** Over all scores together. */
  readonly roc: RocCurve;
  /** Equal error rate of `roc`. */
  readonly equalErrorRate: number;
  /** Area under `roc`. */
  readonly areaUnderCurve: number;
  /** True accept rates of `roc`, not interpolated. */
  readonly trueAcceptRate: TrueAcceptRates;
  /** Number of pairs of one person. */
  readonly positives: number;
  /** Number of pairs of two people. */
  readonly negatives: number;
}

/**
 * Verification accuracy on a list of pairs by the rule of the official LFW evaluation.
 *
 * For each fold: μ = mean of all left and right features of the other folds' pairs, repeats included;
 * subtract μ from every feature, L2-normalise, score = dot product; the threshold is the mean of all values
 * of the grid −1, −0.9999, …, 1 that decide the most pairs of the other folds rightly (see `gridThreshold`);
 * the fold's accuracy counts strict comparisons, ties wrong. Computed in 64-bit floats. A feature that
 * equals μ scores 0, as it has no direction.
 *
 * With one fold there are no others: μ and the threshold come from the fold itself and the result says
 * `optimistic`.
 *
 * @param input Features `[images, dim]` and pairs as rows of them.
 * @throws {RangeError} for lists of unequal length, a row that isn't there, features that aren't finite, or
 *   pairs of one kind alone.
 *
 * @example
 * ```ts
 * import { evaluatePairs } from "@spheregrad/spheregrad";
 *
 * const result = evaluatePairs({
 *   features: new Float32Array([1, 0, 2, 0.1, 0, 1, 0.1, 3]),
 *   dim: 2,
 *   left: new Uint32Array([0, 0, 2, 1]),
 *   right: new Uint32Array([1, 2, 3, 3]),
 *   same: [true, false, true, false],
 *   fold: new Uint16Array([0, 0, 1, 1]),
 * });
 * console.log(result.accuracy); // 1
 * ```
 */
export function evaluatePairs(input: PairFeatures, options: PairsOptions = {}): PairsResult {
  checkPairs(input);
  const { subtractMean = true } = options;
  const groups = groupByFold(input.fold);
  const sums = groups.map((pairs) => sumFeatures(input, pairs));
  const scores = new Float64Array(input.left.length);

  const folds = groups.map((test, f): FoldResult => {
    const isOther = (g: number) => groups.length === 1 || g !== f;
    const others = groups.filter((_, g) => isOther(g)).flatMap((pairs) => [...pairs]);
    const mean = subtractMean
      ? meanFeature(sums.filter((_, g) => isOther(g)), 2 * others.length)
      : new Float64Array(input.dim);
    const { threshold } = gridThreshold(scorePairs(input, others, mean), sameOf(input, others));
    const testScores = scorePairs(input, test, mean);
    test.forEach((pair, i) => scores[pair] = testScores[i]!);
    return { accuracy: accuracyAt(testScores, sameOf(input, test), threshold), threshold };
  });
  return summarize(folds, scores, input.same);
}

function summarize(
  folds: readonly FoldResult[],
  scores: Float64Array,
  same: PairFeatures["same"],
): PairsResult {
  const positives = scores.filter((_, pair) => same[pair]);
  const negatives = scores.filter((_, pair) => !same[pair]);
  const roc = rocCurve(positives, negatives);
  const accuracy = folds.reduce((sum, fold) => sum + fold.accuracy, 0) / folds.length;
  const squares = folds.reduce((sum, fold) => sum + (fold.accuracy - accuracy) ** 2, 0);
  return {
    folds,
    accuracy,
    standardDeviation: folds.length > 1 ? Math.sqrt(squares / (folds.length - 1)) : 0,
    optimistic: folds.length === 1,
    scores,
    roc,
    equalErrorRate: equalErrorRate(roc),
    areaUnderCurve: areaUnderCurve(roc),
    trueAcceptRate: {
      "1e-2": operatingPointOf(roc, 1e-2).trueAcceptRate,
      "1e-3": operatingPointOf(roc, 1e-3).trueAcceptRate,
    },
    positives: positives.length,
    negatives: negatives.length,
  };
}

/** Pairs of each fold, by rising fold number. */
function groupByFold(fold: Uint16Array): readonly (readonly number[])[] {
  const groups = new Map<number, number[]>();
  fold.forEach((number, pair) => {
    const pairs = groups.get(number);
    if (pairs) pairs.push(pair);
    else groups.set(number, [pair]);
  });
  return [...groups].sort(([a], [b]) => a - b).map(([, pairs]) => pairs);
}

/** Sum of the left and right features of some pairs, `[dim]`. */
function sumFeatures(input: PairFeatures, pairs: readonly number[]): Float64Array {
  const { features, dim } = input;
  const sum = new Float64Array(dim);
  for (const pair of pairs) {
    const left = input.left[pair]! * dim, right = input.right[pair]! * dim;
    for (let k = 0; k < dim; k++) sum[k] = sum[k]! + features[left + k]! + features[right + k]!;
  }
  return sum;
}

function meanFeature(sums: readonly Float64Array[], count: number): Float64Array {
  const mean = new Float64Array(sums[0]!.length);
  for (const sum of sums) {
    for (let k = 0; k < mean.length; k++) mean[k] = mean[k]! + sum[k]!;
  }
  return mean.map((total) => total / count);
}

/** Cosines of pairs after subtracting a mean from each feature. */
function scorePairs(
  input: PairFeatures,
  pairs: readonly number[],
  mean: Float64Array,
): Float64Array {
  const { features, dim } = input;
  const scores = new Float64Array(pairs.length);
  for (let p = 0; p < pairs.length; p++) {
    const left = input.left[pairs[p]!]! * dim, right = input.right[pairs[p]!]! * dim;
    let aa = 0, bb = 0, ab = 0;
    for (let k = 0; k < dim; k++) {
      const x = features[left + k]! - mean[k]!, y = features[right + k]! - mean[k]!;
      aa += x * x;
      bb += y * y;
      ab += x * y;
    }
    scores[p] = cosineFromProducts(ab, aa, bb);
  }
  return scores;
}

function sameOf(input: PairFeatures, pairs: readonly number[]): boolean[] {
  return pairs.map((pair) => Boolean(input.same[pair]));
}

function checkPairs(input: PairFeatures): void {
  const images = checkFeatures(input);
  const { left, right, same, fold } = input;
  if (right.length !== left.length || same.length !== left.length || fold.length !== left.length) {
    throw new RangeError(
      `The pairs have ${left.length} left and ${right.length} right images, ${same.length} labels and ` +
        `${fold.length} folds: give one of each for every pair.`,
    );
  }
  for (const side of [left, right]) {
    const bad = side.findIndex((row) => row >= images);
    if (bad >= 0) {
      throw new RangeError(
        `Pair ${bad} uses image ${side[bad]}, but there are features for ${images} images.`,
      );
    }
  }
}
