/** Feature matrices, cosines and angles: what every protocol starts from. */

/** Features of images, one row an image. */
export interface FeatureMatrix {
  /** Row-major `[images, dim]`. */
  readonly features: Float32Array;
  /** Length of a feature. */
  readonly dim: number;
}

/**
 * Cosine of the angle between two vectors, in `[-1, 1]`; 0 where either is zero, as that has no direction.
 *
 * Computed in 64-bit floats; a vector with itself gives exactly 1.
 *
 * @throws {RangeError} when the lengths differ.
 *
 * @example
 * ```ts
 * import { cosineSimilarity } from "@spheregrad/spheregrad";
 *
 * console.log(cosineSimilarity([1, 0], [3, 4])); // 0.6
 * ```
 */
export function cosineSimilarity(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) {
    throw new RangeError(`Features of ${a.length} and ${b.length} values can't be compared.`);
  }
  let aa = 0, bb = 0, ab = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i]!, y = b[i]!;
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  return cosineFromProducts(ab, aa, bb);
}

/** a·b / (‖a‖‖b‖) from the three products. One root of the product keeps a·a / ‖a‖² at exactly 1. */
export function cosineFromProducts(ab: number, aa: number, bb: number): number {
  const norms = Math.sqrt(aa * bb);
  return norms > 0 ? Math.max(-1, Math.min(1, ab / norms)) : 0;
}

/**
 * Angles in degrees, `[0, 180]`, that belong to cosines.
 *
 * @example
 * ```ts
 * import { anglesOfCosines } from "@spheregrad/spheregrad";
 *
 * console.log(anglesOfCosines([1, 0, -1])); // [0, 90, 180]
 * ```
 */
export function anglesOfCosines(cosines: ArrayLike<number>): Float64Array {
  return Float64Array.from(
    cosines,
    (cosine) => Math.acos(Math.max(-1, Math.min(1, cosine))) * 180 / Math.PI,
  );
}

/**
 * Checks that a feature matrix has whole rows of finite numbers.
 *
 * @returns The number of rows.
 * @throws {RangeError} naming the first row that holds a NaN or an infinity.
 */
export function checkFeatures({ features, dim }: FeatureMatrix): number {
  if (!Number.isInteger(dim) || dim < 1 || features.length % dim !== 0) {
    throw new RangeError(
      `${features.length} feature values don't make whole rows of ${dim}: check the feature's length.`,
    );
  }
  const bad = features.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new RangeError(
      `The feature of image ${Math.floor(bad / dim)} holds ${
        features[bad]
      }: the model or the image is broken.`,
    );
  }
  return features.length / dim;
}
