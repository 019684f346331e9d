import { type Array64, matrixExtents } from "./array64.ts";
import { matmul } from "./matmul.ts";
import { sumRows } from "./reduce.ts";
import { type CrossEntropy, softmaxCrossEntropy } from "./softmax_cross_entropy.ts";

export interface SoftmaxHeadResult extends CrossEntropy {
  readonly logits: Array64;
  readonly dx: Array64;
  readonly dWeight: Array64;
  readonly dBias: Array64;
}

/** Plain softmax: f_j = w_j·x + b_j; x `[N, d]`, weight `[K, d]` as it is, bias `[K]` or null. */
export function softmaxHead(
  x: Array64,
  weight: Array64,
  bias: Array64 | null,
  labels: ArrayLike<number>,
): SoftmaxHeadResult {
  const logits = matmul(x, weight, "nt");
  const [, k] = matrixExtents(logits);
  if (bias !== null) {
    for (let i = 0; i < logits.data.length; i++) logits.data[i]! += bias.data[i % k]!;
  }
  const entropy = softmaxCrossEntropy(logits, labels);
  return {
    ...entropy,
    logits,
    dx: matmul(entropy.dLogits, weight),
    dWeight: matmul(entropy.dLogits, x, "tn"),
    dBias: sumRows(entropy.dLogits),
  };
}
