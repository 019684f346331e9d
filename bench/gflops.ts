/**
 * GFLOP/s (or GB/s) of every kernel and variant, which `deno bench` cannot show: proves the variants equal,
 * then takes medians of interleaved runs.
 *
 *     deno run bench/gflops.ts [matmul|conv|prelu|head|sgd|step] [--rounds 5] [--batch 8]
 */
import { parseArgs } from "@std/cli";
import type { Slice } from "../src/gpu/buffers.ts";
import { Gpu } from "../src/gpu/gpu.ts";
import { GEMM_VARIANTS } from "../src/kernels/gemm.ts";
import { SphereNet } from "../src/sphereface/spherenet.ts";
import { convCases, PAPER_SIZE } from "./cases/conv.ts";
import { CLASSES, headCases } from "./cases/head.ts";
import { matmulCases } from "./cases/matmul.ts";
import { preluCases } from "./cases/prelu.ts";
import { sgdCases } from "./cases/sgd.ts";
import { stepCases } from "./cases/step.ts";
import { type Case, repeatsOf } from "./support.ts";
import { interleave } from "./timing.ts";

const FAMILIES: Readonly<Record<string, (gpu: Gpu, batch: number) => Case[]>> = {
  matmul: (gpu, batch) => matmulCases(gpu, batch),
  conv: (gpu, batch) => convCases(gpu, batch, GEMM_VARIANTS),
  prelu: preluCases,
  head: headCases,
  sgd: (gpu) => sgdCases(gpu, new SphereNet("20", PAPER_SIZE).counts.trainable),
  step: (gpu, batch) =>
    stepCases(
      gpu,
      (["4", "20"] as const).map((net) => ({ net, size: PAPER_SIZE, batch, classes: CLASSES })),
    ),
};

/** Sums in another order differ by about this much of the largest value. */
const TOLERANCE = 1e-4;

async function contents(gpu: Gpu, slices: readonly Slice[]): Promise<Float32Array[]> {
  return (await Promise.all(slices.map((slice) => gpu.read(slice))))
    .map((bytes) => new Float32Array(bytes));
}

/** Runs every variant once and compares what it wrote with what the baseline did. */
async function proveEqual(gpu: Gpu, item: Case): Promise<void> {
  let expected: Float32Array[] | null = null;
  for (const [name, run] of Object.entries(item.variants)) {
    for (const slice of item.results) gpu.upload(slice, new Float32Array(slice.size / 4).fill(NaN));
    item.prepare?.();
    run();
    const actual = await contents(gpu, item.results);
    expected ??= actual;
    for (const [index, values] of actual.entries()) {
      const error = largestDifference(values, expected[index]!);
      if (!(error <= TOLERANCE)) {
        throw new Error(`${item.name}: ${name} differs from the baseline by ${error}.`);
      }
    }
  }
}

/** The largest difference, as a share of the largest value. */
function largestDifference(a: Float32Array, b: Float32Array): number {
  let [difference, scale] = [0, 1e-30];
  for (let i = 0; i < a.length; i++) {
    const distance = Math.abs(a[i]! - b[i]!);
    // A comparison alone would let NaN pass.
    if (!(distance <= difference)) difference = distance;
    scale = Math.max(scale, Math.abs(b[i]!));
  }
  return difference / scale;
}

async function measure(gpu: Gpu, item: Case, rounds: number): Promise<void> {
  await proveEqual(gpu, item);
  const repeats = repeatsOf(item);
  const contenders = Object.entries(item.variants).map(([name, run]) =>
    [name, async () => {
      for (let i = 0; i < repeats; i++) run();
      await gpu.finish();
    }] as const
  );
  const times = await interleave(Object.fromEntries(contenders), rounds);
  const rates = [...times].map(([name, { median }]) =>
    [name, repeats * item.amount / median * 1000] as const
  );
  const baseline = rates[0]![1];
  console.log(item.name);
  for (const [name, rate] of rates) {
    const ratio = (rate / baseline).toFixed(2);
    console.log(
      `  ${name.padEnd(14)} ${rate.toFixed(2).padStart(8)} ${item.unit}/s ${ratio.padStart(8)} ×`,
    );
  }
}

const args = parseArgs(Deno.args, {
  string: ["rounds", "batch"],
  default: { rounds: "5", batch: "8" },
});
const chosen = args._.length === 0 ? Object.keys(FAMILIES) : args._.map(String);
using gpu = await Gpu.request();
console.log(`${gpu.adapter.name}; medians of ${args.rounds} interleaved rounds\n`);
for (const family of chosen) {
  const casesOf = FAMILIES[family];
  if (casesOf === undefined) {
    throw new RangeError(
      `There is no family "${family}"; choose of ${Object.keys(FAMILIES).join(", ")}.`,
    );
  }
  for (const item of casesOf(gpu, Number(args.batch))) {
    await measure(gpu, item, Number(args.rounds));
  }
}
