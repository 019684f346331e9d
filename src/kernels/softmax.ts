/** Softmax along the rows of a matrix, and its gradient. */

import type { Slice } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { link } from "../gpu/kernel.ts";
import { grid } from "./grid.ts";
import * as wgsl from "./wgsl.ts";

/** Appends `y = softmax(x)` along the rows of `[rows, classes]`. */
export function softmax(gpu: Gpu, x: Slice, y: Slice, rows: number, classes: number): void {
  gpu.dispatch(
    link("softmax", "rw", [wgsl.softmax]),
    [x, y],
    grid(rows),
    new Uint32Array([rows, classes]),
  );
}

/** Appends `dx = y (dy − Σ dy y)`, the gradient from that of the output `y`. */
export function softmaxBackward(
  gpu: Gpu,
  y: Slice,
  dy: Slice,
  dx: Slice,
  rows: number,
  classes: number,
): void {
  gpu.dispatch(
    link("softmax backward", "rrw", [wgsl.softmaxBackward]),
    [y, dy, dx],
    grid(rows),
    new Uint32Array([rows, classes]),
  );
}
