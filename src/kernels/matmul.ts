/** Products of matrices in any of three transpositions. */

import type { Slice } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { choicesOf } from "./choices.ts";
import { BIAS_EPILOGUE, gemm, GEMM_VARIANTS, type GemmVariant, storeEpilogue } from "./gemm.ts";
import { multiplyAndFinish, multiplyPanels, Panel, panelPlan } from "./panel.ts";
import * as wgsl from "./wgsl.ts";

/** Which operands are stored transposed: `nn` is A B, `nt` is A Bᵀ, `tn` is Aᵀ B. */
export type Transposition = "nn" | "nt" | "tn";

/** How a product is computed: in one of the forms of the tile, or from operands copied into panels first. */
export type MatmulVariant = GemmVariant | "panels";

/** All of them. */
export const MATMUL_VARIANTS: readonly MatmulVariant[] = [...GEMM_VARIANTS, "panels"];

/** Extents of `out[rows, cols] = A[rows, depth] B[depth, cols]`, before any transposition. */
export interface MatmulShape {
  /** Rows of A and of the output; a multiple of 4 for `tn`. */
  readonly rows: number;
  /** Columns of B and of the output; a multiple of 4. */
  readonly cols: number;
  /** Columns of A and rows of B; a multiple of 4 except for `tn`. */
  readonly depth: number;
}

/** Choices beside the shape. */
export interface MatmulOptions {
  /** A bias for each column, added to the product. */
  readonly bias?: Slice | undefined;
  /** Adds to the output instead of overwriting it; not together with a bias. */
  readonly accumulate?: boolean | undefined;
  /** The way to compute it; by default what was chosen for it, or else the rule of the adapter's class. */
  readonly variant?: MatmulVariant | undefined;
}

/** Appends `out = A B` (+ bias), with A or B transposed as asked. */
export function matmul(
  gpu: Gpu,
  transposition: Transposition,
  a: Slice,
  b: Slice,
  out: Slice,
  shape: MatmulShape,
  { bias, accumulate = false, variant = chosenVariant(gpu, transposition, shape) }: MatmulOptions =
    {},
): void {
  const { rows, cols, depth } = shape;
  const depthFree = transposition === "tn";
  if (cols % 4 !== 0 || (depthFree ? rows : depth) % 4 !== 0) {
    throw new RangeError(
      `matmul ${transposition} of ${rows}×${depth} and ${depth}×${cols}: contiguous extents must be multiples of 4; pad them with zeros.`,
    );
  }
  const epilogue = bias !== undefined
    ? BIAS_EPILOGUE
    : storeEpilogue(accumulate ? "accumulate" : "overwrite");
  const further = bias !== undefined ? [bias] : [];
  if (variant === "panels") {
    multiplyCopies(gpu, transposition, a, b, out, shape, accumulate, bias);
    return;
  }
  const { kernel, workgroups } = gemm(
    gpu,
    variant,
    `matmul ${transposition}`,
    [wgsl.operandsMatmul],
    { A_TRANSPOSED: transposition === "tn", B_TRANSPOSED: transposition === "nt" },
    epilogue,
    shape,
  );
  gpu.dispatch(kernel, [a, b, out, ...further], workgroups, new Uint32Array([rows, cols, depth]));
}

/** Columns or rows of a tile that one load of the other operand serves. */
const TILE = 16;

/** The variant where nothing was measured. */
export function defaultMatmulVariant(
  gpu: Gpu,
  transposition: Transposition,
  { rows, cols, depth }: MatmulShape,
): MatmulVariant | undefined {
  if (gpu.adapter.class !== "software") return undefined;
  // Mostly stores: a small tile stores as fast as a large one, and is compiled sooner.
  if (transposition === "tn" && depth < 2 * TILE) return "registers";
  // It would have to be copied, however large it is.
  if (transposition === "nt" && cols * depth * 4 > panelPlan(gpu).most) return undefined;
  const least = transposition === "nn" ? TILE : 4 * TILE;
  return rows >= least && cols >= 4 * TILE && depth >= 2 * TILE ? "panels" : undefined;
}

function chosenVariant(
  gpu: Gpu,
  transposition: Transposition,
  shape: MatmulShape,
): MatmulVariant | undefined {
  const choice = choicesOf(gpu).variantFor({ pass: transposition, shape });
  return MATMUL_VARIANTS.find((variant) => variant === choice) ??
    defaultMatmulVariant(gpu, transposition, shape);
}

/** Operands that are read often, and are not too large, are copied; transposed ones must be. */
function multiplyCopies(
  gpu: Gpu,
  transposition: Transposition,
  a: Slice,
  b: Slice,
  out: Slice,
  { rows, cols, depth }: MatmulShape,
  accumulate: boolean,
  bias: Slice | undefined,
): void {
  const plan = panelPlan(gpu);
  const stored = Math.ceil(depth / 4) * 4;
  const copy = (matrix: Slice, size: number, padded: number, reads: number) => {
    const worth = reads >= 4 && padded * 4 <= plan.most;
    return worth || padded > size ? Panel.copy(gpu, matrix, size, plan, padded) : Panel.of(matrix);
  };
  using left = copy(a, rows * depth, rows * stored, cols / TILE);
  using right = transposition === "nt"
    ? Panel.transpose(gpu, b, cols, depth, plan)
    : copy(b, depth * cols, stored * cols, rows / TILE);
  const extents = { layers: 1, rows, cols, depth: stored };
  const transposed = transposition === "tn";
  if (bias !== undefined) {
    multiplyAndFinish(gpu, left, right, out, { ...extents, transposed }, BIAS_EPILOGUE, [bias]);
  } else {
    multiplyPanels(gpu, left, right, out, extents, { transposed, accumulate });
  }
}
