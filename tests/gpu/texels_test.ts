import { assert, assertEquals, assertThrows } from "@std/assert";
import { MemoryCount } from "../../src/gpu/memory.ts";
import { sizeClass, TexelPool } from "../../src/gpu/texels.ts";
import { link } from "../../src/gpu/kernel.ts";
import { gpu } from "../support/gpu.ts";

Deno.test("TexelPool hands a returned texture to the next of its size class", () => {
  const memory = new MemoryCount();
  const pool = new TexelPool(gpu.device, memory);
  const a = pool.acquire(1000);
  const b = pool.acquire(1000);
  assert(a.id !== b.id);
  assertEquals([memory.allocatedBytes, memory.usedBytes], [2 * a.size, 2 * a.size]);
  pool.release(a);
  assertEquals(pool.acquire(a.size).id, a.id);
  pool.release(b);
  assert(pool.acquire(a.size + 1).size > a.size, "a texture that is too small was handed out");
  pool.trim();
  assertEquals(memory.allocatedBytes, memory.usedBytes);
});

Deno.test("sizeClass() gives room, wastes little, and never a power of two of rows", () => {
  const row = 2048 * 16;
  for (const rows of [0.1, 1, 3, 4, 32, 63, 64, 65, 128, 255, 256, 288, 512, 1000, 1024, 4096]) {
    const got = sizeClass(rows * row) / row;
    assert(got >= rows && (got < rows + 24 || got < 4 * rows || got === 3), `${got} for ${rows}`);
    assert(!Number.isInteger(Math.log2(got)), `${got} rows for ${rows}`);
  }
});

Deno.test("TexelPool refuses more than the adapter's largest texture", () => {
  const pool = new TexelPool(gpu.device, new MemoryCount());
  assertThrows(() => pool.acquire(gpu.texelLimit + 1), RangeError, "split the work");
});

Deno.test("Gpu.dispatch() writes texels that a later dispatch reads, across rows of the texture", async () => {
  const count = 5000; // two rows of the texture and a piece
  const write = link("texels write", "s", [`
    @group(0) @binding(0) var to: texture_storage_2d<rgba32float, write>;
    @group(1) @binding(0) var<uniform> count: vec4u;
    @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
      if (id.x >= count.x) { return; }
      textureStore(to, vec2u(id.x % 2048u, id.x / 2048u), vec4f(f32(id.x), 1, 2, 3));
    }`]);
  const read = link("texels read", "tw", [`
    @group(0) @binding(0) var source: texture_2d<f32>;
    @group(0) @binding(1) var<storage, read_write> out: array<vec4f>;
    @group(1) @binding(0) var<uniform> count: vec4u;
    @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
      if (id.x >= count.x) { return; }
      let at = count.x - 1u - id.x;
      out[id.x] = textureLoad(source, vec2u(at % 2048u, at / 2048u), 0);
    }`]);
  const texels = gpu.acquireTexels(count * 16);
  const out = gpu.acquire(count * 16);
  const uniforms = new Uint32Array([count]);
  gpu.dispatch(write, [texels], [Math.ceil(count / 64)], uniforms);
  gpu.dispatch(read, [texels, out], [Math.ceil(count / 64)], uniforms);
  const values = new Float32Array(await gpu.read(out));
  for (const i of [0, 1, 2047, 2048, count - 1]) {
    assertEquals([...values.subarray(4 * i, 4 * i + 4)], [count - 1 - i, 1, 2, 3]);
  }
  gpu.releaseTexels(texels);
  gpu.release(out);
});
