import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { Slice } from "../../src/gpu/buffers.ts";
import { link } from "../../src/gpu/kernel.ts";
import { gpu } from "../support/gpu.ts";

/** A dispatch after which the stream is submitted unasked. */
const DISPATCHES_A_SUBMISSION = 48;

/** out[0] = factor · a[0] + shift. */
const STEP = link("stream test step", "rw", [`
@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4f>;
@group(1) @binding(0) var<uniform> numbers: vec2f;
@compute @workgroup_size(1)
fn main() { out[0] = numbers.x * a[0] + numbers.y; }
`]);

const WRITE_PLACE = link("stream test place", "w", [`
@group(0) @binding(0) var<storage, read_write> out: array<vec4u>;
@group(1) @binding(0) var<uniform> size: vec3u;
@compute @workgroup_size(1)
fn main(@builtin(workgroup_id) id: vec3u) {
  out[id.x + size.x * (id.y + size.y * id.z)] = vec4u(id, 7u);
}
`]);

function step(from: Slice, to: Slice, factor: number, shift: number): void {
  const uniforms = new Uint32Array(new Float32Array([factor, shift]).buffer);
  gpu.dispatch(STEP, [from, to], [1], uniforms);
}

function slices<const N extends number>(count: N): Slice[] & { length: N } {
  return Array.from({ length: count }, () => gpu.acquire(16)) as Slice[] & { length: N };
}

async function first(slice: Slice): Promise<number> {
  return new Float32Array(await gpu.read(slice))[0]!;
}

function fill(slice: Slice, value: number): void {
  gpu.upload(slice, new Float32Array(4).fill(value));
}

function release(all: readonly Slice[]): void {
  for (const slice of all) gpu.release(slice);
}

Deno.test("uploads keep their place among the commands", async () => {
  const [a, b, c] = slices(3) as [Slice, Slice, Slice];
  fill(a, 1);
  step(a, b, 1, 10); // b = 11
  fill(a, 2); // must not reach the dispatch before it
  step(a, c, 1, 100); // c = 102
  fill(c, 5); // after a dispatch that writes c
  step(c, a, 1, 0); // a = 5
  assertEquals(await Promise.all([a, b, c].map(first)), [5, 11, 5]);
  release([a, b, c]);
});

Deno.test("an upload submits only what names its buffer", () => {
  const [a, b, c] = slices(3) as [Slice, Slice, Slice];
  gpu.flush();
  const before = gpu.counts.submissions;
  step(a, b, 1, 0);
  fill(c, 1);
  assertEquals(gpu.counts.submissions, before);
  fill(a, 1);
  assertEquals(gpu.counts.submissions, before + 1);
  fill(b, 1); // nothing is recorded any more
  assertEquals(gpu.counts.submissions, before + 1);
  release([a, b, c]);
});

Deno.test("a buffer given back and handed out again may be written at once", async () => {
  const [a, out] = slices(2) as [Slice, Slice];
  fill(a, 3);
  step(a, out, 1, 0);
  gpu.release(a);
  const again = gpu.acquire(16);
  assertEquals(again.buffer.id, a.buffer.id);
  fill(again, 9);
  assertEquals(await first(out), 3);
  assertEquals(await first(again), 9);
  release([again, out]);
});

Deno.test("copies and clears keep their place among the dispatches", async () => {
  const [a, b, c, d] = slices(4) as [Slice, Slice, Slice, Slice];
  fill(a, 4);
  step(a, b, 1, 1); // b = 5
  gpu.copy(b, c); // c = 5
  gpu.clear(b); // b = 0
  step(b, d, 1, 2); // d = 2
  gpu.copy(d, b); // b = 2
  step(c, d, 2, 0); // d = 10
  gpu.clear(c);
  assertEquals(await Promise.all([a, b, c, d].map(first)), [4, 2, 0, 10]);
  release([a, b, c, d]);
});

Deno.test("copies and clears touch their range alone", async () => {
  const buffer = gpu.acquire(1024);
  gpu.upload(buffer, Float32Array.from({ length: 256 }, (_, i) => i));
  const part = (offset: number, size: number): Slice => ({ ...buffer, offset, size });
  const other = gpu.acquire(256);
  gpu.copy(part(512, 16), { ...other, size: 16 });
  gpu.clear(part(256, 16));
  const values = new Float32Array(await gpu.read(buffer));
  assertEquals([...values.subarray(62, 70)], [62, 63, 0, 0, 0, 0, 68, 69]);
  assertEquals([...new Float32Array(await gpu.read({ ...other, size: 16 }))], [128, 129, 130, 131]);
  release([buffer, other]);
});

Deno.test("each dispatch has its own uniforms, however many there are", async () => {
  // Three times round the ring and a bit; each depends on the one before.
  const count = 3 * DISPATCHES_A_SUBMISSION + 5;
  const outs = slices(count + 1);
  fill(outs[0]!, 0);
  for (let i = 1; i <= count; i++) step(outs[i - 1]!, outs[i]!, 1, i);
  const values = await Promise.all(outs.map(first));
  assertEquals(values, Array.from({ length: count + 1 }, (_, i) => i * (i + 1) / 2));
  release(outs);
});

Deno.test("dispatches are submitted in batches, the rest on flush()", () => {
  const [a, b] = slices(2) as [Slice, Slice];
  gpu.flush();
  const before = gpu.counts;
  for (let i = 0; i < 2 * DISPATCHES_A_SUBMISSION + 3; i++) step(a, b, 1, 0);
  assertEquals(gpu.counts.submissions, before.submissions + 2);
  assertEquals(gpu.counts.dispatches, before.dispatches + 2 * DISPATCHES_A_SUBMISSION + 3);
  gpu.flush();
  gpu.flush();
  assertEquals(gpu.counts.submissions, before.submissions + 3);
  release([a, b]);
});

Deno.test("workgroups run along all three axes, and none where an extent is zero", async () => {
  const [x, y, z] = [3, 2, 5] as const;
  const out = gpu.acquire(x * y * z * 16);
  gpu.clear(out);
  const uniforms = new Uint32Array([x, y, z]);
  gpu.dispatch(WRITE_PLACE, [out], [x, 0, z], uniforms);
  gpu.dispatch(WRITE_PLACE, [out], [0], uniforms);
  assertEquals(new Uint32Array(await gpu.read(out)).reduce((a, b) => a + b), 0);
  gpu.dispatch(WRITE_PLACE, [out], [x, y, z], uniforms);
  const words = new Uint32Array(await gpu.read(out));
  const expected = Array.from(
    { length: x * y * z },
    (_, i) => [i % x, Math.floor(i / x) % y, Math.floor(i / x / y), 7],
  );
  assertEquals([...words], expected.flat());
  gpu.release(out);
});

Deno.test("dispatch() refuses another number of ranges than the kernel has bindings", () => {
  const [a] = slices(1);
  const { message } = assertThrows(() => gpu.dispatch(STEP, [a!], [1]), RangeError);
  assertEquals(message, "The kernel stream test step has 2 bindings, not 1.");
  release([a!]);
});

Deno.test("dispatch() refuses more workgroups than the adapter allows, along any axis", async () => {
  const [a, b] = slices(2) as [Slice, Slice];
  const most = gpu.device.limits.maxComputeWorkgroupsPerDimension;
  for (const workgroups of [[most + 1], [1, most + 1], [1, 1, most + 1]] as const) {
    const { message } = assertThrows(() => gpu.dispatch(STEP, [a, b], workgroups), RangeError);
    assertStringIncludes(message, "The kernel stream test step would need");
    assertStringIncludes(message, `allows ${most} in each dimension`);
  }
  await gpu.finish(); // nothing of it was recorded
  release([a, b]);
});
