/** Copies of some columns of a matrix. */

import type { Slice } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { link } from "../gpu/kernel.ts";
import { grid } from "./grid.ts";
import * as wgsl from "./wgsl.ts";

/** Which columns are copied from where to where. */
export interface ColumnsShape {
  /** Rows of both. */
  readonly rows: number;
  /** Columns of the matrix that is read. */
  readonly given: number;
  /** Columns of the output. */
  readonly taken: number;
  /** The column that is the output's first; negative where zeros come before it. */
  readonly first: number;
}

/** Appends `out[row, i] = x[row, first + i]`, zero where `x` has no such column. */
export function columns(gpu: Gpu, x: Slice, out: Slice, shape: ColumnsShape): void {
  const size = shape.rows * shape.taken;
  gpu.dispatch(
    link("columns", "rw", [wgsl.columns]),
    [x, out],
    grid(size),
    new Uint32Array([size, shape.given, shape.taken, shape.first]),
  );
}
