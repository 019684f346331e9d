/** What the benches share: cases of equal work in several variants, memory for them, and registration. */

import type { Slice } from "../src/gpu/buffers.ts";
import type { Gpu } from "../src/gpu/gpu.ts";
import { Random } from "../src/random.ts";

/** The same work done in several ways. */
export interface Case {
  /** What is computed, with its extents. */
  readonly name: string;
  /** Work of one run. */
  readonly amount: number;
  /** What the amount counts: multiply-adds as two operations, or bytes read and written. */
  readonly unit: "GFLOP" | "GB";
  /** Runs of one variant each, appended to the stream; the first is the baseline. */
  readonly variants: Readonly<Record<string, () => void>>;
  /** A guess at the rate of the fastest variant on a software adapter, in units a second. */
  readonly rate: number;
  /** What every variant writes, so that they can be compared before they are timed. */
  readonly results: readonly Slice[];
  /** Puts back what a run changes. */
  readonly prepare?: () => void;
}

/** Seconds a wait for the GPU costs in Deno, whatever was computed. */
const WAIT_SECONDS = 0.011;

/** Runs of a case between two waits: enough work that the wait is less than a fifteenth of it. */
export function repeatsOf({ amount, rate }: Case): number {
  return Math.max(1, Math.ceil(15 * WAIT_SECONDS * rate / amount));
}

/** Memory for `size` floats between −1 and 1, the same for the same seed. */
export function filled(gpu: Gpu, size: number, seed: number): Slice {
  const slice = gpu.acquire(size * 4);
  gpu.upload(slice, noise(slice.size / 4, seed));
  return slice;
}

/** Values between −1 and 1. */
export function noise(size: number, seed: number): Float32Array<ArrayBuffer> {
  const random = new Random(seed);
  return tiled(size, (block) => {
    for (let i = 0; i < block.length; i++) block[i] = 2 * random.uniform() - 1;
  });
}

/** A prime, so that no row of a matrix repeats another. */
const PERIOD = 65_537;

/** Values that repeat after a while: millions of random numbers would take longer than what they are for. */
export function tiled(
  size: number,
  fill: (block: Float32Array<ArrayBuffer>) => void,
): Float32Array<ArrayBuffer> {
  const block = new Float32Array(Math.min(size, PERIOD));
  fill(block);
  const values = new Float32Array(size);
  for (let start = 0; start < size; start += PERIOD) {
    values.set(block.subarray(0, Math.min(PERIOD, size - start)), start);
  }
  return values;
}

/** Memory for `size` floats that a variant will write. */
export function unfilled(gpu: Gpu, size: number): Slice {
  const slice = gpu.acquire(size * 4);
  gpu.clear(slice);
  return slice;
}

/** Four ranges of one size for what comes between the passes of a composition. */
export function fourRanges(gpu: Gpu, size: number): [Slice, Slice, Slice, Slice] {
  return [unfilled(gpu, size), unfilled(gpu, size), unfilled(gpu, size), unfilled(gpu, size)];
}

/** Iterations that take some ten seconds are not made more often than they must. */
const LONG_GFLOP = 50;

/** Registers a case with `deno bench`: one group, its first variant the baseline. */
export function register(gpu: Gpu, item: Case): void {
  const repeats = repeatsOf(item);
  const amount = Number((repeats * item.amount).toPrecision(3));
  const group = `${item.name}, ${amount} ${item.unit} an iteration`;
  Object.entries(item.variants).forEach(([name, run], index) => {
    Deno.bench({
      name: `${item.name}: ${name}`,
      group,
      baseline: index === 0,
      warmup: 1,
      n: index === 0 || amount > LONG_GFLOP ? 1 : 3, // the baselines are slow
      async fn() {
        for (let i = 0; i < repeats; i++) run();
        await gpu.finish();
      },
    });
  });
}
