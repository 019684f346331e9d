/** Matrix products: a large square one, and those of SphereNet's dense layer and head. */

import type { Gpu } from "../../src/gpu/gpu.ts";
import { GEMM_VARIANTS, type GemmVariant } from "../../src/kernels/gemm.ts";
import { matmul, type Transposition } from "../../src/kernels/matmul.ts";
import { type Case, filled, unfilled } from "../support.ts";

type Product = readonly [
  what: string,
  transposition: Transposition,
  rows: number,
  cols: number,
  depth: number,
];

/** Every product of interest: rows × depth times depth × cols. */
function products(batch: number): readonly Product[] {
  const flat = 7 * 6 * 512;
  const classes = 10_572;
  return [
    ["square", "nn", 1024, 1024, 1024],
    ["square", "nt", 1024, 1024, 1024],
    ["square", "tn", 1024, 1024, 1024],
    ["dense forward", "nn", batch, 512, flat],
    ["dense input gradient", "nt", batch, flat, 512],
    ["dense weight gradient", "tn", flat, 512, batch],
    ["head logits", "nt", batch, classes, 512],
    ["head feature gradient", "nn", batch, 512, classes],
    ["head class gradient", "tn", classes, 512, batch],
  ];
}

/** Square products in every form of the tile, those of the net in `forms`; and all as the rule chooses. */
export function matmulCases(
  gpu: Gpu,
  batch: number,
  forms: readonly GemmVariant[] = GEMM_VARIANTS,
): Case[] {
  return products(batch).map(([what, transposition, rows, cols, depth]) => {
    const a = filled(gpu, rows * depth, 1);
    const b = filled(gpu, depth * cols, 2);
    const out = unfilled(gpu, rows * cols);
    const square = rows === cols;
    const run = (variant?: GemmVariant) => () =>
      matmul(gpu, transposition, a, b, out, { rows, cols, depth }, { variant });
    return {
      name: `matmul ${transposition}, ${what} ${rows}×${depth}·${depth}×${cols}`,
      amount: 2 * rows * cols * depth / 1e9,
      unit: "GFLOP",
      results: [out],
      rate: square ? 17 : 5,
      variants: Object.fromEntries([
        ...(square ? GEMM_VARIANTS : forms).map((form) => [form, run(form)] as const),
        ["by rule", run()] as const,
      ]),
    };
  });
}
