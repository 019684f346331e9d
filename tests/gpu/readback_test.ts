import { assertEquals } from "@std/assert";
import { accumulate } from "../../src/kernels/accumulate.ts";
import { gpu } from "../support/gpu.ts";

Deno.test("read() gives the values of its place in the stream, whenever it is awaited", async () => {
  const [a, one] = [gpu.acquire(16), gpu.acquire(16)];
  gpu.clear(a);
  gpu.upload(one, new Float32Array(4).fill(1));
  const reads: Promise<ArrayBuffer>[] = [];
  for (let i = 0; i < 5; i++) {
    reads.push(gpu.read(a));
    accumulate(gpu, one, a, 4);
  }
  gpu.upload(a, new Float32Array(4).fill(99));
  // Awaited in another order than they were given.
  const seen: number[] = [];
  for (const read of reads.toReversed()) seen.push(new Float32Array(await read)[3]!);
  assertEquals(seen, [4, 3, 2, 1, 0]);
  assertEquals(new Float32Array(await gpu.read(a))[0], 99);
  gpu.release(a);
  gpu.release(one);
});

Deno.test("read() gives the bytes that were asked for, from an offset, in memory of its own", async () => {
  const a = gpu.acquire(1024);
  gpu.upload(a, Float32Array.from({ length: 256 }, (_, i) => i));
  const part = { ...a, offset: 512, size: 12 };
  const first = new Float32Array(await gpu.read(part));
  gpu.clear(a);
  const second = new Float32Array(await gpu.read(part)); // the same staging buffer
  assertEquals([...first], [128, 129, 130]);
  assertEquals([...second], [0, 0, 0]);
  assertEquals((await gpu.read({ ...a, size: 6 })).byteLength, 6);
  gpu.release(a);
});

Deno.test("read() is counted", async () => {
  const a = gpu.acquire(16);
  gpu.clear(a);
  const before = gpu.counts.reads;
  await Promise.all([gpu.read(a), gpu.read(a)]);
  assertEquals(gpu.counts.reads, before + 2);
  gpu.release(a);
});
