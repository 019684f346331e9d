/** Values between the paper's extents and those in memory, on the host. */

import { type Shape, sizeOf } from "../autograd/tensor.ts";

/** Copies values into a larger shape of equal rank, with zeros behind them on every axis. */
export function padTo(
  values: Float32Array<ArrayBuffer>,
  from: Shape,
  to: Shape,
): Float32Array<ArrayBuffer> {
  if (sizeOf(from) === sizeOf(to)) return values;
  const out = new Float32Array(sizeOf(to));
  eachRow(from, to, (small, large, length) => {
    out.set(values.subarray(small, small + length), large);
  });
  return out;
}

/** Copies the values of a smaller shape of equal rank out of a larger one. */
export function cropTo(
  values: Float32Array<ArrayBuffer>,
  from: Shape,
  to: Shape,
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(sizeOf(to));
  eachRow(to, from, (small, large, length) => {
    out.set(values.subarray(large, large + length), small);
  });
  return out;
}

/** Visits the innermost rows of a shape with their places in itself and in one that contains it. */
function eachRow(
  inner: Shape,
  outer: Shape,
  visit: (inInner: number, inOuter: number, length: number) => void,
): void {
  const length = inner.at(-1) ?? 1;
  const rows = sizeOf(inner) / length;
  for (let row = 0; row < rows; row++) {
    let rest = row;
    let at = 0;
    let stride = outer.at(-1) ?? 1;
    for (let axis = inner.length - 2; axis >= 0; axis--) {
      const extent = inner[axis]!;
      at += (rest % extent) * stride;
      rest = Math.floor(rest / extent);
      stride *= outer[axis]!;
    }
    visit(row * length, at, length);
  }
}
