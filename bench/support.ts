/** What the benches share: cases of equal work in several variants, and memory for them. */

import type { Slice } from "../src/gpu/buffers.ts";
import type { Gpu } from "../src/gpu/gpu.ts";
import { Random } from "../src/random.ts";

/** What is counted: 10⁹ multiply-adds as two operations each, or bytes read and written. */
export type Unit = "GFLOP" | "GB";

/** The same work done in several ways. */
export interface Case {
  /** What is computed, with its extents. */
  readonly name: string;
  /** Work of one run. */
  readonly amount: number;
  /** What the amount counts. */
  readonly unit: Unit;
  /** Runs of one variant each, appended to the stream; the first is the baseline. */
  readonly variants: Readonly<Record<string, () => void>>;
  /** The variant that the rule for the adapter's class takes, where there is one. */
  readonly rule?: string;
  /** What every variant writes, so that they can be compared before they are timed. */
  readonly results: readonly Slice[];
  /** Puts back what a run changes. */
  readonly prepare?: () => void;
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
