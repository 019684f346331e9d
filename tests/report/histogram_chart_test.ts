import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { highestShare, histogramChart } from "../../src/report/histogram_chart.ts";
import { checkWellFormed } from "./xml.ts";

const areas = (svg: string) =>
  [...svg.matchAll(/<path class="area" d="M([^"]*)"/g)].map(([, d]) => d!);

Deno.test("histogramChart() draws each group's shares, whatever its size", () => {
  const small = { label: "small", values: [15, 15, 35] };
  const large = { label: "large", values: Array(10).fill(small.values).flat() as number[] };
  const svg = histogramChart({
    title: "t",
    series: [small, large],
    x: { label: "degrees", min: 0, max: 40 },
    bins: 4,
  });
  checkWellFormed(svg);
  const [a, b] = areas(svg);
  assertEquals(a, b);
  // Bins of 0, 2/3, 0 and 1/3: heights above the floor in those proportions.
  const ys = a!.match(/[\d.]+/g)!.map(Number).filter((_, i) => i % 2 === 1).slice(0, 8);
  const floor = ys[0]!;
  assertAlmostEquals(floor - ys[2]!, 2 * (floor - ys[6]!), 0.2);
  assertEquals([ys[4], ys[1]], [floor, floor]);
});

Deno.test("histogramChart() takes groups that are empty or hold no number", () => {
  for (const values of [[], [NaN]]) {
    const svg = histogramChart({ title: "", series: [{ label: "a", values }], x: { label: "" } });
    checkWellFormed(svg);
    assertEquals(/NaN/.test(svg), false);
  }
});

Deno.test("histogramChart() marks a value and names the mark", () => {
  const svg = histogramChart({
    title: "",
    series: [{ label: "a", values: [0, 1] }],
    x: { label: "", min: 0, max: 1 },
    line: { value: 0.5, label: "threshold <t>" },
  });
  checkWellFormed(svg);
  assertStringIncludes(svg, "threshold &lt;t&gt;");
  assert(/class="grey"><path class="curve dashed" d="M2\d\d/.test(svg));
});

Deno.test("highestShare() is the fullest bin of any group", () => {
  assertEquals(highestShare([[1, 1, 1, 9], [1, 9]], [0, 10], 5), 0.75);
  assertEquals(highestShare([], [0, 10], 5), 0);
});
