import { assertEquals, assertThrows } from "@std/assert";
import { rowsOf, rowWindows } from "../../src/kernels/windows.ts";

Deno.test("rowWindows() takes all rows at once where they fit", () => {
  assertEquals(rowWindows(1000, 10, 100), [{ first: 0, rows: 10 }]);
  assertEquals(rowWindows(1000, 1, 1000), [{ first: 0, rows: 1 }]);
});

Deno.test("rowWindows() divides by the limit, or by the most rows, at multiples of 64", () => {
  const windows = [{ first: 0, rows: 128 }, { first: 128, rows: 128 }, { first: 256, rows: 4 }];
  assertEquals(rowWindows(191 * 8, 260, 8), windows);
  assertEquals(rowWindows(1e9, 260, 8, 128), windows);
  assertEquals(rowWindows(128 * 8, 256, 8), windows.slice(0, 2));
});

Deno.test("rowWindows() refuses rows of which 64 do not fit", () => {
  assertThrows(() => rowWindows(63 * 8, 260, 8), RangeError, "260 rows of 8 bytes");
});

Deno.test("rowsOf() is the window's part of the matrix, in whole vectors of four floats", () => {
  const buffer = { id: 1, handle: null as unknown as GPUBuffer, size: 1 << 20 };
  const matrix = { buffer, offset: 512, size: 1 << 19 };
  assertEquals(rowsOf(matrix, { first: 64, rows: 5 }, 4), { buffer, offset: 768, size: 32 });
});
