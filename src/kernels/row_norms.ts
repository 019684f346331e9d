/** L2 normalisation of rows. */

import type { Slice } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { link } from "../gpu/kernel.ts";
import * as wgsl from "./wgsl.ts";

/** Appends `norms = |x|` and `y = x / |x|` by rows of `[rows, cols]`; `cols` is a multiple of 4. */
export function normaliseRows(
  gpu: Gpu,
  x: Slice,
  norms: Slice,
  y: Slice,
  rows: number,
  cols: number,
): void {
  gpu.dispatch(
    link("row norms", "rww", [wgsl.rowNorms]),
    [x, norms, y],
    [rows],
    new Uint32Array([rows, cols / 4]),
  );
}

/** Appends `dx = (dy − (dy·y) y) / |x|` by rows, or adds it to what stands in `dx`. */
export function normaliseRowsBackward(
  gpu: Gpu,
  y: Slice,
  norms: Slice,
  dy: Slice,
  dx: Slice,
  rows: number,
  cols: number,
  accumulate: boolean,
): void {
  gpu.dispatch(
    link("row norms backward", "rrrw", [wgsl.rowNormsBackward], { ACCUMULATE: accumulate }),
    [y, norms, dy, dx],
    [rows],
    new Uint32Array([rows, cols / 4]),
  );
}
