/** Workgroup counts for kernels with one invocation an item. */

import type { Workgroups } from "../gpu/stream.ts";

/** Workgroups of `size` invocations that cover `items` along x, folded into y where x would be too long. */
export function grid(items: number, size = 64): Workgroups {
  const groups = Math.ceil(items / size);
  const x = Math.min(groups, 32768);
  return [x, x === 0 ? 0 : Math.ceil(groups / x)];
}
