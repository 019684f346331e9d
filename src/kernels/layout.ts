/** Copies that change how values lie in memory: padding, cropping, transposition. */

import type { Slice } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { link } from "../gpu/kernel.ts";
import { grid } from "./grid.ts";
import * as wgsl from "./wgsl.ts";

/** Appends the copy of `[outer, middle, inner]` into other middle and inner extents, zero where there is more. */
export function resizeExtents(
  gpu: Gpu,
  from: Slice,
  out: Slice,
  outer: number,
  [fromMiddle, fromInner]: readonly [number, number],
  [toMiddle, toInner]: readonly [number, number],
): void {
  const size = outer * toMiddle * toInner;
  gpu.dispatch(
    link("resize extents", "rw", [wgsl.resizeExtents]),
    [from, out],
    grid(size),
    new Uint32Array([size, fromMiddle, fromInner, toMiddle, toInner]),
  );
}

/** Appends `out[col, row] = a[row, col]`. */
export function transpose(gpu: Gpu, a: Slice, out: Slice, rows: number, cols: number): void {
  gpu.dispatch(
    link("transpose", "rw", [wgsl.transpose]),
    [a, out],
    [Math.ceil(cols / 16), Math.ceil(rows / 16)],
    new Uint32Array([rows, cols]),
  );
}
