import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { lineChart } from "../../src/report/line_chart.ts";
import { checkWellFormed } from "./xml.ts";

const AXES = { x: { label: "iteration" }, y: { label: "nats" } };

const curves = (svg: string) =>
  [...svg.matchAll(/<g class="(\w+)"><path class="(curve[^"]*)" d="(M[^"]*)"\/><\/g>/g)]
    .map(([, color, style, d]) => ({ color, style, d: d! }))
    .filter(({ d }) => !d.startsWith("M1 -"));

Deno.test("lineChart() draws a curve through its points", () => {
  const svg = lineChart({
    title: "Loss",
    series: [{ label: "loss", x: [0, 1, 2], y: [0, 10, 0] }],
    ...AXES,
    width: 400,
    height: 300,
  });
  checkWellFormed(svg);
  assertEquals(curves(svg).length, 1);
  const { d } = curves(svg)[0]!;
  const points = d.slice(1).split(/[L ]/).map(Number);
  assertEquals([points[0], points.length], [0, 6]);
  // Rises to the top, y = 0, and returns.
  assert(points[3] === 0 && points[1]! > 100 && points[5] === points[1]);
  assertEquals(points[4], 2 * points[2]!);
});

Deno.test("lineChart() escapes every text that it is given", () => {
  const evil = `<script>"&'`;
  const svg = lineChart({
    title: evil,
    series: [{ label: evil, x: [1], y: [1] }, { label: evil, x: [1], y: [2] }],
    x: { label: evil },
    y: { label: evil },
  });
  checkWellFormed(svg);
  assertEquals(svg.includes("<script"), false);
  // The title twice (also for screen readers), two labels in the legend, two axes.
  assertEquals(svg.split("&lt;script&gt;").length - 1, 6);
});

Deno.test("lineChart() leaves a gap where a value is missing and shows a lonely point", () => {
  const y = [1, 2, NaN, 3, Infinity, 4, 5];
  const svg = lineChart({ title: "", series: [{ label: "", x: [...y.keys()], y }], ...AXES });
  const { d } = curves(svg)[0]!;
  assertEquals(d.split("M").length - 1, 3);
  assertStringIncludes(d, "h0");
  assertEquals(/NaN|Infinity/.test(svg), false);
});

Deno.test("lineChart() leaves out what a logarithmic axis can't show", () => {
  const svg = lineChart({
    title: "",
    series: [{ label: "", x: [1, 2, 3], y: [0, 10, 100] }],
    x: AXES.x,
    y: { label: "", scale: "log" },
  });
  assertEquals(curves(svg)[0]!.d.split(/[ML]/).length - 1, 2);
});

Deno.test("lineChart() says so when there is nothing to show", () => {
  for (const series of [[], [{ label: "a", x: [1], y: [NaN] }]]) {
    const svg = lineChart({ title: "Empty", series, ...AXES });
    checkWellFormed(svg);
    assertStringIncludes(svg, "nothing to show");
  }
});

Deno.test("lineChart() keeps a long run's file small and its peaks", () => {
  const x = Array.from({ length: 50_000 }, (_, i) => i);
  const y = x.map((i) => (i === 33_333 ? 100 : (i * 7919) % 10));
  const svg = lineChart({ title: "", series: [{ label: "", x, y }], ...AXES });
  assert(svg.length < 60_000, String(svg.length));
  assert(/[ L]\d+(\.\d+)? 0[ L"]/.test(curves(svg)[0]!.d + '"'), "the peak is missing");
});

Deno.test("lineChart() names several curves in a legend, and raw values not", () => {
  const series = ["raw", "first", "second"].map((label, i) => ({
    label,
    x: [0, 1],
    y: [i, i + 1],
    line: i === 0 ? "faint" as const : "solid" as const,
  }));
  const svg = lineChart({ title: "", series, ...AXES });
  assertEquals(svg.split('class="legend"').length - 1, 2);
  assertEquals(svg.includes(">raw<"), false);
  assertEquals(curves(svg).map(({ style }) => style), ["curve faint", "curve", "curve"]);
  assertEquals(new Set(curves(svg).map(({ color }) => color)).size, 3);
});

Deno.test("lineChart() reads in light and dark with no script, link or id", () => {
  const svg = lineChart({ title: "", series: [{ label: "", x: [1, 2], y: [1, 2] }], ...AXES });
  assertStringIncludes(svg, "prefers-color-scheme:dark");
  assertEquals(/<script|href|url\(| id=/.test(svg), false);
});
