import { assert, assertEquals } from "@std/assert";
import { normaliseRows, normaliseRowsBackward } from "../../src/kernels/row_norms.ts";
import { normalizeRows, normalizeRowsBackward, rowNorms } from "../reference/normalize.ts";
import { gpu } from "../support/gpu.ts";
import { Memory } from "../support/memory.ts";
import { assertClose, random } from "../support/values.ts";

Deno.test("normaliseRows() and its gradient equal the reference", async () => {
  for (const [rows, cols] of [[1, 4], [3, 12], [65, 256], [2, 260], [7, 1028]] as const) {
    using memory = new Memory(gpu);
    const x = random("rows.x", [rows, cols]);
    const dy = random("rows.dy", [rows, cols]);
    const size = rows * cols;
    const [norms, y] = [memory.blank(rows), memory.blank(size)];
    normaliseRows(gpu, memory.upload(x.data), norms, y, rows, cols);
    const what = `${rows}×${cols}`;
    assertClose(await memory.read(norms, rows), rowNorms(x).data, `${what}: norms`);
    assertClose(await memory.read(y, size), normalizeRows(x).data, `${what}: rows`);

    const expected = normalizeRowsBackward(dy, x).data;
    const dx = memory.blank(size);
    const upstream = memory.upload(dy.data);
    normaliseRowsBackward(gpu, y, norms, upstream, dx, rows, cols, false);
    assertClose(await memory.read(dx, size), expected, `${what}: gradient`);
    const standing = random("rows.standing", [size]).data;
    const sum = memory.upload(standing);
    normaliseRowsBackward(gpu, y, norms, upstream, sum, rows, cols, true);
    const added = expected.map((value, i) => value + standing[i]!);
    assertClose(await memory.read(sum, size), added, `${what}: gradient added`);
  }
});

Deno.test("normaliseRows() leaves a zero row zero, and its gradient finite", async () => {
  using memory = new Memory(gpu);
  const [norms, y, dx] = [memory.blank(2), memory.blank(8), memory.blank(8)];
  normaliseRows(gpu, memory.upload([0, 0, 0, 0, 3, 0, 4, 0]), norms, y, 2, 4);
  normaliseRowsBackward(gpu, y, norms, memory.upload(Array(8).fill(1)), dx, 2, 4, false);
  const rows = await memory.read(y, 8);
  assertEquals([...rows.subarray(0, 4)], [0, 0, 0, 0]);
  assertClose(rows.subarray(4), [0.6, 0, 0.8, 0], "the other row");
  assertClose(await memory.read(norms, 2), [1e-12, 5], "norms");
  assert((await memory.read(dx, 8)).every(Number.isFinite));
});
