/** How far two results are apart, found on the GPU: few bytes have to be read, however large they are. */

import type { Slice } from "../gpu/buffers.ts";
import { typeOf } from "../gpu/element_type.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { link } from "../gpu/kernel.ts";
import * as wgsl from "./wgsl.ts";

/** Workgroups, of 64 invocations each with a sum of its own. */
const GROUPS = 32;

/**
 * The norm of `actual − expected` as a share of the norm of `expected`, over `size` values, a multiple of 4;
 * infinite or NaN, which no bound admits, where a value is not finite. Both are stored the same way.
 */
export async function relativeDifference(
  gpu: Gpu,
  expected: Slice,
  actual: Slice,
  size: number,
): Promise<number> {
  const sums = gpu.acquire(GROUPS * 64 * 8);
  gpu.dispatch(
    link("difference", "rrw", [wgsl.difference], { Stored: typeOf(expected) }),
    [expected, actual, sums],
    [GROUPS],
    new Uint32Array([size / 4]),
  );
  const values = new Float32Array(await gpu.read(sums));
  gpu.release(sums);
  let [difference, scale] = [0, 0];
  for (let i = 0; i < values.length; i += 2) {
    difference += values[i]!;
    scale += values[i + 1]!;
  }
  return Math.sqrt(difference / scale);
}
