/** Products of matrices in any of three transpositions. */

import type { Slice } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { BIAS_EPILOGUE, gemm, type GemmVariant, storeEpilogue } from "./gemm.ts";
import * as wgsl from "./wgsl.ts";

/** Which operands are stored transposed: `nn` is A B, `nt` is A Bᵀ, `tn` is Aᵀ B. */
export type Transposition = "nn" | "nt" | "tn";

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
  /** The form of the tile; by default the rule of the adapter's class. */
  readonly variant?: GemmVariant | undefined;
}

/** Appends `out = A B` (+ bias), with A or B transposed as asked. */
export function matmul(
  gpu: Gpu,
  transposition: Transposition,
  a: Slice,
  b: Slice,
  out: Slice,
  shape: MatmulShape,
  { bias, accumulate = false, variant }: MatmulOptions = {},
): void {
  const { rows, cols, depth } = shape;
  const depthFree = transposition === "tn";
  if (cols % 4 !== 0 || (depthFree ? rows : depth) % 4 !== 0) {
    throw new RangeError(
      `matmul ${transposition} of ${rows}×${depth} and ${depth}×${cols}: contiguous extents must be multiples of 4; pad them with zeros.`,
    );
  }
  const { kernel, workgroups } = gemm(
    gpu,
    variant,
    `matmul ${transposition}`,
    [wgsl.operandsMatmul],
    { A_TRANSPOSED: transposition === "tn", B_TRANSPOSED: transposition === "nt" },
    bias !== undefined ? BIAS_EPILOGUE : storeEpilogue(accumulate ? "accumulate" : "overwrite"),
    shape,
  );
  gpu.dispatch(
    kernel,
    bias !== undefined ? [a, b, out, bias] : [a, b, out],
    workgroups,
    new Uint32Array([rows, cols, depth]),
  );
}
