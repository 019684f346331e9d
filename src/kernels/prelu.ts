/** PReLU with one slope for each channel. */

import type { Slice } from "../gpu/buffers.ts";
import { typeOf } from "../gpu/element_type.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { link } from "../gpu/kernel.ts";
import { grid } from "./grid.ts";
import { bandGroups, divideRows } from "./reductions.ts";
import { sumParts } from "./sum_parts.ts";
import * as wgsl from "./wgsl.ts";

/** Appends `y = max(x, 0) + slope min(x, 0)` over `[rows, channels]`; channels are a multiple of 4. */
export function prelu(
  gpu: Gpu,
  x: Slice,
  slope: Slice,
  y: Slice,
  rows: number,
  channels: number,
): void {
  const size4 = rows * channels / 4;
  gpu.dispatch(
    link("prelu", "rrw", [wgsl.prelu], { Stored: typeOf(x) }),
    [x, slope, y],
    grid(size4),
    new Uint32Array([size4, channels / 4]),
  );
}

/** A range that receives a gradient, and whether it is added to what stands there. */
export interface GradientTarget {
  /** The range. */
  readonly slice: Slice;
  /** True to add. */
  readonly accumulate: boolean;
}

/**
 * Appends all of PReLU's gradients in one pass over `[rows, channels]`: `dx`, and where asked those of the
 * slopes and of a bias that was added before it. `dx` may be `x` itself, which is overwritten then. All three
 * are of one type.
 */
export function preluBackward(
  gpu: Gpu,
  x: Slice,
  slope: Slice,
  dy: Slice,
  dx: Slice,
  rows: number,
  channels: number,
  dslope: GradientTarget | null,
  dbias: GradientTarget | null,
): void {
  const { band, bands } = divideRows(gpu, rows, channels);
  const slopeSums = gpu.acquire(bands * channels * 4); // [bands, channels]
  const biasSums = gpu.acquire(bands * channels * 4);
  const inPlace = dx.buffer === x.buffer && dx.offset === x.offset;
  const [name, bindings, target] = inPlace
    ? ["prelu backward in place", "wrrww", wgsl.preluBackwardInPlace]
    : ["prelu backward", "rrrwww", wgsl.preluBackwardApart];
  gpu.dispatch(
    link(name, bindings, [wgsl.preluBackward, target], { Stored: typeOf(x) }),
    [x, slope, dy, slopeSums, biasSums, ...(inPlace ? [] : [dx])],
    bandGroups(channels, bands),
    new Uint32Array([rows, channels / 4, band]),
  );
  if (dslope !== null) sumParts(gpu, slopeSums, dslope.slice, channels, bands, dslope.accumulate);
  if (dbias !== null) sumParts(gpu, biasSums, dbias.slice, channels, bands, dbias.accumulate);
  gpu.release(slopeSums);
  gpu.release(biasSums);
}
