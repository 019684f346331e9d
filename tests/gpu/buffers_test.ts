import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { align, BufferPool } from "../../src/gpu/buffers.ts";
import { MemoryCount } from "../../src/gpu/memory.ts";
import { gpu } from "../support/gpu.ts";

Deno.test("align() rounds up to 256 bytes", () => {
  assertEquals([0, 1, 255, 256, 257].map(align), [0, 256, 256, 256, 512]);
});

Deno.test("BufferPool hands a returned buffer to the next of its size", () => {
  const pool = new BufferPool(gpu.device, new MemoryCount());
  const [a, b] = [pool.acquire(1000), pool.acquire(1000)];
  assert(a.id !== b.id);
  assertEquals(a.size, 1024);
  pool.release(a);
  assertEquals(pool.acquire(1024).id, a.id);
  assert(pool.acquire(1024).id !== b.id, "a buffer in use was handed out");
});

for (const [what, unit, share] of [["small", 256, 14 / 16], ["large", 1 << 16, 1 / 16]] as const) {
  Deno.test(`BufferPool lets a ${what} request fill ${share} of an idle buffer, not less`, () => {
    const pool = new BufferPool(gpu.device, new MemoryCount());
    const large = pool.acquire(16 * unit);
    pool.release(large);
    assert(pool.acquire(16 * unit * share - 256).id !== large.id, "too much would lie idle");
    assertEquals(pool.acquire(16 * unit * share).id, large.id);
    pool.release(large);
    assert(pool.acquire(16 * unit + 256).id !== large.id, "it is too small");
  });
}

Deno.test("BufferPool takes the smallest idle buffer that is large enough", () => {
  const pool = new BufferPool(gpu.device, new MemoryCount());
  const kilo = (...sizes: number[]) => sizes.map((size) => pool.acquire(size << 10));
  for (const buffer of kilo(800, 400, 600, 200)) pool.release(buffer);
  assertEquals(kilo(300, 350, 400, 900).map(({ size }) => size >> 10), [400, 600, 800, 900]);
});

Deno.test("BufferPool passes over sizes whose buffers are all in use", () => {
  const pool = new BufferPool(gpu.device, new MemoryCount());
  const [small, large] = [pool.acquire(15 * 256), pool.acquire(16 * 256)];
  pool.release(small);
  pool.release(large);
  assertEquals(pool.acquire(14 * 256).id, small.id);
  assertEquals(pool.acquire(14 * 256).id, large.id);
});

Deno.test("BufferPool counts bytes in use, allocated and at the peak", () => {
  const memory = new MemoryCount();
  const pool = new BufferPool(gpu.device, memory);
  const seen = () => [memory.allocatedBytes, memory.usedBytes, memory.peakBytes, pool.buffers];
  assertEquals(seen(), [0, 0, 0, 0]);
  const a = pool.acquire(1);
  const b = pool.acquire(512);
  assertEquals(seen(), [768, 768, 768, 2]);
  pool.release(b);
  assertEquals(seen(), [768, 256, 768, 2]);
  pool.trim();
  assertEquals(seen(), [256, 256, 768, 1]);
  pool.release(a);
  pool.trim();
  assertEquals(seen(), [0, 0, 768, 0]);
});

Deno.test("BufferPool refuses more than the adapter's largest buffer", () => {
  const memory = new MemoryCount();
  const pool = new BufferPool(gpu.device, memory);
  const limit = gpu.device.limits.maxBufferSize;
  const { message } = assertThrows(() => pool.acquire(limit + 1), RangeError);
  assertStringIncludes(message, `limit of ${limit} bytes`);
  assertStringIncludes(message, "smaller batch");
  assertEquals(memory.usedBytes, 0);
});
