import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { align, BufferPool } from "../../src/gpu/buffers.ts";
import { gpu } from "../support/gpu.ts";

Deno.test("align() rounds up to 256 bytes", () => {
  assertEquals([0, 1, 255, 256, 257].map(align), [0, 256, 256, 256, 512]);
});

Deno.test("BufferPool hands a returned buffer to the next of its size", () => {
  const pool = new BufferPool(gpu.device);
  const [a, b] = [pool.acquire(1000), pool.acquire(1000)];
  assert(a.id !== b.id);
  assertEquals(a.size, 1024);
  pool.release(a);
  assertEquals(pool.acquire(1024).id, a.id);
  assert(pool.acquire(1024).id !== b.id, "a buffer in use was handed out");
});

Deno.test("BufferPool lets a request fill 7/8 of an idle buffer, not less", () => {
  const pool = new BufferPool(gpu.device);
  const large = pool.acquire(16 * 256);
  pool.release(large);
  assert(pool.acquire(13 * 256).id !== large.id, "three sixteenths would lie idle");
  assertEquals(pool.acquire(14 * 256).id, large.id);
  pool.release(large);
  assert(pool.acquire(17 * 256).id !== large.id, "it is too small");
});

Deno.test("BufferPool passes over sizes whose buffers are all in use", () => {
  const pool = new BufferPool(gpu.device);
  const [small, large] = [pool.acquire(15 * 256), pool.acquire(16 * 256)];
  pool.release(small);
  pool.release(large);
  assertEquals(pool.acquire(14 * 256).id, small.id);
  assertEquals(pool.acquire(14 * 256).id, large.id);
});

Deno.test("BufferPool counts bytes in use, allocated and at the peak", () => {
  const pool = new BufferPool(gpu.device);
  const seen = () => Object.values(pool.statistics);
  assertEquals(seen(), [0, 0, 0, 0]);
  const a = pool.acquire(1);
  const b = pool.acquire(512);
  assertEquals(pool.statistics, {
    allocatedBytes: 768,
    usedBytes: 768,
    peakBytes: 768,
    buffers: 2,
  });
  pool.release(b);
  assertEquals(seen(), [768, 256, 768, 2]);
  pool.trim();
  assertEquals(seen(), [256, 256, 768, 1]);
  pool.release(a);
  pool.trim();
  assertEquals(seen(), [0, 0, 768, 0]);
});

Deno.test("BufferPool refuses more than the adapter's largest buffer", () => {
  const pool = new BufferPool(gpu.device);
  const limit = gpu.device.limits.maxBufferSize;
  const { message } = assertThrows(() => pool.acquire(limit + 1), RangeError);
  assertStringIncludes(message, `limit of ${limit} bytes`);
  assertStringIncludes(message, "smaller batch");
  assertEquals(pool.statistics.usedBytes, 0);
});
