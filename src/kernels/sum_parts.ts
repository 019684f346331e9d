/** Adding up the parts of a sum that was split among workgroups. */

import type { Slice } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { link } from "../gpu/kernel.ts";
import { grid } from "./grid.ts";
import * as wgsl from "./wgsl.ts";

/** Appends `out = Σ parts` (or `out += …`) over `count` vectors of `size` floats, a multiple of 4. */
export function sumParts(
  gpu: Gpu,
  parts: Slice,
  out: Slice,
  size: number,
  count: number,
  accumulate: boolean,
): void {
  const kernel = link("sum parts", "rw", [wgsl.sumParts]);
  gpu.dispatch(
    kernel,
    [parts, out],
    grid(size / 4),
    new Uint32Array([size / 4, count, accumulate ? 1 : 0]),
  );
}
