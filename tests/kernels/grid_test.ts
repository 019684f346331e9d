import { assert, assertEquals } from "@std/assert";
import { affine } from "../../src/kernels/elementwise.ts";
import { grid } from "../../src/kernels/grid.ts";
import { gpu } from "../support/gpu.ts";

Deno.test("grid() covers the items, in two dimensions where one is too short", () => {
  assertEquals(grid(0), [0, 0]);
  assertEquals(grid(1), [1, 1]);
  assertEquals(grid(64), [1, 1]);
  assertEquals(grid(65), [2, 1]);
  for (const items of [32768 * 64, 32768 * 64 + 1, 123_456_789]) {
    const [x, y = 1] = grid(items);
    assert(x <= 32768 && x * y * 64 >= items && x * (y - 1) * 64 < items, `${items}: ${x}, ${y}`);
  }
});

Deno.test("kernels find their item in a grid of two dimensions", async () => {
  // Four values an item: 33 MiB, and one row of workgroups more than fits along x.
  const size = 4 * (32768 * 64 + 100);
  const slice = gpu.acquire(size * 4);
  const out = gpu.acquire(size * 4);
  gpu.clear(slice);
  gpu.clear(out);
  affine(gpu, slice, out, size, 1, 3);
  const tail = { ...out, offset: (size - 1024) * 4, size: 4096 };
  const values = new Float32Array(await gpu.read(tail));
  gpu.release(slice);
  gpu.release(out);
  gpu.trim();
  assert(values.every((value) => value === 3));
});
