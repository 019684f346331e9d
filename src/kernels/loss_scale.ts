/**
 * Dynamic loss scaling on the GPU. Its state is a range of three words: the scale, the steps since it changed,
 * and whether a gradient of the present step was infinite or not a number. Nothing of it waits for the host.
 */

import type { Slice } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { link } from "../gpu/kernel.ts";
import { grid } from "./grid.ts";
import * as wgsl from "./wgsl.ts";

/** When the scale grows, and between which bounds it stays. */
export interface ScalePolicy {
  /** Steps without overflow after which it doubles. */
  readonly growthInterval: number;
  /** Least scale. */
  readonly least: number;
  /** Largest scale. */
  readonly most: number;
}

/** Appends the look for values of `gradients` that are not finite; `state` keeps what was found before. */
export function checkGradients(gpu: Gpu, gradients: Slice, state: Slice): void {
  // As in the update, an invocation on a software adapter does better with a cache line of its own.
  const vectors = gpu.adapter.class === "software" ? 16 : 1;
  const kernel = link("loss scale check", "rw", [wgsl.lossScaleCheck], { VECTORS: vectors });
  const piece = Math.floor(gpu.bindingLimit / 256) * 256;
  for (let start = 0; start < gradients.size; start += piece) {
    const size = Math.min(piece, gradients.size - start);
    const part = { ...gradients, offset: gradients.offset + start, size };
    const words = new Uint32Array([size / 16]);
    gpu.dispatch(kernel, [part, state], grid(size / 16 / vectors), words);
  }
}

/**
 * Appends the end of a step: the scale halves after an overflow, and doubles after a long time without. The
 * second vector of `report` receives the step's scale, and 1 if the step was skipped.
 */
export function updateScale(
  gpu: Gpu,
  state: Slice,
  report: Slice,
  { growthInterval, least, most }: ScalePolicy,
): void {
  const words = new Uint32Array(Float32Array.of(growthInterval, least, most).buffer);
  gpu.dispatch(
    link("loss scale update", "ww", [wgsl.lossScaleUpdate]),
    [state, report],
    [1],
    words,
  );
}
