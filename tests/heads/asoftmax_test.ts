import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Gpu } from "../../src/gpu/gpu.ts";
import { ASoftmax } from "../../src/heads/asoftmax.ts";
import { type Array64, array64 } from "../reference/array64.ts";
import { relativeError } from "../reference/error.ts";
import { type GradientStyle, marginHead } from "../reference/margin_head.ts";
import { normalizeRowsBackward } from "../reference/normalize.ts";
import type { Margin } from "../reference/psi.ts";
import { type HeadCase, inFours, randomCase, runHead } from "./run_head.ts";

const STYLES: readonly GradientStyle[] = ["exact", "caffe"];

const GOLDEN: HeadCase = {
  features: 4,
  classes: 3,
  x: inFours([1, 2, 2, 0.5, -1, 0.3]),
  weight: inFours([1, 0, 0, 0, 1, 0, 0.6, 0, 0.8]),
  labels: [1, 2],
  lambda: 5,
};

function assertClose(actual: ArrayLike<number>, expected: readonly number[], what: string): void {
  const error = relativeError(actual, inFours(expected));
  assert(error < 1e-5, `${what} is off by ${error}: [${Array.from(actual)}]`);
}

Deno.test("ASoftmax gives the golden losses and target logits", async () => {
  using gpu = await Gpu.request();
  const table: readonly [Margin, number, readonly number[], number][] = [
    [1, 5, [2, 0.54], 0.86424388],
    [2, 5, [1.611111, 0.341037], 1.04843431],
    [3, 5, [1.259259, 0.255798], 1.20347465],
    [4, 5, [1.154321, 0.13399], 1.28231677],
    [4, 0, [-3.074074, -1.896057], 4.1052881],
  ];
  const others = [Math.exp(1) + Math.exp(2.2), Math.exp(0.5) + Math.exp(-1)];
  for (const [margin, lambda, targets, loss] of table) {
    for (const gradient of STYLES) {
      const head = new ASoftmax(GOLDEN, { margin, gradient });
      const both = await runHead(gpu, head, { ...GOLDEN, lambda });
      assertAlmostEquals(both.loss, loss, 1e-5 * loss);
      for (const [row, target] of targets.entries()) {
        // Of a sample alone, the loss gives the target's logit away.
        const x = Array.from(GOLDEN.x).slice(4 * row, 4 * row + 4);
        const alone = await runHead(gpu, head, {
          ...GOLDEN,
          lambda,
          x,
          labels: [GOLDEN.labels[row]!],
        });
        const logit = Math.log(others[row]!) - Math.log(Math.expm1(alone.loss));
        assertAlmostEquals(logit, target, 1e-5 * Math.abs(target) + 5e-7);
      }
    }
  }
});

Deno.test("ASoftmax gives the golden gradients, exact and Caffe's", async () => {
  using gpu = await Gpu.request();
  const run = (lambda: number, gradient: GradientStyle) =>
    runHead(gpu, new ASoftmax(GOLDEN, { gradient }), { ...GOLDEN, lambda });
  const exact = await run(5, "exact");
  assertClose(exact.dx, [0.312343, -0.326438, 0.321418, 0.049621, -0.10738, -0.342388], "dX");
  // deno-fmt-ignore
  const free = [
    0.221562, -0.078626, 0.260512,
    -0.376715, -0.869849, -0.794177,
    0.057505, 1.095171, 0.458066,
  ];
  const weight = array64([3, 3], [1, 0, 0, 0, 1, 0, 0.6, 0, 0.8]);
  const tangent = normalizeRowsBackward(array64([3, 3], free), weight);
  assertClose(exact.dWeight, [...tangent.data], "dW");
  const caffe = await run(5, "caffe");
  assertClose(caffe.dx, [0.30248, -0.326841, 0.301693, 0.091466, 0.026612, -0.237465], "dX");
  // deno-fmt-ignore
  assertClose(caffe.dWeight, [
    0.221562, -0.078626, 0.260512,
    -0.364565, -0.845548, -0.769877,
    0.143003, 0.924174, 0.509365,
  ], "dW");
  const sharp = await run(0, "exact");
  assertClose(sharp.dx, [0.64622, 0.012297, 0.90877, -0.072039, -1.36407, -1.134614], "dX");
  const sharpCaffe = await run(0, "caffe");
  assertClose(
    sharpCaffe.dx,
    [0.571356, 0.009242, 0.759042, 0.294115, -0.191592, -0.216502],
    "dX",
  );
});

/** Rows of equal length, as the reference takes them. */
function matrix(values: ArrayLike<number>, columns: number): Array64 {
  return array64([values.length / columns, columns], values);
}

for (const gradient of STYLES) {
  Deno.test(`ASoftmax equals the reference on random cases: ${gradient}`, async () => {
    using gpu = await Gpu.request();
    const cases: readonly [name: string, extents: Parameters<typeof randomCase>[1]][] = [
      ["asoftmax.one", { batch: 1, features: 4, classes: 1, length: 1, lambda: 5 }],
      ["asoftmax.two", { batch: 3, features: 8, classes: 2, length: 3, lambda: 1000 }],
      ["asoftmax.five", { batch: 7, features: 12, classes: 5, length: 5, lambda: 5 }],
      ["asoftmax.seven", { batch: 33, features: 20, classes: 7, length: 10, lambda: 0 }],
      ["asoftmax.many", { batch: 9, features: 516, classes: 131, length: 20, lambda: 5 }],
    ];
    for (const [name, extents] of cases) {
      const input = randomCase(name, extents);
      const { features, labels, lambda } = input;
      const x = matrix(input.x, features);
      const weight = matrix(input.weight, features);
      for (const margin of [1, 2, 3, 4] as const) {
        const head = new ASoftmax(extents, { margin, gradient });
        const actual = await runHead(gpu, head, input);
        const expected = marginHead(x, weight, labels, margin, lambda, gradient);
        const what = `${name}, m = ${margin}`;
        assertAlmostEquals(actual.loss, expected.loss, 1e-5 * expected.loss + 1e-6, what);
        for (
          const [values, reference] of [
            [actual.dx, expected.dx],
            [actual.dWeight, expected.dWeight],
          ] as const
        ) {
          // One class alone has no gradient, so that nothing is left to be relative to.
          const error = input.classes === 1
            ? Math.max(...values.map(Math.abs))
            : relativeError(values, reference.data);
          assert(error < 1e-5, `${what}: off by ${error}`);
        }
      }
    }
  });
}

Deno.test("ASoftmax overwrites the class weights by unit rows in Caffe's style alone", async () => {
  using gpu = await Gpu.request();
  const input = randomCase("unit", { batch: 4, features: 8, classes: 5, length: 2, lambda: 5 });
  const exact = await runHead(gpu, new ASoftmax(input, { gradient: "exact" }), input);
  assertEquals(exact.weight, Float32Array.from(input.weight));
  const caffe = await runHead(gpu, new ASoftmax(input, { gradient: "caffe" }), input);
  for (let row = 0; row < input.classes; row++) {
    const given = Array.from(input.weight).slice(8 * row, 8 * row + 8);
    const norm = Math.hypot(...given);
    const error = relativeError(
      caffe.weight.subarray(8 * row, 8 * row + 8),
      given.map((value) => value / norm),
    );
    assert(norm > 1.1 || norm < 0.9);
    assert(error < 1e-6, `row ${row} is off by ${error}`);
  }
});

Deno.test("ASoftmax anneals where there is a margin, and learns its weights alone", () => {
  const extents = { classes: 10, features: 8 };
  assertEquals(new ASoftmax(extents).annealed, true);
  assertEquals(new ASoftmax(extents, { margin: 1 }).annealed, false);
  const [spec, ...more] = new ASoftmax(extents).specs;
  assertEquals(more, []);
  assertEquals([spec!.name, spec!.shape, spec!.storedShape], ["head.weight", [10, 8], [12, 8]]);
  assertEquals([spec!.learningRateMultiplier, spec!.decayMultiplier], [1, 1]);
});

Deno.test("ASoftmax reports loss, accuracy and the targets' mean cosine", async () => {
  using gpu = await Gpu.request();
  // Cosines to the rows of the weights: (1/3, 2/3, 11/15) and (0.432, -0.863, 0.466).
  for (const [labels, accuracy] of [[[1, 2], 0.5], [[2, 2], 1], [[0, 1], 0]] as const) {
    const { loss, report } = await runHead(gpu, new ASoftmax(GOLDEN), { ...GOLDEN, labels });
    const cosines = [
      [1, 2, 2.2].map((f) => f / 3),
      [0.5, -1, 0.54].map((f) => f / Math.sqrt(1.34)),
    ];
    const cosine = (cosines[0]![labels[0]]! + cosines[1]![labels[1]]!) / 2;
    assertAlmostEquals(report[0]!, loss, 1e-6);
    assertEquals(report[1], accuracy);
    assertAlmostEquals(report[2]!, cosine, 1e-6);
    assertEquals(report[3], 0);
  }
});
