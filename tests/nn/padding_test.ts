import { assertEquals } from "@std/assert";
import { cropTo, padTo } from "../../src/nn/padding.ts";

const counted = (size: number) => Float32Array.from({ length: size }, (_, i) => i + 1);

Deno.test("padTo() puts zeros behind the values on every axis", () => {
  assertEquals(Array.from(padTo(counted(3), [3], [4])), [1, 2, 3, 0]);
  assertEquals(
    Array.from(padTo(counted(6), [2, 3], [3, 4])),
    [1, 2, 3, 0, 4, 5, 6, 0, 0, 0, 0, 0],
  );
  // The middle axis alone, as of a first convolution's weights.
  assertEquals(
    Array.from(padTo(counted(8), [2, 2, 2], [2, 3, 2])),
    [1, 2, 3, 4, 0, 0, 5, 6, 7, 8, 0, 0],
  );
  const same = counted(4);
  assertEquals(padTo(same, [2, 2], [2, 2]), same);
});

Deno.test("cropTo() undoes padTo()", () => {
  for (
    const [from, to] of [
      [[3], [4]],
      [[3, 3, 3, 5], [3, 3, 4, 8]],
      [[2, 1, 3], [4, 4, 4]],
      [[2, 2], [2, 2]],
    ] as const
  ) {
    const values = counted(from.reduce<number>((a, b) => a * b, 1));
    assertEquals(cropTo(padTo(values, from, to), to, from), values);
  }
});
