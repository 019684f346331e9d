import { type Array64, array64, matrixExtents } from "./array64.ts";

/** Which operands are stored transposed: `nt` is A·Bᵀ, `tn` is Aᵀ·B. */
export type MatmulForm = "nn" | "nt" | "tn";

/** nn: `[m,k]·[k,n]`, nt: `[m,k]·[n,k]ᵀ`, tn: `[k,m]ᵀ·[k,n]`; always `[m,n]`. */
export function matmul(a: Array64, b: Array64, form: MatmulForm = "nn"): Array64 {
  const [aRows, aColumns] = matrixExtents(a);
  const [bRows, bColumns] = matrixExtents(b);
  const [m, k] = form === "tn" ? [aColumns, aRows] : [aRows, aColumns];
  const [n, kb] = form === "nt" ? [bRows, bColumns] : [bColumns, bRows];
  if (k !== kb) throw new RangeError(`${form} product of [${a.shape}] and [${b.shape}]`);
  const y = array64([m, n]);
  for (let row = 0; row < m; row++) {
    for (let inner = 0; inner < k; inner++) {
      const value = form === "tn" ? a.data[inner * m + row]! : a.data[row * k + inner]!;
      for (let column = 0; column < n; column++) {
        const other = form === "nt" ? column * k + inner : inner * n + column;
        y.data[row * n + column]! += value * b.data[other]!;
      }
    }
  }
  return y;
}
