/** Sums over everything and sums over rows, in an order that does not change from run to run. */

import type { Slice } from "../gpu/buffers.ts";
import { typeOf } from "../gpu/element_type.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { link } from "../gpu/kernel.ts";
import { sumParts } from "./sum_parts.ts";
import * as wgsl from "./wgsl.ts";

/** Values that one workgroup adds up. */
const CHUNK = 4096;

/** Appends `out[0] = scale Σ a` over `size` floats. */
export function sumAll(gpu: Gpu, a: Slice, out: Slice, size: number, scale = 1): void {
  const kernel = link("reduce sum", "rw", [wgsl.reduceSum], { CHUNK });
  let from = a;
  let left = size;
  while (true) {
    const groups = Math.ceil(left / CHUNK);
    const last = groups === 1;
    const to = last ? out : gpu.acquire(groups * 4);
    const uniforms = new ArrayBuffer(8);
    new Uint32Array(uniforms)[0] = left;
    new Float32Array(uniforms)[1] = last ? scale : 1;
    gpu.dispatch(kernel, [from, to], [groups], new Uint32Array(uniforms));
    if (from !== a) gpu.release(from);
    if (last) return;
    from = to;
    left = groups;
  }
}

/** A division of rows into bands, one for each invocation. */
export interface Bands {
  /** Rows in a band. */
  readonly band: number;
  /** Bands. */
  readonly bands: number;
}

/** Bands for a reduction over rows: enough to fill the adapter, long enough to be worth it. */
export function divideRows(gpu: Gpu, rows: number, cols: number): Bands {
  const invocations = gpu.adapter.class === "software" ? 256 : 1 << 15;
  const wanted = Math.ceil(invocations / Math.ceil(cols / 4));
  const band = Math.max(Math.ceil(rows / wanted), 8);
  return { band, bands: Math.ceil(rows / band) };
}

/** Workgroups of 16 × 4 invocations over columns of vec4 and bands. */
export function bandGroups(cols: number, bands: number): [number, number] {
  return [Math.ceil(cols / 4 / 16), Math.ceil(bands / 4)];
}

/** Appends `out[col] = Σ_row a[row, col]` (or `out += …`); `cols` is a multiple of 4. */
export function columnSums(
  gpu: Gpu,
  a: Slice,
  out: Slice,
  rows: number,
  cols: number,
  accumulate: boolean,
): void {
  const { band, bands } = divideRows(gpu, rows, cols);
  const parts = gpu.acquire(bands * cols * 4); // [bands, cols]
  gpu.dispatch(
    link("column sums", "rw", [wgsl.columnSums], { Stored: typeOf(a) }),
    [a, parts],
    bandGroups(cols, bands),
    new Uint32Array([rows, cols / 4, band]),
  );
  sumParts(gpu, parts, out, cols, bands, accumulate);
  gpu.release(parts);
}
