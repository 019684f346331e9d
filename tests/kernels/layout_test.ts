import { assertEquals } from "@std/assert";
import { resizeExtents, transpose } from "../../src/kernels/layout.ts";
import { gpu } from "../support/gpu.ts";
import { Memory } from "../support/memory.ts";
import { random } from "../support/values.ts";

type Extents = readonly [middle: number, inner: number];

Deno.test("resizeExtents() pads with zeros and drops what does not fit", async () => {
  const cases: readonly [outer: number, from: Extents, to: Extents][] = [
    [1, [1, 1], [1, 4]],
    [1, [1, 7], [1, 8]],
    [6, [5, 3], [5, 4]],
    [6, [5, 4], [5, 3]],
    [9, [3, 5], [4, 8]],
    [9, [4, 8], [3, 5]],
    [2, [3, 7], [5, 2]], // longer along one axis, shorter along the other
    [3, [67, 21], [68, 24]],
  ];
  for (const [outer, from, to] of cases) {
    using memory = new Memory(gpu);
    const a = random("resize", [outer, ...from]).data;
    const size = outer * to[0] * to[1];
    const out = memory.blank(size);
    resizeExtents(gpu, memory.upload(a), out, outer, from, to);
    const expected = Array.from({ length: size }, (_, i) => {
      const inner = i % to[1];
      const middle = Math.floor(i / to[1]) % to[0];
      const image = Math.floor(i / (to[0] * to[1]));
      const there = middle < from[0] && inner < from[1];
      return there ? a[(image * from[0] + middle) * from[1] + inner]! : 0;
    });
    assertEquals([...await memory.read(out, size)], expected, `${outer}: ${from} to ${to}`);
  }
});

Deno.test("transpose() swaps rows and columns", async () => {
  for (const [rows, cols] of [[1, 1], [1, 5], [16, 16], [17, 33], [31, 3], [100, 65]] as const) {
    using memory = new Memory(gpu);
    const a = random("transpose", [rows, cols]).data;
    const out = memory.blank(a.length);
    transpose(gpu, memory.upload(a), out, rows, cols);
    const expected = Array.from(a, (_, i) => a[i % rows * cols + Math.floor(i / rows)]!);
    assertEquals([...await memory.read(out, a.length)], expected, `${rows}×${cols}`);
  }
});
