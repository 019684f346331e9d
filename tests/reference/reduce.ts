import { type Array64, array64, matrixExtents } from "./array64.ts";

export function sum(a: Array64): number {
  return a.data.reduce((total, value) => total + value, 0);
}

export function mean(a: Array64): number {
  return sum(a) / a.data.length;
}

export function norm(a: Array64): number {
  return Math.sqrt(a.data.reduce((total, value) => total + value * value, 0));
}

/** Adds the rows of `[R, C]` together: `[C]`. */
export function sumRows(a: Array64): Array64 {
  const [, columns] = matrixExtents(a);
  const y = array64([columns]);
  a.data.forEach((value, i) => y.data[i % columns]! += value);
  return y;
}

/** Adds the columns of `[R, C]` together: `[R]`. */
export function sumColumns(a: Array64): Array64 {
  const [rows, columns] = matrixExtents(a);
  const y = array64([rows]);
  a.data.forEach((value, i) => y.data[Math.floor(i / columns)]! += value);
  return y;
}

/** The largest element of each row: `[R]`. */
export function maxOfRows(a: Array64): Array64 {
  const [rows, columns] = matrixExtents(a);
  const maxima = Array.from(
    { length: rows },
    (_, row) => Math.max(...a.data.subarray(row * columns, (row + 1) * columns)),
  );
  return array64([rows], maxima);
}
