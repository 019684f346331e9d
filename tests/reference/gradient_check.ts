import { relativeError } from "./error.ts";

/** Central differences of a scalar function; O(step²) off the true gradient. */
export function numericGradient(
  f: (x: Float64Array) => number,
  x: Float64Array,
  step = 1e-5,
): Float64Array {
  const at = x.slice();
  return x.map((value, i) => {
    at[i] = value + step;
    const above = f(at);
    at[i] = value - step;
    const below = f(at);
    at[i] = value;
    return (above - below) / (2 * step);
  });
}

/**
 * Throws unless `analytic` is the gradient of `f` at `x`, within a relative error in norm. `x` must
 * stay a step away from kinks (PReLU at 0).
 */
export function checkGradient(
  f: (x: Float64Array) => number,
  x: Float64Array,
  analytic: Float64Array,
  tolerance = 1e-7,
): void {
  const error = relativeError(analytic, numericGradient(f, x));
  // Negated, so that NaN fails as well.
  if (!(error <= tolerance)) {
    throw new Error(`gradient is off by ${error} in relative norm, more than ${tolerance}`);
  }
}
