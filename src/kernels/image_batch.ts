/** Bytes of images to the network's input. */

import type { Slice } from "../gpu/buffers.ts";
import { typeOf } from "../gpu/element_type.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { link } from "../gpu/kernel.ts";
import { grid } from "./grid.ts";
import * as wgsl from "./wgsl.ts";

/**
 * Appends the conversion of RGB bytes `[batch, height, width, 3]` to `[batch, height, width, 4]` floats,
 * (v − 127.5) / 128, mirrored where `flips[image]` (u32) is 1.
 */
export function imageBatch(
  gpu: Gpu,
  bytes: Slice,
  flips: Slice,
  out: Slice,
  batch: number,
  height: number,
  width: number,
): void {
  const pixels = batch * height * width;
  gpu.dispatch(
    link("image batch", "rrw", [wgsl.imageBatch], { StoredOut: typeOf(out) }),
    [bytes, flips, out],
    grid(pixels),
    new Uint32Array([pixels, width, height * width]),
  );
}
