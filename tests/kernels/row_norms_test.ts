import { assert, assertEquals } from "@std/assert";
import type { Gpu } from "../../src/gpu/gpu.ts";
import {
  addScaledRows,
  normaliseRows,
  normaliseRowsBackward,
  rowSquares,
  unitRows,
} from "../../src/kernels/row_norms.ts";
import { normalizeRows, normalizeRowsBackward, rowNorms } from "../reference/normalize.ts";
import { gpu, gpuOfClass, limited } from "../support/gpu.ts";
import { Memory } from "../support/memory.ts";
import { assertClose, random } from "../support/values.ts";

for (const [name, on] of Object.entries({ ...gpuOfClass, limited: limited(64 * 1028 * 4) })) {
  Deno.test(`The rows' norms, and their gradient, equal the reference: ${name}`, () =>
    checkRows(on));
}

async function checkRows(on: Gpu): Promise<void> {
  for (
    const [rows, cols] of [[1, 4], [3, 12], [65, 256], [2, 260], [7, 1028], [130, 1028], [
      3,
      16,
    ]] as const
  ) {
    using memory = new Memory(on);
    const x = random("rows.x", [rows, cols]);
    const dy = random("rows.dy", [rows, cols]);
    const size = rows * cols;
    const [norms, y] = [memory.blank(rows), memory.blank(size)];
    normaliseRows(on, memory.upload(x.data), norms, y, rows, cols);
    const what = `${rows}×${cols}`;
    assertClose(await memory.read(norms, rows), rowNorms(x).data, `${what}: norms`);
    assertClose(await memory.read(y, size), normalizeRows(x).data, `${what}: rows`);

    const expected = normalizeRowsBackward(dy, x).data;
    const dx = memory.blank(size);
    const upstream = memory.upload(dy.data);
    normaliseRowsBackward(on, y, norms, upstream, dx, rows, cols, false);
    assertClose(await memory.read(dx, size), expected, `${what}: gradient`);
    const standing = random("rows.standing", [size]).data;
    const sum = memory.upload(standing);
    normaliseRowsBackward(on, y, norms, upstream, sum, rows, cols, true);
    const added = expected.map((value, i) => value + standing[i]!);
    assertClose(await memory.read(sum, size), added, `${what}: gradient added`);

    const squares = memory.blank(rows);
    rowSquares(on, memory.upload(x.data), squares, rows, cols);
    const expectedSquares = rowNorms(x).data.map((norm) => norm * norm);
    assertClose(await memory.read(squares, rows), expectedSquares, `${what}: squares`);
    const unit = memory.upload(x.data);
    unitRows(on, unit, rows, cols);
    assertClose(await memory.read(unit, size), normalizeRows(x).data, `${what}: in place`);

    const factors = random("rows.factors", [rows + 3]).data;
    const out = memory.upload(standing);
    addScaledRows(on, memory.upload(factors), memory.upload(x.data), out, rows, cols, 3);
    const scaled = standing.map((value, i) =>
      value + factors[3 + Math.floor(i / cols)]! * x.data[i]!
    );
    assertClose(await memory.read(out, size), scaled, `${what}: scaled rows added`);
  }
}

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

Deno.test("unitRows() leaves a zero row zero", async () => {
  for (const on of Object.values(gpuOfClass)) {
    using memory = new Memory(on);
    const x = memory.upload([0, 0, 0, 0, 3, 0, 4, 0]);
    unitRows(on, x, 2, 4);
    assertClose(await memory.read(x, 8), [0, 0, 0, 0, 0.6, 0, 0.8, 0], "rows");
  }
});
