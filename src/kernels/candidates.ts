/** Collecting the few places of a map that matter. */

import type { Slice } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { link } from "../gpu/kernel.ts";
import { grid } from "./grid.ts";
import * as wgsl from "./wgsl.ts";

/** Bytes of a candidate: place, group, probability, nothing, and four numbers. */
export const CANDIDATE_BYTES = 32;

/** What {@linkcode collectCandidates} reads and writes. */
export interface CandidateMaps {
  /** Probabilities `[places]`. */
  readonly probability: Slice;
  /** What goes with them, `[places, 4]`. */
  readonly regression: Slice;
  /** A word that counts candidates, those before included. */
  readonly count: Slice;
  /** Where they are put as long as there is room. */
  readonly list: Slice;
}

/** Appends the collection of all places whose probability is above a threshold, in no order. */
export function collectCandidates(
  gpu: Gpu,
  { probability, regression, count, list }: CandidateMaps,
  places: number,
  group: number,
  threshold: number,
): void {
  const words = new Uint32Array([places, group, 0]);
  new Float32Array(words.buffer)[2] = threshold;
  gpu.dispatch(
    link("candidates", "rrww", [wgsl.candidates]),
    [probability, regression, count, list],
    grid(places),
    words,
  );
}
