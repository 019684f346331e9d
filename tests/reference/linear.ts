import { type Array64, matrixExtents } from "./array64.ts";
import { matmul } from "./matmul.ts";
import { sumRows } from "./reduce.ts";

/** x `[N, in]` · weight `[in, out]` + bias `[out]` (or null). */
export function linear(x: Array64, weight: Array64, bias: Array64 | null): Array64 {
  const y = matmul(x, weight);
  const [, out] = matrixExtents(y);
  if (bias !== null) {
    for (let i = 0; i < y.data.length; i++) y.data[i]! += bias.data[i % out]!;
  }
  return y;
}

export function linearBackward(
  dy: Array64,
  x: Array64,
  weight: Array64,
): { dx: Array64; dWeight: Array64; dBias: Array64 } {
  return { dx: matmul(dy, weight, "nt"), dWeight: matmul(x, dy, "tn"), dBias: sumRows(dy) };
}
