import { type Array64, zerosLike } from "./array64.ts";

/** exp(x) / Σ exp(x) along the last axis. */
export function softmax(x: Array64): Array64 {
  const classes = x.shape.at(-1)!;
  const y = zerosLike(x);
  for (let row = 0; row < x.data.length; row += classes) {
    const values = [...x.data.subarray(row, row + classes)];
    const peak = Math.max(...values);
    const total = values.reduce((sum, value) => sum + Math.exp(value - peak), 0);
    values.forEach((value, i) => y.data[row + i] = Math.exp(value - peak) / total);
  }
  return y;
}
