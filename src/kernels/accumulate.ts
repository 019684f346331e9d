/** Adding one range to another in place. */

import type { Slice } from "../gpu/buffers.ts";
import { typeOf } from "../gpu/element_type.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { link } from "../gpu/kernel.ts";
import { grid } from "./grid.ts";
import * as wgsl from "./wgsl.ts";

/** Appends `out += a` over `size` values. */
export function accumulate(gpu: Gpu, a: Slice, out: Slice, size: number): void {
  const size4 = Math.ceil(size / 4);
  gpu.dispatch(
    link("accumulate", "rw", [wgsl.accumulate], {
      Stored: typeOf(a),
      StoredOut: typeOf(out),
    }),
    [a, out],
    grid(size4),
    new Uint32Array([size4]),
  );
}
