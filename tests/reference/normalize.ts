import { type Array64, array64, matrixExtents, zerosLike } from "./array64.ts";

/** A norm below this counts as this, so that a zero row gives zeros and not NaN. */
export const NORM_GUARD = 1e-12;

/** The L2 norm of each row of `[R, C]`, not guarded: `[R]`. */
export function rowNorms(v: Array64): Array64 {
  const [rows, columns] = matrixExtents(v);
  const y = array64([rows]);
  v.data.forEach((value, i) => y.data[Math.floor(i / columns)]! += value * value);
  return { shape: y.shape, data: y.data.map(Math.sqrt) };
}

/** w = v / max(‖v‖, 1e-12), row by row. */
export function normalizeRows(v: Array64): Array64 {
  const [, columns] = matrixExtents(v);
  const norms = rowNorms(v).data;
  const data = v.data.map((value, i) =>
    value / Math.max(norms[Math.floor(i / columns)]!, NORM_GUARD)
  );
  return { shape: v.shape, data };
}

/**
 * (dw − (dw·w)·w) / ‖v‖: what of dw is tangent to the sphere. Below the guard w is v / 1e-12, a
 * linear function, so there nothing is projected away.
 */
export function normalizeRowsBackward(dw: Array64, v: Array64): Array64 {
  const [rows, columns] = matrixExtents(v);
  const norms = rowNorms(v).data;
  const w = normalizeRows(v).data;
  const dv = zerosLike(v);
  for (let row = 0; row < rows; row++) {
    const norm = norms[row]!;
    let radial = 0;
    for (let i = row * columns; i < (row + 1) * columns; i++) radial += dw.data[i]! * w[i]!;
    if (norm < NORM_GUARD) radial = 0;
    for (let i = row * columns; i < (row + 1) * columns; i++) {
      dv.data[i] = (dw.data[i]! - radial * w[i]!) / Math.max(norm, NORM_GUARD);
    }
  }
  return dv;
}
