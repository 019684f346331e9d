/** L2 norms of rows: normalisation, its gradient, and sums with a factor for each row. */

import type { Slice } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { link } from "../gpu/kernel.ts";
import type { Workgroups } from "../gpu/stream.ts";
import { grid } from "./grid.ts";
import { rowsOf, rowWindows } from "./windows.ts";
import * as wgsl from "./wgsl.ts";

/** Appends `squares = |x|²` by rows of `[rows, cols]`; `cols` is a multiple of 4. */
export function rowSquares(gpu: Gpu, x: Slice, squares: Slice, rows: number, cols: number): void {
  const { serial, workgroups } = rowForm(gpu);
  const kernel = link("row squares", "rw", [wgsl.rowSquares, wgsl.rowOfGroup], { SERIAL: serial });
  for (const window of rowWindows(gpu.bindingLimit, rows, cols * 4)) {
    gpu.dispatch(
      kernel,
      [rowsOf(x, window, cols * 4), rowsOf(squares, window, 4)],
      workgroups(window.rows),
      new Uint32Array([window.rows, cols / 4]),
    );
  }
}

/** Appends `norms = |x|` and `y = x / |x|` by rows of `[rows, cols]`; `cols` is a multiple of 4. */
export function normaliseRows(
  gpu: Gpu,
  x: Slice,
  norms: Slice,
  y: Slice,
  rows: number,
  cols: number,
): void {
  const { serial, workgroups } = rowForm(gpu);
  const kernel = link("row norms", "rww", [wgsl.rowNorms, wgsl.rowOfGroup], { SERIAL: serial });
  for (const window of rowWindows(gpu.bindingLimit, rows, cols * 4)) {
    const part = (slice: Slice) => rowsOf(slice, window, cols * 4);
    gpu.dispatch(
      kernel,
      [part(x), rowsOf(norms, window, 4), part(y)],
      workgroups(window.rows),
      new Uint32Array([window.rows, cols / 4]),
    );
  }
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
  const { serial, workgroups } = rowForm(gpu);
  const kernel = link("row norms backward", "rrrw", [wgsl.rowNormsBackward, wgsl.rowOfGroup], {
    SERIAL: serial,
    ACCUMULATE: accumulate,
  });
  for (const window of rowWindows(gpu.bindingLimit, rows, cols * 4)) {
    const part = (slice: Slice) => rowsOf(slice, window, cols * 4);
    gpu.dispatch(
      kernel,
      [part(y), rowsOf(norms, window, 4), part(dy), part(dx)],
      workgroups(window.rows),
      new Uint32Array([window.rows, cols / 4]),
    );
  }
}

/** Appends the division of the rows of `[rows, cols]` by their lengths, in place. */
export function unitRows(gpu: Gpu, x: Slice, rows: number, cols: number): void {
  const squares = gpu.acquire(rows * 4);
  rowSquares(gpu, x, squares, rows, cols);
  const vectors = gpu.adapter.class === "software" && cols % 16 === 0 ? 4 : 1;
  const kernel = link("unit rows", "wr", [wgsl.unitRows], { VECTORS: vectors });
  for (const window of rowWindows(gpu.bindingLimit, rows, cols * 4)) {
    const size4 = window.rows * cols / 4;
    gpu.dispatch(
      kernel,
      [rowsOf(x, window, cols * 4), rowsOf(squares, window, 4)],
      grid(size4 / vectors),
      new Uint32Array([size4, cols / 4]),
    );
  }
  gpu.release(squares);
}

/** Appends `out[i] += factors[firstFactor + i] x[i]` by rows of `[rows, cols]`. */
export function addScaledRows(
  gpu: Gpu,
  factors: Slice,
  x: Slice,
  out: Slice,
  rows: number,
  cols: number,
  firstFactor = 0,
): void {
  const kernel = link("add scaled rows", "rrw", [wgsl.addScaledRows]);
  for (const window of rowWindows(gpu.bindingLimit, rows, cols * 4)) {
    const part = (slice: Slice) => rowsOf(slice, window, cols * 4);
    const size4 = window.rows * cols / 4;
    gpu.dispatch(
      kernel,
      [factors, part(x), part(out)],
      grid(size4),
      new Uint32Array([size4, cols / 4, firstFactor + window.first]),
    );
  }
}

/** One row for each invocation on a software adapter, for each workgroup elsewhere. */
function rowForm(gpu: Gpu): { serial: boolean; workgroups: (rows: number) => Workgroups } {
  return gpu.adapter.class === "software"
    ? { serial: true, workgroups: grid }
    : { serial: false, workgroups: (rows) => grid(rows, 1) };
}
