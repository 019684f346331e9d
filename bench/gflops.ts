/**
 * `deno task bench`: GFLOP/s (or GB/s) of every kernel and variant, beside the plain variant and the adapter's
 * measured peak. Proves the variants equal, then takes medians of runs in turns; the peak takes part in the
 * turns, so that a share of it means something on a machine that has other things to do.
 *
 *     deno task bench [matmul|conv|prelu|head|sgd|step …] [--rounds 3] [--batch 8] [--only TEXT]
 *
 * `--only` takes the cases whose name contains the text, such as `--only "64→64"`. Rates of all variants count
 * the operations of the plain way, so Winograd's may pass the peak.
 */
import { parseArgs } from "@std/cli";
import type { Slice } from "../src/gpu/buffers.ts";
import { Gpu } from "../src/gpu/gpu.ts";
import { SphereNet } from "../src/sphereface/spherenet.ts";
import { convCases, PAPER_SIZE } from "./cases/conv.ts";
import { CLASSES, headCases } from "./cases/head.ts";
import { matmulCases } from "./cases/matmul.ts";
import { preluCases } from "./cases/prelu.ts";
import { sgdCases } from "./cases/sgd.ts";
import { stepCases } from "./cases/step.ts";
import { Clock } from "./clock.ts";
import { type Peaks, peaksOf } from "./peak.ts";
import type { Case } from "./support.ts";
import { median } from "./timing.ts";

const FAMILIES: Readonly<Record<string, (gpu: Gpu, batch: number) => Iterable<Case>>> = {
  matmul: matmulCases,
  conv: convCases,
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

/** A variant takes no further turns once it took so many times as long as the best. */
const LEFT_BEHIND = 4;

const PEAK = "peak";

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

/** A variant, or the peak, while it is measured. */
interface Contender {
  readonly name: string;
  readonly run: () => void;
  readonly times: number[];
  repeats: number;
}

/** A rate as the median of some measurements. */
interface Rate {
  readonly rate: number;
  readonly measurements: number;
}

/** Rates of all variants and of the peak, medians of `rounds` turns where a variant takes part in them. */
async function measure(
  clock: Clock,
  item: Case,
  peaks: Peaks,
  rounds: number,
): Promise<Map<string, Rate>> {
  const peak = peaks[item.unit];
  const contenders = [[PEAK, peak.run] as const, ...Object.entries(item.variants)]
    .map(([name, run]): Contender => ({ name, run, times: [], repeats: 1 }));
  for (const contender of contenders) {
    const once = await clock.time(contender.run, 1);
    contender.repeats = Math.max(1, Math.min(1000, Math.ceil(clock.sample / once)));
    contender.times.push(once);
  }
  const [, ...variants] = contenders;
  const limit = LEFT_BEHIND * Math.min(...variants.map(({ times }) => times[0]!));
  const left = contenders.filter(({ name, times }) => name === PEAK || times[0]! <= limit);
  for (const contender of left) contender.times.pop(); // one run alone says little
  for (let round = 0; round < rounds; round++) {
    for (const { run, repeats, times } of left) {
      times.push(await clock.time(run, repeats) / repeats);
    }
  }
  return new Map(contenders.map(({ name, times }) => {
    const amount = name === PEAK ? peak.amount : item.amount;
    return [name, { rate: amount / median(times) * 1000, measurements: times.length }];
  }));
}

function print({ name, unit, variants, rule }: Case, rates: ReadonlyMap<string, Rate>): void {
  const most = Math.max(...[...rates.values()].map(({ measurements }) => measurements));
  const peak = rates.get(PEAK)!.rate;
  const plain = rates.get(Object.keys(variants)[0]!)!.rate;
  console.log(`${name}; the adapter's peak: ${peak.toFixed(1)} ${unit}/s`);
  for (const variant of Object.keys(variants)) {
    const { rate, measurements } = rates.get(variant)!;
    const remarks = [
      ...(variant === rule ? ["by rule"] : []),
      ...(measurements < most ? ["measured once"] : []),
    ];
    console.log(
      [
        `  ${variant.padEnd(15)}`,
        `${rate.toFixed(2).padStart(9)} ${unit}/s`,
        `${(rate / plain).toFixed(2).padStart(8)} ×`,
        `${(100 * rate / peak).toFixed(1).padStart(6)} % of the peak`,
        ` ${remarks.join(", ")}`,
      ].join(" ").trimEnd(),
    );
  }
}

const args = parseArgs(Deno.args, {
  string: ["rounds", "batch", "only"],
  default: { rounds: "3", batch: "8", only: "" },
});
const [rounds, batch] = [Number(args.rounds), Number(args.batch)];
if (!(rounds >= 1 && batch >= 1)) {
  throw new RangeError(
    `--rounds ${args.rounds} and --batch ${args.batch} must be positive numbers.`,
  );
}
const chosen = args._.length === 0 ? Object.keys(FAMILIES) : args._.map(String);
const unknown = chosen.find((family) => !Object.hasOwn(FAMILIES, family));
if (unknown !== undefined) {
  throw new RangeError(
    `There is no family "${unknown}"; choose of ${Object.keys(FAMILIES).join(", ")}.`,
  );
}
using gpu = await Gpu.request();
const peaks = peaksOf(gpu);
const clock = await Clock.open(gpu, peaks.GFLOP.run);
console.log(`${gpu.adapter.name}; ${clock.kind}, medians of ${rounds} turns`);
console.log(`× compares with the first line of a table.\n`);
for (const family of chosen) {
  for (const item of FAMILIES[family]!(gpu, batch)) {
    if (!item.name.includes(args.only)) continue;
    await proveEqual(gpu, item);
    print(item, await measure(clock, item, peaks, rounds));
  }
}
