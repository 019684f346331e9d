import { type Array64, matrixExtents } from "./array64.ts";
import { matmul } from "./matmul.ts";
import { NORM_GUARD, normalizeRows, normalizeRowsBackward, rowNorms } from "./normalize.ts";
import { type Margin, psi, psiDerivative } from "./psi.ts";
import { type CrossEntropy, softmaxCrossEntropy } from "./softmax_cross_entropy.ts";

/** The true derivative of the loss, or what the released Caffe layer computes in its place. */
export type GradientStyle = "exact" | "caffe";

export interface MarginHeadResult extends CrossEntropy {
  /** `[N, K]`. */
  readonly logits: Array64;
  /** `[N, d]`. */
  readonly dx: Array64;
  /** `[K, d]`, with respect to unit rows taken as free variables; Caffe style: δᵀ·x. */
  readonly dUnitWeight: Array64;
  /**
   * `[K, d]`, with respect to the weight that was given. Exact: `dUnitWeight` tangent-projected and
   * divided by the row's norm. Caffe style: `dUnitWeight` as it is, since Caffe overwrites the
   * weight with its unit rows.
   */
  readonly dWeight: Array64;
}

/** The angle of each embedding to its own class vector, and ψ there. */
interface Target {
  readonly norm: number;
  readonly psi: number;
  /** A = dψ/dc. */
  readonly slope: number;
  /** B/r, the coefficient of x in ∂(r·ψ)/∂x; B = ψ − c·A. */
  readonly radial: number;
}

function targetOf(m: Margin, dot: number, norm: number): Target {
  const degenerate = norm < NORM_GUARD;
  const c = degenerate ? 0 : Math.min(1, Math.max(-1, dot / norm));
  const value = psi(m, c);
  const slope = psiDerivative(m, c);
  return { norm, psi: value, slope, radial: degenerate ? 0 : (value - c * slope) / norm };
}

/**
 * Logits of A-Softmax for unit class vectors: r·cos θ_j, and for the label
 * (λ·r·cos θ + r·ψ(θ)) / (1 + λ); m = 1 is modified softmax, whatever λ.
 */
export function marginLogits(
  x: Array64,
  unitWeight: Array64,
  labels: ArrayLike<number>,
  m: Margin,
  lambda: number,
): Array64 {
  const logits = matmul(x, unitWeight, "nt");
  const [n, k] = matrixExtents(logits);
  const norms = rowNorms(x).data;
  for (let i = 0; i < n && m > 1; i++) {
    const at = i * k + labels[i]!;
    const target = targetOf(m, logits.data[at]!, norms[i]!);
    logits.data[at] = (lambda * logits.data[at]! + target.norm * target.psi) / (1 + lambda);
  }
  return logits;
}

/** Modified softmax (m = 1) and A-Softmax: x `[N, d]`, weight `[K, d]` of any norm. */
export function marginHead(
  x: Array64,
  weight: Array64,
  labels: ArrayLike<number>,
  m: Margin,
  lambda: number,
  style: GradientStyle = "exact",
): MarginHeadResult {
  const unitWeight = normalizeRows(weight);
  const logits = marginLogits(x, unitWeight, labels, m, lambda);
  const entropy = softmaxCrossEntropy(logits, labels);
  const delta = entropy.dLogits;
  // What a plain linear layer gives; then each target's part is replaced.
  const dx = matmul(delta, unitWeight);
  const dUnitWeight = matmul(delta, x, "tn");
  if (m > 1) {
    addMarginTerms({ x, unitWeight, labels, m, lambda, delta, style, dx, dUnitWeight });
  }
  const dWeight = style === "exact" ? normalizeRowsBackward(dUnitWeight, weight) : dUnitWeight;
  return { ...entropy, logits, dx, dUnitWeight, dWeight };
}

interface MarginTerms {
  readonly x: Array64;
  readonly unitWeight: Array64;
  readonly labels: ArrayLike<number>;
  readonly m: Margin;
  readonly lambda: number;
  readonly delta: Array64;
  readonly style: GradientStyle;
  readonly dx: Array64;
  readonly dUnitWeight: Array64;
}

function addMarginTerms(terms: MarginTerms): void {
  const { x, unitWeight, labels, m, lambda, delta, style, dx, dUnitWeight } = terms;
  const [n, d] = matrixExtents(x);
  const [, k] = matrixExtents(delta);
  const norms = rowNorms(x).data;
  for (let i = 0; i < n; i++) {
    const label = labels[i]!;
    const gradient = delta.data[i * k + label]!;
    const xRow = x.data.subarray(i * d, (i + 1) * d);
    const wRow = unitWeight.data.subarray(label * d, (label + 1) * d);
    const dot = xRow.reduce((total, value, j) => total + value * wRow[j]!, 0);
    const { slope, radial } = targetOf(m, dot, norms[i]!);
    // Caffe scales the pair of coefficients to unit length.
    const length = style === "caffe" ? Math.max(Math.hypot(slope, radial), NORM_GUARD) : 1;
    for (let j = 0; j < d; j++) {
      const w = wRow[j]!;
      const value = xRow[j]!;
      const margin = (slope * w + radial * value) / length;
      dx.data[i * d + j]! += gradient * ((margin + lambda * w) / (1 + lambda) - w);
      if (style === "exact") {
        dUnitWeight.data[label * d + j]! += gradient * ((lambda + slope) / (1 + lambda) - 1) *
          value;
      }
    }
  }
}
