import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { evaluationReport, type PairsSummary } from "../../src/report/evaluation_report.ts";

const RESULT: PairsSummary = {
  folds: [{ accuracy: 0.8, threshold: 0.31 }, { accuracy: 0.85, threshold: 0.29 }],
  accuracy: 0.825,
  standardDeviation: 0.0354,
  optimistic: false,
  scores: [0.9, 0.4, 0.2, -0.1],
  roc: {
    thresholds: [Infinity, 0.9, 0.4, 0.2, -0.1],
    falseAcceptRate: [0, 0, 0, 0.5, 1],
    trueAcceptRate: [0, 0.5, 1, 1, 1],
  },
  equalErrorRate: 0.1737,
  areaUnderCurve: 1,
  trueAcceptRate: { "1e-2": 0.5, "1e-3": 0.25 },
  positives: 2,
  negatives: 2,
};
const SAME = [true, true, false, false];

Deno.test("evaluationReport() shows figures, charts and every fold", () => {
  const html = evaluationReport({
    title: "LFW",
    result: RESULT,
    same: SAME,
    configuration: { Model: "m.safetensors" },
  });
  assertEquals([...html.matchAll(/class="title">([^<]*)</g)].map(([, title]) => title), [
    "Scores of the pairs",
    "Errors by threshold",
    "ROC",
    "ROC, strict end",
  ]);
  for (const text of ["82.50\u2009%", "17.37\u2009%", "85.00\u2009%", "0.2900", "m.safetensors"]) {
    assertStringIncludes(html, text);
  }
  assertEquals(/NaN|Infinity|optimistic/.test(html), false);
});

Deno.test("evaluationReport() warns of a threshold chosen on its own pairs", () => {
  const result = { ...RESULT, optimistic: true, folds: RESULT.folds.slice(1) };
  assertStringIncludes(evaluationReport({ title: "t", result, same: SAME }), "optimistic");
});

Deno.test("evaluationReport() refuses labels that don't fit the scores", () => {
  const input = { title: "t", result: RESULT, same: [true] };
  assertThrows(() => evaluationReport(input), RangeError, "4 scores came with 1 labels");
});
