import { assertEquals } from "@std/assert";
import { compileAhead, RehearsalGpu, type RehearsedDispatch } from "../../src/gpu/rehearsal.ts";
import { link } from "../../src/gpu/kernel.ts";
import { gpu } from "../support/gpu.ts";

const kernels = [1, 2].map((times) =>
  link("rehearsed", "rw", [`
    @group(0) @binding(0) var<storage, read> source: array<vec4f>;
    @group(0) @binding(1) var<storage, read_write> out: array<vec4f>;
    @group(1) @binding(0) var<uniform> count: vec4u;
    @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
      for (var i = id.x; i < count.x; i += 64u) { out[i] = f32(TIMES) * source[i]; }
    }`], { TIMES: times })
);
const write = link("rehearsed texels", "s", [`
  @group(0) @binding(0) var to: texture_storage_2d<rgba32float, write>;
  @compute @workgroup_size(1) fn main() { textureStore(to, vec2u(), vec4f(1)); }`]);

function rehearse(): { rehearsal: RehearsalGpu; asked: readonly RehearsedDispatch[] } {
  const rehearsal = new RehearsalGpu(gpu);
  const [a, b] = [rehearsal.acquire(64), rehearsal.acquire(64)];
  for (const kernel of kernels) {
    for (const words of [[3], [4]]) {
      rehearsal.dispatch(kernel, [a, b], [5], new Uint32Array(words));
    }
  }
  rehearsal.dispatch(write, [rehearsal.acquireTexels(100)], [1]);
  return { rehearsal, asked: rehearsal.dispatches };
}

Deno.test("RehearsalGpu notes the first dispatch of each kernel, and gives the GPU nothing", () => {
  const before = gpu.counts;
  const { rehearsal, asked } = rehearse();
  assertEquals(asked.map(({ kernel, types, uniforms }) => [kernel.name, types, [...uniforms]]), [
    ["rehearsed(TIMES=1)", ["f32", "f32"], [3]],
    ["rehearsed(TIMES=2)", ["f32", "f32"], [3]],
    ["rehearsed texels", [null], []],
  ]);
  rehearsal.dispatch(kernels[0]!, [rehearsal.acquire(16), rehearsal.acquire(16)], [0]);
  assertEquals(rehearsal.dispatches.length, 3);
  assertEquals(gpu.counts, before);
});

Deno.test("compileAhead() runs each kernel once, unless the first comes from the cache", async () => {
  const { asked } = rehearse();
  const before = gpu.counts.dispatches;
  const done = await compileAhead(gpu, asked, 0);
  assertEquals([done, gpu.counts.dispatches - before], [3, 3]);
  assertEquals(await compileAhead(gpu, asked, Infinity), 1);
  assertEquals(await compileAhead(gpu, []), 0);
});
