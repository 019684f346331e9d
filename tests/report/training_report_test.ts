import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type TrainingReport, trainingReport } from "../../src/report/training_report.ts";
import type { VerificationSummary } from "../../src/report/verification_blocks.ts";

function verification(accuracy: number): VerificationSummary {
  return {
    accuracy,
    standardDeviation: 0.01,
    equalErrorRate: 1 - accuracy,
    areaUnderCurve: accuracy,
    trueAcceptRate: { "1e-2": 0.4321, "1e-3": 0.1234 },
    angularFisherScore: 0.77,
    roc: { falseAcceptRate: [0, 0.1, 1], trueAcceptRate: [0, 0.8, 1] },
    positiveAngles: [40, 50, 60],
    negativeAngles: [80, 90, 95],
  };
}

const METRICS = Array.from({ length: 200 }, (_, i) => ({
  iteration: i + 1,
  loss: 5 - i / 50,
  lambda: 1000 / (1 + i),
  learningRate: i < 100 ? 0.1 : 0.01,
  imagesPerSecond: 80,
}));

const FULL: TrainingReport = {
  title: "run <1>",
  subtitle: "SphereNet-4",
  configuration: { Net: "4", Seed: "0" },
  metrics: METRICS,
  before: verification(0.6464),
  after: verification(0.9373),
  baselines: [{ label: "raw pixels", result: verification(0.7) }],
  faces: [{ uri: "data:image/png;base64,AAAA", caption: "p1" }],
  warnings: ["The loss stood still."],
  notes: ["A note."],
};

const titles = (html: string) => [...html.matchAll(/class="title">([^<]*)</g)].map(([, t]) => t);

Deno.test("trainingReport() shows curves, results, faces and configuration", () => {
  const html = trainingReport(FULL);
  assertEquals(titles(html), [
    "Loss",
    "Annealing",
    "Learning rate",
    "Throughput",
    "ROC",
    "ROC, strict end",
    "Pair angles, before training",
    "Pair angles, after training",
  ]);
  for (
    const text of [
      "run &lt;1&gt;",
      "64.6\u2009% before training",
      "93.7\u2009%",
      "raw pixels",
      "43.2\u2009%",
      "0.77",
      "data:image/png;base64,AAAA",
      "The loss stood still.",
      "A note.",
      "<dt>Seed</dt>",
    ]
  ) assertStringIncludes(html, text);
});

Deno.test("trainingReport() leaves out what a run doesn't have", () => {
  const html = trainingReport({
    title: "t",
    configuration: {},
    metrics: METRICS.map((one) => ({ ...one, lambda: null })),
  });
  assertEquals(titles(html), ["Loss", "Learning rate", "Throughput"]);
  assertEquals(/Verification|Sample faces|Configuration/.test(html), false);
});

Deno.test("trainingReport() takes a run without metrics, and one that diverged", () => {
  assert(trainingReport({ title: "t", configuration: {}, metrics: [] }).endsWith("</html>\n"));
  const diverged = METRICS.map((one, i) => ({ ...one, loss: i < 50 ? one.loss : NaN }));
  const html = trainingReport({ title: "t", configuration: {}, metrics: diverged });
  assertEquals(/NaN|undefined/.test(html), false);
});

Deno.test("trainingReport() shows how many images the identities have", () => {
  const html = trainingReport({
    title: "t",
    configuration: {},
    metrics: [],
    imagesPerIdentity: Uint32Array.of(3, 9),
  });
  assertStringIncludes(html, "2 identities, 12 images, median 6");
});
