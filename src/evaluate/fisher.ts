import { checkFeatures, type FeatureMatrix } from "./features.ts";

/**
 * Angular Fisher score (the paper's appendix E): the spread within identities over the spread between
 * them, in cosines. Lower is better.
 *
 * AFS = S_w / S_b with S_w = Σ_i Σ_{x of i} (1 − cos⟨x, m_i⟩) and S_b = Σ_i n_i (1 − cos⟨m_i, m⟩), where m_i
 * is the mean of identity i, m the mean of all samples and n_i a count. The paper leaves open whether
 * features are normalised before they are averaged: here each is divided by its L2 norm first, so that a
 * long feature counts no more than a short one. A zero vector has cosine 0 with anything.
 *
 * @param matrix Features, `[images, dim]`.
 * @param labels The identity of each row.
 * @returns The score; `Infinity` when the identities' means all point the same way.
 * @throws {RangeError} for fewer than two identities, a count of labels other than the rows, or features
 *   that aren't finite.
 *
 * @example
 * ```ts
 * import { angularFisherScore } from "@spheregrad/spheregrad";
 *
 * const features = new Float32Array([1, 0, 2, 0, 0, 1, 0, 3]);
 * console.log(angularFisherScore({ features, dim: 2 }, [0, 0, 1, 1])); // 0: no spread within
 * ```
 */
export function angularFisherScore(matrix: FeatureMatrix, labels: ArrayLike<number>): number {
  const images = checkFeatures(matrix);
  if (labels.length !== images) {
    throw new RangeError(
      `${images} features came with ${labels.length} labels: give one for each.`,
    );
  }
  const { features, dim } = matrix;
  const unit = Float64Array.from(features);
  const sums = new Map<number, { sum: Float64Array; count: number }>();
  const total = new Float64Array(dim);
  for (let i = 0; i < images; i++) {
    const row = unit.subarray(i * dim, (i + 1) * dim);
    normalize(row);
    const identity = sums.get(labels[i]!) ?? { sum: new Float64Array(dim), count: 0 };
    sums.set(labels[i]!, identity);
    identity.count++;
    for (let k = 0; k < dim; k++) {
      identity.sum[k] = identity.sum[k]! + row[k]!;
      total[k] = total[k]! + row[k]!;
    }
  }
  if (sums.size < 2) {
    throw new RangeError(
      `The angular Fisher score needs two identities or more, not ${sums.size}.`,
    );
  }
  // A mean's length doesn't change its cosines, so the sums serve.
  normalize(total);
  let between = 0;
  for (const { sum, count } of sums.values()) {
    normalize(sum);
    between += count * (1 - dot(sum, total));
  }
  let within = 0;
  for (let i = 0; i < images; i++) {
    within += 1 - dot(unit.subarray(i * dim, (i + 1) * dim), sums.get(labels[i]!)!.sum);
  }
  return between > 0 ? within / between : Infinity;
}

function normalize(vector: Float64Array): void {
  const norm = Math.sqrt(dot(vector, vector));
  if (norm > 0) { for (let k = 0; k < vector.length; k++) vector[k] = vector[k]! / norm; }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}
