import { goldenUniform } from "../golden/values.ts";
import { type Array64, array64, sizeOf } from "../reference/array64.ts";
import { relativeError } from "../reference/error.ts";

/** Reproducible values in [-1, 1), exact in f32. */
export function random(name: string, shape: readonly number[]): Array64 {
  return array64(shape, goldenUniform(name, sizeOf(shape)));
}

/** The values rounded to f16, as inputs of a reference. */
export function halved({ shape, data }: Array64): Array64 {
  return array64(shape, Float64Array.from(new Float16Array(data)));
}

/** Largest error in norm of values that were rounded to f16 once. */
export const HALF_TOLERANCE = 4e-4;

/** Values in [low, high), rounded to f32. */
export function randomBetween(
  name: string,
  shape: readonly number[],
  low: number,
  high: number,
): Array64 {
  const unit = goldenUniform(name, sizeOf(shape));
  return array64(shape, unit.map((value) => low + (value + 1) / 2 * (high - low)));
}

/** Throws unless the relative error in norm is within `tolerance`; `what` names the case. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  what: string,
  tolerance = 1e-6,
): void {
  const error = relativeError(actual, expected);
  // Negated, so that NaN fails as well.
  if (!(error <= tolerance)) {
    throw new Error(`${what} is off by ${error} in relative norm, more than ${tolerance}`);
  }
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}
