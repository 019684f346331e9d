import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { goldenUniform } from "../golden/values.ts";
import { type Array64, array64, sizeOf } from "./array64.ts";
import { scale } from "./elementwise.ts";
import { maxAbsoluteError, relativeError } from "./error.ts";
import { checkGradient } from "./gradient_check.ts";
import { type GradientStyle, marginHead, marginLogits } from "./margin_head.ts";
import { normalizeRows, normalizeRowsBackward } from "./normalize.ts";
import { type Margin, psi, psiByAngle, psiDerivative } from "./psi.ts";
import { LARGEST_LOSS, softmaxCrossEntropy } from "./softmax_cross_entropy.ts";
import { softmaxHead } from "./softmax_head.ts";

const MARGINS: readonly Margin[] = [1, 2, 3, 4];

function random(name: string, shape: readonly number[]): Array64 {
  return array64(shape, goldenUniform(name, sizeOf(shape)));
}

Deno.test("psi() has the tabulated values, on its knots too", () => {
  const table: readonly [number, readonly number[]][] = [
    [0, [1, 1, 1, 1]],
    [30, [0.8660254, 0.5, 0, -0.5]],
    [45, [0.70710678, 0, -0.70710678, -1]],
    [60, [0.5, -0.5, -1, -1.5]],
    [90, [0, -1, -2, -3]],
    [120, [-0.5, -1.5, -3, -4.5]],
    [135, [-0.70710678, -2, -3.29289322, -5]],
    [180, [-1, -3, -5, -7]],
  ];
  for (const [degrees, values] of table) {
    const c = Math.cos(degrees * Math.PI / 180);
    for (const m of MARGINS) assertAlmostEquals(psi(m, c), values[m - 1]!, 1e-7);
  }
  // Exactly on the knots every sign is 0.
  assertEquals([psi(2, 0), psi(4, 0), psi(3, 0.5), psi(3, -0.5)], [-1, -3, -1, -3]);
});

Deno.test("psi() equals its definition by angles and falls with the angle", () => {
  for (const m of MARGINS) {
    let previous = Infinity;
    for (let i = 0; i <= 2000; i++) {
      const theta = Math.PI * i / 2000;
      const value = psi(m, Math.cos(theta));
      assertAlmostEquals(value, psiByAngle(m, theta), 1e-13);
      assert(value < previous);
      previous = value;
    }
  }
});

Deno.test("psiDerivative() is the derivative of psi(), continuous, 0 at the knots, m² at ±1", () => {
  for (const m of MARGINS) {
    const c = random("psi.c", [500]).data;
    checkGradient(
      (at) => at.reduce((total, value) => total + psi(m, value), 0),
      c,
      c.map((value) => psiDerivative(m, value)),
    );
    assertEquals(psiDerivative(m, 1), m * m);
    assertEquals(psiDerivative(m, -1), m * m);
    for (let k = 1; k < m; k++) {
      const knot = Math.cos(Math.PI * k / m);
      for (const near of [-1e-9, 0, 1e-9]) {
        assertAlmostEquals(psiDerivative(m, knot + near), 0, 1e-6);
      }
    }
  }
});

Deno.test("softmaxCrossEntropy() is exact for huge logits and stops at -ln(FLT_MIN)", () => {
  const certain = softmaxCrossEntropy(array64([1, 3], [5000, 0, -5000]), [0]);
  assertEquals(certain.loss, 0);
  const wrong = softmaxCrossEntropy(array64([2, 2], [500, 0, 0, 0]), [1, 0]);
  assertAlmostEquals(wrong.losses[0]!, 87.3365, 1e-4);
  assertAlmostEquals(wrong.losses[0]!, -Math.log(2 ** -126), 1e-12);
  assertAlmostEquals(wrong.loss, (LARGEST_LOSS + Math.LN2) / 2, 1e-12);
  // The floor doesn't stop the gradient.
  assertAlmostEquals(wrong.dLogits.data[1]!, -0.5, 1e-15);
});

Deno.test("softmaxCrossEntropy() gives the gradient of its loss", () => {
  const logits = scale(random("entropy", [4, 6]), 5);
  const labels = [0, 5, 3, 3];
  const { dLogits, probabilities } = softmaxCrossEntropy(logits, labels);
  checkGradient(
    (data) => softmaxCrossEntropy({ shape: logits.shape, data }, labels).loss,
    logits.data,
    dLogits.data,
  );
  const total = probabilities.data.reduce((sum, p) => sum + p, 0);
  assertAlmostEquals(total, 4, 1e-14);
});

Deno.test("softmaxHead() gives its gradients, with and without a bias", () => {
  const x = random("softmax.x", [5, 4]);
  const weight = random("softmax.weight", [3, 4]);
  const bias = random("softmax.bias", [3]);
  const labels = [0, 1, 2, 1, 1];
  for (const b of [bias, null]) {
    const { dx, dWeight } = softmaxHead(x, weight, b, labels);
    const loss = (x: Array64, weight: Array64) => softmaxHead(x, weight, b, labels).loss;
    checkGradient((data) => loss({ shape: x.shape, data }, weight), x.data, dx.data);
    checkGradient((data) => loss(x, { shape: weight.shape, data }), weight.data, dWeight.data);
  }
  checkGradient(
    (data) => softmaxHead(x, weight, { shape: bias.shape, data }, labels).loss,
    bias.data,
    softmaxHead(x, weight, bias, labels).dBias.data,
  );
});

for (const m of MARGINS) {
  Deno.test(`marginHead() with m = ${m} gives its exact gradients`, () => {
    const x = scale(random("margin.x", [6, 5]), 4);
    const weight = random("margin.weight", [4, 5]);
    const labels = [0, 1, 2, 3, 2, 2];
    for (const lambda of [0, 5, 1000]) {
      const { dx, dWeight, dUnitWeight } = marginHead(x, weight, labels, m, lambda);
      checkGradient(
        (data) => marginHead({ shape: x.shape, data }, weight, labels, m, lambda).loss,
        x.data,
        dx.data,
      );
      checkGradient(
        (data) => marginHead(x, { shape: weight.shape, data }, labels, m, lambda).loss,
        weight.data,
        dWeight.data,
      );
      const unit = normalizeRows(weight);
      checkGradient(
        (data) => {
          const logits = marginLogits(x, { shape: unit.shape, data }, labels, m, lambda);
          return softmaxCrossEntropy(logits, labels).loss;
        },
        unit.data,
        dUnitWeight.data,
      );
    }
  });
}

Deno.test("marginHead() in Caffe style equals the exact gradient wrt x for m = 1 and a huge λ", () => {
  const x = scale(random("margin.x", [6, 5]), 4);
  const weight = random("margin.weight", [4, 5]);
  const labels = [0, 1, 2, 3, 2, 2];
  const error = (m: Margin, lambda: number) =>
    relativeError(
      marginHead(x, weight, labels, m, lambda, "caffe").dx.data,
      marginHead(x, weight, labels, m, lambda, "exact").dx.data,
    );
  assertEquals(error(1, 5), 0);
  assert(error(4, 1e9) < 1e-7);
  assert(error(4, 5) > 0.01);
});

Deno.test("marginHead() stays finite for a zero embedding and a zero class vector", () => {
  for (const m of MARGINS) {
    for (const style of ["exact", "caffe"] as const) {
      const x = array64([2, 2], [0, 0, 1, 2]);
      const result = marginHead(x, array64([2, 2], [0, 0, 3, 4]), [1, 0], m, 5, style);
      assertEquals(result.logits.data[1], 0);
      for (const values of [result.logits, result.dx, result.dWeight]) {
        assert(values.data.every(Number.isFinite));
      }
    }
  }
});

const X = array64([2, 3], [1, 2, 2, 0.5, -1, 0.3]);
const W = array64([3, 3], [1, 0, 0, 0, 1, 0, 0.6, 0, 0.8]);
const LABELS = [1, 2];

function assertValues(actual: Array64, expected: readonly number[]): void {
  const error = maxAbsoluteError(actual.data, expected);
  assert(error < 1e-6, `[${actual.data}] is off by ${error}`);
}

Deno.test("softmaxHead() and marginHead() with m = 1 give the golden vectors", () => {
  for (
    const { logits, loss } of [softmaxHead(X, W, null, LABELS), marginHead(X, W, LABELS, 1, 5)]
  ) {
    assertValues(logits, [1, 2, 2.2, 0.5, -1, 0.54]);
    assertAlmostEquals(loss, 0.86424388, 1e-8);
  }
});

Deno.test("marginHead() gives the golden losses and target logits for m = 2, 3, 4", () => {
  const table: readonly [Margin, number, number, number, number][] = [
    [2, 5, 1.611111, 0.341037, 1.04843431],
    [3, 5, 1.259259, 0.255798, 1.20347465],
    [4, 5, 1.154321, 0.13399, 1.28231677],
    [4, 0, -3.074074, -1.896057, 4.1052881],
  ];
  for (const [m, lambda, first, second, loss] of table) {
    // A class vector's length is irrelevant.
    for (const length of [1, 3]) {
      const result = marginHead(X, scale(W, length), LABELS, m, lambda);
      assertValues(result.logits, [1, first, 2.2, 0.5, -1, second]);
      assertAlmostEquals(result.loss, loss, 1e-8);
    }
  }
});

Deno.test("marginHead() gives the golden gradients for m = 4, exact and Caffe's", () => {
  const run = (lambda: number, style: GradientStyle) => marginHead(X, W, LABELS, 4, lambda, style);
  const exact = run(5, "exact");
  assertValues(exact.dx, [0.312343, -0.326438, 0.321418, 0.049621, -0.10738, -0.342388]);
  // deno-fmt-ignore
  const dUnitWeight = [
    0.221562, -0.078626, 0.260512,
    -0.376715, -0.869849, -0.794177,
    0.057505, 1.095171, 0.458066,
  ];
  assertValues(exact.dUnitWeight, dUnitWeight);
  const projected = normalizeRowsBackward(array64([3, 3], dUnitWeight), W);
  assertValues(exact.dWeight, [...projected.data]);
  const caffe = run(5, "caffe");
  assertValues(caffe.dx, [0.30248, -0.326841, 0.301693, 0.091466, 0.026612, -0.237465]);
  // deno-fmt-ignore
  assertValues(caffe.dWeight, [
    0.221562, -0.078626, 0.260512,
    -0.364565, -0.845548, -0.769877,
    0.143003, 0.924174, 0.509365,
  ]);
  const sharp = run(0, "exact");
  assertValues(sharp.dx, [0.64622, 0.012297, 0.90877, -0.072039, -1.36407, -1.134614]);
  const sharpCaffe = run(0, "caffe");
  assertValues(sharpCaffe.dx, [0.571356, 0.009242, 0.759042, 0.294115, -0.191592, -0.216502]);
});
