/** Choosing a verification threshold: accept above it, and a tie is wrong for both kinds of pair. */

/** A threshold and the accuracy that it has on the pairs that it was chosen on. */
export interface ThresholdChoice {
  /** Same person when the score is above, different when below. */
  readonly threshold: number;
  /** Fraction of pairs decided rightly. */
  readonly accuracy: number;
}

/** Half the number of steps of the official grid, −1, −0.9999, …, 1. */
const GRID_STEPS = 10_000;

/**
 * Fraction of pairs decided rightly: same with a score strictly above the threshold, or different with one
 * strictly below.
 *
 * @example
 * ```ts
 * import { accuracyAt } from "@spheregrad/spheregrad";
 *
 * console.log(accuracyAt([0.9, 0.5, 0.1], [1, 1, 0], 0.5)); // 2/3: the tie is wrong
 * ```
 */
export function accuracyAt(
  scores: ArrayLike<number>,
  same: ArrayLike<number | boolean>,
  threshold: number,
): number {
  let right = 0;
  for (let i = 0; i < scores.length; i++) {
    if (same[i] ? scores[i]! > threshold : scores[i]! < threshold) right++;
  }
  return right / scores.length;
}

/**
 * The threshold of the official LFW script: of the 20,001 values (i − 10,000)/10,000 in [−1, 1], the mean
 * of all that decide the most pairs rightly (strict comparisons, ties wrong).
 *
 * The grid values are the floats nearest to the decimals, so that a score such as 0.3 ties with its grid
 * value; the mean is the exact sum of the grid's numerators divided once.
 *
 * @param scores Cosines of the pairs.
 * @param same Whether each pair shows one person.
 * @returns The mean threshold, and the accuracy of the grid values behind it (its own may be lower where
 *   the maximum is reached in separate places).
 * @throws {RangeError} when there is no pair.
 *
 * @example
 * ```ts
 * import { gridThreshold } from "@spheregrad/spheregrad";
 *
 * console.log(gridThreshold([0.8, 0.2], [1, 0]).threshold); // 0.5
 * ```
 */
export function gridThreshold(
  scores: ArrayLike<number>,
  same: ArrayLike<number | boolean>,
): ThresholdChoice {
  if (scores.length === 0) {
    throw new RangeError("A threshold can't be chosen from no pairs at all.");
  }
  const [positives, negatives] = split(scores, same);
  let best = -1, sum = 0, count = 0;
  let accepted = 0, rejected = 0;
  for (let step = -GRID_STEPS; step <= GRID_STEPS; step++) {
    const threshold = step / GRID_STEPS;
    while (positives[accepted]! <= threshold) accepted++;
    while (negatives[rejected]! < threshold) rejected++;
    const right = positives.length - accepted + rejected;
    if (right > best) {
      best = right;
      sum = count = 0;
    }
    if (right === best) {
      sum += step;
      count++;
    }
  }
  return { threshold: sum / (count * GRID_STEPS), accuracy: best / scores.length };
}

/**
 * The best accuracy that any threshold reaches on these very pairs, and the middle of the first gap
 * between scores that reaches it. Optimistic: the threshold has seen the pairs that it is judged on.
 *
 * @param scores Scores of the pairs, of any scale.
 * @param same Whether each pair shows one person.
 * @throws {RangeError} when there is no pair.
 *
 * @example
 * ```ts
 * import { bestThreshold } from "@spheregrad/spheregrad";
 *
 * console.log(bestThreshold([3, 2, 1], [1, 0, 0])); // { threshold: 2.5, accuracy: 1 }
 * ```
 */
export function bestThreshold(
  scores: ArrayLike<number>,
  same: ArrayLike<number | boolean>,
): ThresholdChoice {
  if (scores.length === 0) {
    throw new RangeError("A threshold can't be chosen from no pairs at all.");
  }
  const [positives, negatives] = split(scores, same);
  // Below every score all pairs are accepted; then one gap after the other.
  let best = positives.length;
  let threshold = Math.min(positives[0] ?? Infinity, negatives[0] ?? Infinity) - 1;
  for (let p = 0, n = 0; p < positives.length || n < negatives.length;) {
    const score = Math.min(positives[p] ?? Infinity, negatives[n] ?? Infinity);
    while (positives[p] === score) p++;
    while (negatives[n] === score) n++;
    const right = positives.length - p + n;
    if (right > best) {
      best = right;
      const next = Math.min(positives[p] ?? Infinity, negatives[n] ?? Infinity);
      threshold = next === Infinity ? score + 1 : (score + next) / 2;
    }
  }
  return { threshold, accuracy: best / scores.length };
}

/** Scores of same and of different pairs, each rising. */
function split(
  scores: ArrayLike<number>,
  same: ArrayLike<number | boolean>,
): [positives: Float64Array, negatives: Float64Array] {
  const [positives, negatives]: [number[], number[]] = [[], []];
  for (let i = 0; i < scores.length; i++) (same[i] ? positives : negatives).push(scores[i]!);
  return [Float64Array.from(positives).sort(), Float64Array.from(negatives).sort()];
}
