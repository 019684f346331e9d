import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { goldenUniform } from "../golden/values.ts";
import { annealedLambda, RELEASED_ANNEALING } from "./annealing.ts";
import { type Array64, array64, sizeOf } from "./array64.ts";
import { conv2d, conv2dBiasGradient, conv2dInputGradient, conv2dWeightGradient } from "./conv2d.ts";
import { add, divide, map, multiply, scale, subtract, unary } from "./elementwise.ts";
import { maxAbsoluteError, relativeError } from "./error.ts";
import { checkGradient } from "./gradient_check.ts";
import { linear, linearBackward } from "./linear.ts";
import { matmul } from "./matmul.ts";
import { normalizeRows, normalizeRowsBackward } from "./normalize.ts";
import { prelu, preluBackward } from "./prelu.ts";
import { maxOfRows, mean, norm, sum, sumColumns, sumRows } from "./reduce.ts";
import {
  residualUnit,
  residualUnitBackward,
  type ResidualUnitParameters,
} from "./residual_unit.ts";
import { sgdStep } from "./sgd.ts";

function random(name: string, shape: readonly number[]): Array64 {
  return array64(shape, goldenUniform(name, sizeOf(shape)));
}

/** The scalar whose gradient is the backward pass of `dy`. */
function dot(y: Array64, dy: Array64): number {
  return sum(multiply(y, dy));
}

/** Checks dL/dx where L = dy·f(x). */
function check(
  x: Array64,
  dx: Array64,
  dy: Array64,
  f: (x: Array64) => Array64,
  tolerance?: number,
): void {
  assertEquals(dx.shape, x.shape);
  checkGradient((data) => dot(f({ shape: x.shape, data }), dy), x.data, dx.data, tolerance);
}

Deno.test("checkGradient() detects a gradient with one wrong element", () => {
  const x = random("wrong gradient", [9]).data;
  const f = (at: Float64Array) => at.reduce((total, value) => total + value ** 3, 0);
  const gradient = x.map((value) => 3 * value ** 2);
  checkGradient(f, x, gradient);
  gradient[4] = gradient[4]! * 1.001;
  assertThrows(() => checkGradient(f, x, gradient), Error, "gradient is off by");
  gradient[4] = NaN;
  assertThrows(() => checkGradient(f, x, gradient), Error, "gradient is off by NaN");
});

Deno.test("relativeError() and maxAbsoluteError() measure differences", () => {
  assertEquals(relativeError([3, 4], [3, 4]), 0);
  assertAlmostEquals(relativeError([3, 4.5], [3, 4]), 0.1, 1e-15);
  assertEquals(relativeError([1], [0]), Infinity);
  assertEquals(maxAbsoluteError([1, 2], [1, 4]), 2);
  assert(Number.isNaN(maxAbsoluteError([NaN, 2], [1, 2])));
  assertThrows(() => relativeError([1], [1, 2]), RangeError, "1 values");
});

Deno.test("matmul() multiplies in all three forms", () => {
  const a = array64([2, 3], [1, 2, 3, 4, 5, 6]);
  const b = array64([3, 2], [7, 8, 9, 10, 11, 12]);
  const product = [58, 64, 139, 154];
  assertEquals([...matmul(a, b).data], product);
  assertEquals([...matmul(a, array64([2, 3], [7, 9, 11, 8, 10, 12]), "nt").data], product);
  assertEquals([...matmul(array64([3, 2], [1, 4, 2, 5, 3, 6]), b, "tn").data], product);
  assertThrows(() => matmul(a, b, "nt"), RangeError, "nt product of [2,3] and [3,2]");
});

Deno.test("conv2d() slides the kernel without flipping it, over zero padding", () => {
  const x = array64([1, 3, 3, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const weight = array64([2, 2, 1, 1], [1, 10, 100, 1000]);
  const valid = conv2d(x, weight, null, { stride: 1, padding: 0 });
  assertEquals([...valid.data], [5421, 6532, 8754, 9865]);
  const strided = conv2d(x, weight, array64([1], [0.5]), { stride: 2, padding: 1 });
  assertEquals(strided.shape, [1, 2, 2, 1]);
  assertEquals([...strided.data], [1000.5, 3200.5, 7040.5, 9865.5]);
});

const CONVOLUTIONS = [
  { x: [2, 5, 4, 3], weight: [3, 3, 3, 2], stride: 1, padding: 1 },
  { x: [2, 7, 5, 2], weight: [3, 3, 2, 3], stride: 2, padding: 1 },
  { x: [1, 6, 6, 2], weight: [2, 2, 2, 2], stride: 2, padding: 0 },
  { x: [1, 8, 7, 1], weight: [5, 4, 1, 2], stride: 3, padding: 2 },
  { x: [3, 3, 2, 4], weight: [1, 1, 4, 5], stride: 1, padding: 0 },
];

for (const { x: xShape, weight: weightShape, stride, padding } of CONVOLUTIONS) {
  const title = `[${weightShape}] stride ${stride} padding ${padding}`;
  Deno.test(`conv2d gradients are those of conv2d(), kernel ${title}`, () => {
    const geometry = { stride, padding };
    const x = random("conv.x", xShape);
    const weight = random("conv.weight", weightShape);
    const bias = random("conv.bias", [weightShape[3]!]);
    const dy = random("conv.dy", conv2d(x, weight, bias, geometry).shape);
    const dx = conv2dInputGradient(dy, weight, x.shape, geometry);
    const dWeight = conv2dWeightGradient(dy, x, weight.shape, geometry);
    check(x, dx, dy, (at) => conv2d(at, weight, bias, geometry));
    check(weight, dWeight, dy, (at) => conv2d(x, at, bias, geometry));
    check(bias, conv2dBiasGradient(dy), dy, (at) => conv2d(x, weight, at, geometry));
  });
}

Deno.test("prelu() scales what is negative, with a derivative equal to the slope at 0", () => {
  const slope = array64([2], [0.25, -3]);
  const a = array64([2, 2], [-4, -1, 2, 0]);
  assertEquals([...prelu(a, slope).data], [-1, 3, 2, 0]);
  const { dx, dSlope } = preluBackward(array64([2, 2], [1, 10, 100, 1000]), a, slope);
  assertEquals([...dx.data], [0.25, -30, 100, -3000]);
  assertEquals([...dSlope.data], [-4, -10]);
});

Deno.test("preluBackward() gives the gradients of prelu()", () => {
  const a = random("prelu.a", [3, 2, 2, 5]);
  const slope = random("prelu.slope", [5]);
  const dy = random("prelu.dy", a.shape);
  const { dx, dSlope } = preluBackward(dy, a, slope);
  check(a, dx, dy, (at) => prelu(at, slope));
  check(slope, dSlope, dy, (at) => prelu(a, at));
});

Deno.test("residualUnitBackward() gives the gradients of residualUnit()", () => {
  const z = random("unit.z", [2, 4, 3, 3]);
  const p: ResidualUnitParameters = {
    weight1: random("unit.weight1", [3, 3, 3, 3]),
    slope1: random("unit.slope1", [3]),
    weight2: random("unit.weight2", [3, 3, 3, 3]),
    slope2: random("unit.slope2", [3]),
  };
  const dy = random("unit.dy", z.shape);
  const g = residualUnitBackward(dy, residualUnit(z, p).saved, p);
  check(z, g.dx, dy, (at) => residualUnit(at, p).y);
  check(p.weight1, g.dWeight1, dy, (weight1) => residualUnit(z, { ...p, weight1 }).y);
  check(p.slope1, g.dSlope1, dy, (slope1) => residualUnit(z, { ...p, slope1 }).y);
  check(p.weight2, g.dWeight2, dy, (weight2) => residualUnit(z, { ...p, weight2 }).y);
  check(p.slope2, g.dSlope2, dy, (slope2) => residualUnit(z, { ...p, slope2 }).y);
});

Deno.test("residualUnit() passes its input on where the branch is zero", () => {
  const z = random("unit.z", [1, 3, 3, 2]);
  const slope = array64([2], [0.25, 0.25]);
  const weight = array64([3, 3, 2, 2]);
  const { y } = residualUnit(z, { weight1: weight, slope1: slope, weight2: weight, slope2: slope });
  assertEquals([...y.data], [...z.data]);
});

Deno.test("linearBackward() gives the gradients of linear()", () => {
  const x = random("linear.x", [4, 5]);
  const weight = random("linear.weight", [5, 3]);
  const bias = random("linear.bias", [3]);
  const dy = random("linear.dy", [4, 3]);
  const { dx, dWeight, dBias } = linearBackward(dy, x, weight);
  check(x, dx, dy, (at) => linear(at, weight, bias));
  check(weight, dWeight, dy, (at) => linear(x, at, bias));
  check(bias, dBias, dy, (at) => linear(x, weight, at));
});

Deno.test("normalizeRows() makes unit rows and leaves a zero row at zero", () => {
  const w = normalizeRows(array64([2, 2], [3, -4, 0, 0]));
  assertAlmostEquals(w.data[0]!, 0.6, 1e-15);
  assertAlmostEquals(w.data[1]!, -0.8, 1e-15);
  assertEquals([...w.data.subarray(2)], [0, 0]);
});

Deno.test("normalizeRowsBackward() gives the gradient of normalizeRows(), tangent to w", () => {
  const v = random("normalize.v", [4, 5]);
  const dw = random("normalize.dw", [4, 5]);
  const dv = normalizeRowsBackward(dw, v);
  check(v, dv, dw, normalizeRows);
  assert(sumColumns(multiply(dv, v)).data.every((radial) => Math.abs(radial) < 1e-14));
  const atZero = normalizeRowsBackward(array64([1, 2], [1, 2]), array64([1, 2]));
  assert(atZero.data.every(Number.isFinite));
});

Deno.test("elementwise functions compute and have the derivatives that they state", () => {
  const [a, b] = [array64([3], [1, 2, 3]), array64([3], [4, 8, -2])];
  assertEquals([...add(a, b).data], [5, 10, 1]);
  assertEquals([...subtract(a, b).data], [-3, -6, 5]);
  assertEquals([...multiply(a, b).data], [4, 16, -6]);
  assertEquals([...divide(a, b).data], [0.25, 0.25, -1.5]);
  assertEquals([...scale(a, -2).data], [-2, -4, -6]);
  assertThrows(() => add(a, array64([2])), RangeError, "[3] and [2] differ");
  const x = map(random("unary", [7]), (value) => 1.5 + value);
  const dy = random("unary.dy", [7]);
  for (const { f, derivative } of Object.values(unary)) {
    check(x, multiply(dy, map(x, derivative)), dy, (at) => map(at, f), 1e-6);
  }
});

Deno.test("reductions reduce over all, rows and columns", () => {
  const a = array64([2, 3], [1, -2, 3, 4, 5, -6]);
  assertEquals(sum(a), 5);
  assertEquals(mean(a), 5 / 6);
  assertAlmostEquals(norm(a), Math.sqrt(91), 1e-15);
  assertEquals([...sumRows(a).data], [5, 3, -3]);
  assertEquals([...sumColumns(a).data], [2, 3]);
  assertEquals([...maxOfRows(a).data], [3, 5]);
});

Deno.test("annealedLambda() gives the released table", () => {
  const table = [
    [1, 892.857],
    [2, 806.452],
    [10, 454.545],
    [50, 142.857],
    [100, 76.923],
    [500, 16.393],
    [501, 16.361],
    [1000, 8.2645],
    [1500, 5.5249],
    [1658, 5.001],
  ] as const;
  for (const [iteration, lambda] of table) {
    assertAlmostEquals(annealedLambda(iteration, RELEASED_ANNEALING), lambda, 5e-4);
  }
  assert(annealedLambda(1658, RELEASED_ANNEALING) > 5);
  assertEquals(annealedLambda(1659, RELEASED_ANNEALING), 5);
  // The L-Softmax example: power 35 and no floor.
  const steep = { base: 1000, gamma: 2.5e-5, power: 35, minimum: 0 };
  assertAlmostEquals(annealedLambda(1000, steep), 421.4, 0.1);
  assertAlmostEquals(annealedLambda(10000, steep), 0.41, 0.01);
});

Deno.test("sgdStep() follows both rules, which part when the learning rate changes", () => {
  const run = (rule: "caffe" | "pytorch", rates: readonly number[]) => {
    const [w, velocity] = [Float64Array.of(2), new Float64Array(1)];
    for (const learningRate of rates) {
      const options = { rule, learningRate, momentum: 0.5, weightDecay: 0.25 };
      sgdStep(w, velocity, Float64Array.of(1), options);
    }
    return w[0]!;
  };
  // g + wd·w is 1.5, then 1.4625; V is 0.15, 0.22125 (Caffe) or 1.5, 2.2125 (PyTorch).
  assertAlmostEquals(run("caffe", [0.1, 0.1]), 1.62875, 1e-14);
  assertAlmostEquals(run("pytorch", [0.1, 0.1]), 1.62875, 1e-14);
  assertAlmostEquals(run("caffe", [0.1, 0.01]), 1.85 - (0.075 + 0.014625), 1e-14);
  assertAlmostEquals(run("pytorch", [0.1, 0.01]), 1.85 - 0.01 * 2.2125, 1e-14);
});

Deno.test("sgdStep() multiplies learning rate and decay", () => {
  for (const rule of ["caffe", "pytorch"] as const) {
    const w = Float64Array.of(2);
    sgdStep(w, new Float64Array(1), Float64Array.of(1), {
      rule,
      learningRate: 0.1,
      momentum: 0.9,
      weightDecay: 0.25,
      learningRateMultiplier: 2,
      decayMultiplier: 0,
    });
    assertAlmostEquals(w[0]!, 1.8, 1e-15);
  }
});
