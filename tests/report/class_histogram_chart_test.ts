import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { classHistogramChart } from "../../src/report/class_histogram_chart.ts";
import { checkWellFormed } from "./xml.ts";

/** Corners of the filled area, `[x, y]`, and its floor. */
function areaOf(svg: string): { corners: number[][]; floor: number } {
  const d = /<path class="area" d="M([^"]*)"/.exec(svg)![1]!;
  const [points, floor] = d.split("V");
  return {
    corners: points!.split(/[L ]/).reduce<number[][]>((pairs, word, i) => {
      if (i % 2 === 0) pairs.push([Number(word)]);
      else pairs.at(-1)!.push(Number(word));
      return pairs;
    }, []),
    floor: parseFloat(floor!),
  };
}

Deno.test("classHistogramChart() draws identities from the most images to the fewest", () => {
  const svg = classHistogramChart({ title: "a < b", images: [2, 8, 4, 6] });
  checkWellFormed(svg);
  assertStringIncludes(svg, "4 identities, 20 images, median 5");
  const { corners, floor } = areaOf(svg);
  const tops = corners.map(([, y]) => floor - y!);
  // A step for each identity, heights in the proportion 8, 6, 4, 2.
  const unit = tops.at(-1)! / 2;
  assert(unit > 10);
  for (const [i, images] of [8, 8, 6, 6, 4, 4, 2, 2].entries()) {
    assertAlmostEquals(tops[i]! / unit, images, 0.05);
  }
  const xs = corners.map(([x]) => x!);
  assertEquals(xs, xs.toSorted((a, b) => a - b));
  assertEquals(xs[0], 0);
});

Deno.test("classHistogramChart() stays inside its frame for any number of identities", () => {
  for (
    const images of [
      [],
      [1],
      [0, 0],
      [5, 5, 5],
      Array.from({ length: 30_000 }, (_, i) => 1 + 5e5 / (i + 1)),
    ]
  ) {
    for (const line of [undefined, { value: 3, label: "at least 3 & more" }]) {
      const svg = classHistogramChart({ title: "t", images, ...(line && { line }) });
      checkWellFormed(svg);
      assertEquals(/NaN|Infinity/.test(svg), false, `${images.length} identities`);
      assert(svg.length < 60_000, `${svg.length} characters`);
      if (images.length === 0) continue;
      const { corners } = areaOf(svg);
      assert(corners.every(([x, y]) => x! >= 0 && x! <= 560 && y! >= -1 && y! <= 340));
    }
  }
});

Deno.test("classHistogramChart() is logarithmic for a long tail, unless told otherwise", () => {
  const images = [500, ...Array<number>(99).fill(20)];
  assertStringIncludes(classHistogramChart({ title: "", images }), "(logarithmic)");
  assertEquals(classHistogramChart({ title: "", images, scale: "linear" }).includes("(log"), false);
  assertEquals(classHistogramChart({ title: "", images: [30, 20, 10] }).includes("(log"), false);
});

Deno.test("classHistogramChart() marks a number of images and names the mark", () => {
  const svg = classHistogramChart({
    title: "",
    images: [10, 5],
    line: { value: 20, label: "left out" },
  });
  assertStringIncludes(svg, "left out");
  const [, y] = /<g class="orange"><path class="curve dashed" d="M0 ([\d.]+)h/.exec(svg)!;
  assert(Number(y) >= 0 && Number(y) < areaOf(svg).corners[0]![1]!);
});
