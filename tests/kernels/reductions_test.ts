import { assertEquals } from "@std/assert";
import { bandGroups, columnSums, divideRows, sumAll } from "../../src/kernels/reductions.ts";
import { sum, sumRows } from "../reference/reduce.ts";
import { add } from "../reference/elementwise.ts";
import { gpu, gpuOfClass } from "../support/gpu.ts";
import { Memory } from "../support/memory.ts";
import { assertClose, halved, random, randomBetween } from "../support/values.ts";

Deno.test("sumAll() equals the sum in f64, scaled", async () => {
  // A chunk is 4096 values; 70,000 need two passes.
  for (const size of [1, 2, 63, 64, 65, 4095, 4096, 4097, 8193, 70_000]) {
    using memory = new Memory(gpu);
    const a = randomBetween("sum", [size], 0, 1);
    const [slice, out] = [memory.upload(a.data), memory.blank(4)];
    sumAll(gpu, slice, out, size);
    assertClose(await memory.read(out, 1), [sum(a)], `${size}`);
    sumAll(gpu, slice, out, size, -1 / size);
    assertClose(await memory.read(out, 1), [-sum(a) / size], `mean of ${size}`);
  }
});

Deno.test("sumAll() of three passes counts every value once", async () => {
  const size = 4096 * 4096 + 5; // 64 MiB
  const a = gpu.acquire(size * 4);
  const out = gpu.acquire(4);
  gpu.upload(a, new Float32Array(a.size / 4).fill(1));
  sumAll(gpu, a, out, size, 0.5);
  const [total] = new Float32Array(await gpu.read(out));
  gpu.release(a);
  gpu.release(out);
  gpu.trim();
  assertEquals(total, (size - 1) / 2); // f32 holds even numbers alone beyond 2^24
});

Deno.test("sumAll() gives the same bits on every run", async () => {
  using memory = new Memory(gpu);
  const a = memory.upload(random("sum", [70_000]).data);
  const outs = [memory.blank(4), memory.blank(4)];
  for (const out of outs) sumAll(gpu, a, out, 70_000);
  assertEquals(await memory.read(outs[0]!, 1), await memory.read(outs[1]!, 1));
});

for (const [name, classed] of Object.entries(gpuOfClass)) {
  Deno.test(`columnSums() equals the reference, overwriting or adding: ${name}`, async () => {
    for (const shape of [[1, 4], [7, 4], [8, 68], [9, 12], [63, 512], [1000, 4], [4097, 20]]) {
      using memory = new Memory(classed);
      const [rows, cols] = shape as [number, number];
      const a = random("columns", shape);
      const slice = memory.upload(a.data);
      const out = memory.blank(cols);
      columnSums(classed, slice, out, rows, cols, false);
      assertClose(await memory.read(out, cols), sumRows(a).data, `${shape}`);
      const standing = random("columns.standing", [cols]);
      const sums = memory.upload(standing.data);
      columnSums(classed, slice, sums, rows, cols, true);
      assertClose(await memory.read(sums, cols), add(sumRows(a), standing).data, `+ ${shape}`);
    }
  });

  Deno.test(`divideRows() covers all rows and leaves no band empty: ${name}`, () => {
    for (const rows of [1, 7, 8, 9, 257, 4097, 100_003]) {
      for (const cols of [4, 64, 68, 512, 10_000]) {
        const { band, bands } = divideRows(classed, rows, cols);
        assertEquals(bands, Math.ceil(rows / band), `${rows} × ${cols}`);
        const [x, y] = bandGroups(cols, bands);
        assertEquals([x, y], [Math.ceil(cols / 64), Math.ceil(bands / 4)]);
      }
    }
  });
}

Deno.test("columnSums() adds up f16 in f32", async () => {
  using memory = new Memory(gpu);
  const a = halved(random("columns", [4097, 20]));
  const out = memory.blank(20);
  columnSums(gpu, memory.upload(a.data, "f16"), out, 4097, 20, false);
  assertClose(await memory.read(out, 20), sumRows(a).data, "column sums of f16");
});
