import { type Array64, matrixExtents, zerosLike } from "./array64.ts";

/** −ln(FLT_MIN): Caffe floors the probability at the smallest normal f32 before the logarithm. */
export const LARGEST_LOSS = 87.33654475055310898657;

export interface CrossEntropy {
  /** Mean over the batch. */
  readonly loss: number;
  /** One loss a row, at most 87.3365. */
  readonly losses: Float64Array;
  /** `[N, K]`. */
  readonly probabilities: Array64;
  /** (p − [j = y]) / N; goes on beyond the floor of the loss, as Caffe's does. */
  readonly dLogits: Array64;
}

export function softmaxCrossEntropy(logits: Array64, labels: ArrayLike<number>): CrossEntropy {
  const [n, k] = matrixExtents(logits);
  const losses = new Float64Array(n);
  const probabilities = zerosLike(logits);
  const dLogits = zerosLike(logits);
  for (let i = 0; i < n; i++) {
    const row = logits.data.subarray(i * k, (i + 1) * k);
    const label = labels[i]!;
    const max = Math.max(...row);
    const logSum = max + Math.log(row.reduce((total, f) => total + Math.exp(f - max), 0));
    losses[i] = Math.min(logSum - row[label]!, LARGEST_LOSS);
    row.forEach((f, j) => {
      const p = Math.exp(f - logSum);
      probabilities.data[i * k + j] = p;
      dLogits.data[i * k + j] = (p - (j === label ? 1 : 0)) / n;
    });
  }
  const loss = losses.reduce((total, value) => total + value, 0) / n;
  return { loss, losses, probabilities, dLogits };
}
