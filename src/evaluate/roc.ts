/**
 * Receiver operating characteristics of verification scores. A pair is accepted when its score is at or
 * above a threshold; positives are pairs of one person, negatives of two. Equal scores are accepted
 * together, so that no result depends on the order of ties.
 */

/** How many are accepted at each threshold, from the strictest to the laxest. */
export interface RocCurve {
  /** `+Infinity`, then every distinct score, falling. */
  readonly thresholds: Float64Array;
  /** Fraction of negatives with a score ≥ the threshold (FAR, FPR): from 0 to 1. */
  readonly falseAcceptRate: Float64Array;
  /** Fraction of positives with a score ≥ the threshold (TAR, TPR): from 0 to 1. */
  readonly trueAcceptRate: Float64Array;
}

/** What a system does at one threshold. */
export interface OperatingPoint {
  /** Accept when the score is at or above this; `+Infinity` accepts nothing. */
  readonly threshold: number;
  /** Fraction of negatives accepted. */
  readonly falseAcceptRate: number;
  /** Fraction of positives accepted. */
  readonly trueAcceptRate: number;
}

/**
 * The ROC curve with a point for each distinct score.
 *
 * @param positives Scores of pairs of one person, in any order.
 * @param negatives Scores of pairs of two people, in any order.
 * @throws {RangeError} when either is empty or holds a NaN or an infinity.
 *
 * @example
 * ```ts
 * import { rocCurve } from "@spheregrad/spheregrad";
 *
 * console.log(rocCurve([0.9, 0.4], [0.4, 0.1]).trueAcceptRate); // [0, 0.5, 1, 1]
 * ```
 */
export function rocCurve(positives: ArrayLike<number>, negatives: ArrayLike<number>): RocCurve {
  const accepted = sortScores("positive", positives).reverse();
  const wronglyAccepted = sortScores("negative", negatives).reverse();
  const points = accepted.length + wronglyAccepted.length + 1;
  const thresholds = new Float64Array(points);
  const falseAcceptRate = new Float64Array(points);
  const trueAcceptRate = new Float64Array(points);

  thresholds[0] = Infinity;
  let count = 1;
  for (let p = 0, n = 0; p < accepted.length || n < wronglyAccepted.length; count++) {
    const threshold = Math.max(accepted[p] ?? -Infinity, wronglyAccepted[n] ?? -Infinity);
    while (accepted[p] === threshold) p++;
    while (wronglyAccepted[n] === threshold) n++;
    thresholds[count] = threshold;
    falseAcceptRate[count] = n / wronglyAccepted.length;
    trueAcceptRate[count] = p / accepted.length;
  }
  return {
    thresholds: thresholds.slice(0, count),
    falseAcceptRate: falseAcceptRate.slice(0, count),
    trueAcceptRate: trueAcceptRate.slice(0, count),
  };
}

/**
 * Area under a ROC curve by the trapezoid rule: the probability that a positive scores above a negative,
 * ties counting one half.
 *
 * @example
 * ```ts
 * import { areaUnderCurve, rocCurve } from "@spheregrad/spheregrad";
 *
 * console.log(areaUnderCurve(rocCurve([0.9, 0.4], [0.4, 0.1]))); // 0.875
 * ```
 */
export function areaUnderCurve({ falseAcceptRate, trueAcceptRate }: RocCurve): number {
  let area = 0;
  for (let i = 1; i < falseAcceptRate.length; i++) {
    const width = falseAcceptRate[i]! - falseAcceptRate[i - 1]!;
    area += width * (trueAcceptRate[i]! + trueAcceptRate[i - 1]!) / 2;
  }
  return area;
}

/**
 * Equal error rate: where the false accept rate equals the false reject rate (1 − TAR), on the straight
 * line between the two neighbouring points of the curve.
 *
 * @example
 * ```ts
 * import { equalErrorRate, rocCurve } from "@spheregrad/spheregrad";
 *
 * console.log(equalErrorRate(rocCurve([0.9, 0.8, 0.3], [0.4, 0.2, 0.1]))); // 1/3
 * ```
 */
export function equalErrorRate({ falseAcceptRate, trueAcceptRate }: RocCurve): number {
  // FAR − (1 − TAR) runs from −1 to 1 without ever falling.
  const excess = (i: number) => falseAcceptRate[i]! + trueAcceptRate[i]! - 1;
  let right = 1;
  while (excess(right) < 0) right++;
  const left = right - 1;
  const share = -excess(left) / (excess(right) - excess(left));
  return falseAcceptRate[left]! + share * (falseAcceptRate[right]! - falseAcceptRate[left]!);
}

/**
 * The laxest threshold that accepts at most a given fraction of the negatives.
 *
 * Nothing is interpolated: the point is one that the scores really reach, so its false accept rate is at
 * or below the rate asked for. A rate under one negative's share gives the point where none is accepted.
 *
 * @param falseAcceptRate The largest fraction of negatives to accept, in `[0, 1]`.
 * @throws {RangeError} for a rate outside `[0, 1]`, or empty or non-finite scores.
 *
 * @example
 * ```ts
 * import { operatingPoint } from "@spheregrad/spheregrad";
 *
 * console.log(operatingPoint([0.9, 0.4], [0.5, 0.1], 0).threshold); // 0.9
 * ```
 */
export function operatingPoint(
  positives: ArrayLike<number>,
  negatives: ArrayLike<number>,
  falseAcceptRate: number,
): OperatingPoint {
  return operatingPointOf(rocCurve(positives, negatives), falseAcceptRate);
}

/**
 * {@linkcode operatingPoint} on a curve that is there already.
 *
 * @throws {RangeError} for a rate outside `[0, 1]`.
 */
export function operatingPointOf(curve: RocCurve, falseAcceptRate: number): OperatingPoint {
  if (!(falseAcceptRate >= 0 && falseAcceptRate <= 1)) {
    throw new RangeError(`A false accept rate lies in 0…1, not at ${falseAcceptRate}.`);
  }
  let low = 0, high = curve.falseAcceptRate.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (curve.falseAcceptRate[middle]! <= falseAcceptRate) low = middle;
    else high = middle;
  }
  return {
    threshold: curve.thresholds[low]!,
    falseAcceptRate: curve.falseAcceptRate[low]!,
    trueAcceptRate: curve.trueAcceptRate[low]!,
  };
}

/**
 * True accept rate at a false accept rate (TAR@FAR): the largest fraction of positives that any threshold
 * accepts while it accepts at most that fraction of negatives. A step function, not interpolated; see
 * {@linkcode operatingPoint}.
 *
 * @param falseAcceptRate The largest fraction of negatives to accept, in `[0, 1]`.
 * @throws {RangeError} for a rate outside `[0, 1]`, or empty or non-finite scores.
 *
 * @example
 * ```ts
 * import { trueAcceptRate } from "@spheregrad/spheregrad";
 *
 * console.log(trueAcceptRate([0.9, 0.6, 0.4], [0.5, 0.1], 0.1)); // 2/3
 * ```
 */
export function trueAcceptRate(
  positives: ArrayLike<number>,
  negatives: ArrayLike<number>,
  falseAcceptRate: number,
): number {
  return operatingPoint(positives, negatives, falseAcceptRate).trueAcceptRate;
}

function sortScores(kind: string, scores: ArrayLike<number>): Float64Array {
  if (scores.length === 0) {
    throw new RangeError(`There is no ${kind} pair: a ROC needs pairs of both kinds.`);
  }
  const sorted = Float64Array.from(scores);
  const bad = sorted.findIndex((score) => !Number.isFinite(score));
  if (bad >= 0) {
    throw new RangeError(
      `Score ${bad} of the ${kind} pairs is ${sorted[bad]}: check the features.`,
    );
  }
  return sorted.sort();
}
