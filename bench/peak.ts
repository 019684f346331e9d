/** What an adapter can do at most: kernels of nothing but multiply-adds, and of nothing but loads and stores. */

import type { Gpu } from "../src/gpu/gpu.ts";
import { link } from "../src/gpu/kernel.ts";
import { grid } from "../src/kernels/grid.ts";
import { filled, unfilled, type Unit } from "./support.ts";

/** Work at the adapter's limit. */
export interface Peak {
  /** Work of one run, in units of the table it stands in. */
  readonly amount: number;
  /** Appends one run. */
  readonly run: () => void;
}

/** Limits by what a case counts. */
export type Peaks = Readonly<Record<Unit, Peak>>;

const WORKGROUP = 64;

/** Vectors that an invocation works on: fewer wait for each other, more do not stay in a CPU's registers. */
const CHAINS = 4;

const UNROLLED = 8;

/** Invocations and rounds that keep an adapter busy for about a hundredth of a second, or a thousandth. */
const EXTENTS = {
  software: { invocations: 1 << 12, rounds: 512 },
  gpu: { invocations: 1 << 20, rounds: 128 },
} as const;

/** Both limits. */
export function peaksOf(gpu: Gpu): Peaks {
  return { GFLOP: multiplyAdds(gpu), GB: loadsAndStores(gpu) };
}

function multiplyAdds(gpu: Gpu): Peak {
  const { invocations, rounds } = EXTENTS[gpu.adapter.class];
  const names = Array.from({ length: CHAINS }, (_, i) => `a${i}`);
  const line = names.map((a) => `${a} = fma(${a}, factor, addend);`).join(" ");
  const code = `
@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let factor = vec4f(0.999);
  let addend = vec4f(f32(id.x) * 1e-6);
  ${names.map((a, i) => `var ${a} = vec4f(0.0, 1.0, 2.0, 3.0) + f32(id.x + ${i}u);`).join(" ")}
  for (var round = 0u; round < ROUNDS; round++) {
    ${Array(UNROLLED).fill(line).join("\n    ")}
  }
  out[id.x] = ${names.join(" + ")};
}`;
  const kernel = link("multiply-adds", "w", [code], { ROUNDS: rounds });
  const out = unfilled(gpu, invocations * 4);
  return {
    amount: 2 * 4 * CHAINS * UNROLLED * rounds * invocations / 1e9,
    run: () => gpu.dispatch(kernel, [out], [invocations / WORKGROUP]),
  };
}

/** Floats that no cache of a CPU keeps, and few of a GPU. */
const STREAMED = 1 << 25;

function loadsAndStores(gpu: Gpu): Peak {
  const code = `
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4f>;
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) local: u32) {
  let at = (group.y * groups.x + group.x) * ${WORKGROUP}u + local;
  if (at < arrayLength(&out)) { out[at] = x[at]; }
}`;
  const kernel = link("loads and stores", "rw", [code]);
  let slices: [ReturnType<typeof filled>, ReturnType<typeof unfilled>] | null = null;
  return {
    amount: 2 * 4 * STREAMED / 1e9,
    run() {
      slices ??= [filled(gpu, STREAMED, 1), unfilled(gpu, STREAMED)];
      gpu.dispatch(kernel, slices, grid(STREAMED / 4));
    },
  };
}
