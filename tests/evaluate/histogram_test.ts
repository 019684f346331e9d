import { assertEquals, assertThrows } from "@std/assert";
import { histogram } from "../../src/evaluate/histogram.ts";
import { Random } from "../../src/random.ts";

Deno.test("histogram() counts what lies between the edges, borders and ties included", () => {
  const random = new Random(4);
  for (const bins of [1, 3, 7, 36, 49]) {
    const values = Array.from(
      { length: 500 },
      (_, i) => i % 2 ? random.uniform() * 180 : random.below(bins + 1) * 180 / bins,
    );
    const { edges, counts } = histogram(values, [0, 180], bins);
    assertEquals(edges.length, bins + 1);
    counts.forEach((count, bin) => {
      const [lower, upper] = [edges[bin]!, edges[bin + 1]!];
      const isLast = bin === bins - 1;
      const inside = values.filter((v) => v >= lower && (v < upper || isLast && v <= upper));
      assertEquals(count, inside.length);
    });
  }
});

Deno.test("histogram() keeps values outside in the bins at the ends", () => {
  assertEquals([...histogram([-5, 0.5, 99], [0, 2], 2).counts], [2, 1]);
});

Deno.test("histogram() refuses empty ranges, no bins and NaN", () => {
  assertThrows(() => histogram([1], [1, 1], 2), RangeError, "between 1 and 1");
  assertThrows(() => histogram([1], [0, 1], 0), RangeError, "0 bins");
  assertThrows(() => histogram([1, NaN], [0, 1], 2), RangeError, "Value 1");
});
