import { assert, assertEquals } from "@std/assert";
import { rocChart } from "../../src/report/roc_chart.ts";
import { checkWellFormed } from "./xml.ts";

const ROC = {
  falseAcceptRate: [0, 0, 0.001, 0.1, 1],
  trueAcceptRate: [0, 0.3, 0.5, 0.9, 1],
};

const points = (svg: string, color: string) => {
  const d = new RegExp(`<g class="${color}"><path class="curve" d="M(\\d[^"]*)"`).exec(svg)![1]!;
  return d.split("L").flatMap((part) => part.split(" ")).map(Number);
};

Deno.test("rocChart() runs from one corner to the other", () => {
  const svg = rocChart({ title: "ROC", curves: [{ label: "net", roc: ROC }] });
  checkWellFormed(svg);
  const all = points(svg, "blue");
  assertEquals([all[0], all.at(-1)], [0, 0]);
  assert(all.at(-2)! > 400 && all[1]! > 150);
});

Deno.test("rocChart() begins a logarithmic axis at the smallest rate above 0", () => {
  const svg = rocChart({ title: "ROC", curves: [{ label: "net", roc: ROC }], scale: "log" });
  checkWellFormed(svg);
  const all = points(svg, "blue");
  assertEquals(all[0], 0);
  // 0.001, 0.1 and 1: two decades and one.
  assertEquals(all.length, 6);
  assert(Math.abs(all[2]! - all[4]! * 2 / 3) < 0.2);
});

Deno.test("rocChart() takes curves that never leave a false accept rate of 0 or 1", () => {
  const perfect = { falseAcceptRate: [0, 0, 1], trueAcceptRate: [0, 1, 1] };
  for (const scale of ["linear", "log"] as const) {
    const svg = rocChart({ title: "", curves: [{ label: "a", roc: perfect }], scale });
    checkWellFormed(svg);
    assertEquals(/NaN|Infinity/.test(svg), false);
  }
});
