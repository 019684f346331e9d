/** Matrix products: a large square one, and those of SphereNet's dense layer and head. */

import type { Gpu } from "../../src/gpu/gpu.ts";
import {
  matmul,
  MATMUL_VARIANTS,
  type MatmulVariant,
  type Transposition,
} from "../../src/kernels/matmul.ts";
import { ruleVariant } from "../../src/kernels/tuner_candidates.ts";
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

/** Every product in every variant. Memory is given back when the next product is asked for. */
export function* matmulCases(gpu: Gpu, batch: number): Generator<Case> {
  for (const [what, transposition, rows, cols, depth] of products(batch)) {
    const shape = { rows, cols, depth };
    const a = filled(gpu, rows * depth, 1);
    const b = filled(gpu, depth * cols, 2);
    const out = unfilled(gpu, rows * cols);
    const run = (variant: MatmulVariant) => () =>
      matmul(gpu, transposition, a, b, out, shape, { variant });
    yield {
      name: `matmul ${transposition}, ${what} ${rows}×${depth}·${depth}×${cols}`,
      amount: 2 * rows * cols * depth / 1e9,
      unit: "GFLOP",
      results: [out],
      variants: Object.fromEntries(MATMUL_VARIANTS.map((variant) => [variant, run(variant)])),
      rule: ruleVariant(gpu, { pass: transposition, shape }),
    };
    for (const slice of [a, b, out]) gpu.release(slice);
  }
}
