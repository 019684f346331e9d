// The f64 reference against PyTorch, with no GPU in between.

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { annealedLambda, RELEASED_ANNEALING } from "../reference/annealing.ts";
import { type Array64, array64 } from "../reference/array64.ts";
import {
  conv2d,
  conv2dBiasGradient,
  conv2dInputGradient,
  conv2dWeightGradient,
} from "../reference/conv2d.ts";
import { relativeError } from "../reference/error.ts";
import { linear, linearBackward } from "../reference/linear.ts";
import { marginHead, type MarginHeadResult } from "../reference/margin_head.ts";
import { normalizeRows, normalizeRowsBackward } from "../reference/normalize.ts";
import { prelu, preluBackward } from "../reference/prelu.ts";
import type { Margin } from "../reference/psi.ts";
import { residualUnit, residualUnitBackward } from "../reference/residual_unit.ts";
import { sgdStep } from "../reference/sgd.ts";
import { sphereNet } from "../reference/spherenet.ts";
import {
  GOLDEN_UNITS,
  goldenBatch,
  goldenGenerator,
  goldenGradientError,
  goldenMultipliers,
  type GoldenNet,
  type GoldenOp,
  goldenOps,
  goldenParameters,
  goldenRun,
  type GoldenTensor,
  goldenTraining,
  goldenUniform,
  goldenWords,
} from "./values.ts";

/** The stored values are rounded to f32. */
const ROUNDING = 1e-7;

function widen(tensor: GoldenTensor): Array64 {
  return array64(tensor.shape, tensor.data);
}

function initial(net: GoldenNet): Map<string, Array64> {
  return new Map([...goldenParameters(net)].map(([name, value]) => [name, widen(value)]));
}

interface Pass extends MarginHeadResult {
  readonly embeddings: Array64;
  readonly gradients: ReadonlyMap<string, Array64>;
}

function pass(
  net: GoldenNet,
  parameters: ReadonlyMap<string, Array64>,
  batch: { x: GoldenTensor; labels: Uint32Array },
  margin: Margin,
  lambda: number,
): Pass {
  const body = sphereNet(GOLDEN_UNITS[net], parameters, widen(batch.x));
  const weight = parameters.get("head.weight")!;
  const head = marginHead(body.embeddings, weight, batch.labels, margin, lambda);
  const gradients = body.backward(head.dx).set("head.weight", head.dWeight);
  return { ...head, embeddings: body.embeddings, gradients };
}

Deno.test("goldenWords() and goldenUniform() generate what Python generated", () => {
  for (const { name, count, xor, first } of goldenGenerator) {
    const words = goldenWords(name, count);
    assertEquals(words.reduce((all, word) => (all ^ word) >>> 0, 0), xor);
    assertEquals([...goldenUniform(name, 4)], first);
  }
});

Deno.test("goldenUniform() is uniform in [-1, 1)", () => {
  const values = goldenUniform("uniform", 100_000);
  assert(values.every((value) => value >= -1 && value < 1));
  const mean = values.reduce((total, value) => total + value, 0) / values.length;
  const variance = values.reduce((total, value) => total + value ** 2, 0) / values.length;
  assertAlmostEquals(mean, 0, 0.01);
  assertAlmostEquals(variance, 1 / 3, 0.01);
});

for (const net of ["spherenet4", "spherenet10"] as const) {
  Deno.test(`sphereNet() and marginHead() give PyTorch's values for ${net}`, () => {
    const golden = goldenRun(net);
    const parameters = initial(net);
    assertEquals([...golden.gradients.keys()], [...parameters.keys()]);
    const batch = goldenBatch(0, golden.batch);
    const result = pass(net, parameters, batch, golden.margin, golden.lambda);
    assertAlmostEquals(result.loss, golden.loss, 1e-12);
    assert(relativeError(result.embeddings.data, golden.embeddings.data) < ROUNDING);
    assert(relativeError(result.logits.data, golden.logits.data) < ROUNDING);
    assert(relativeError(result.dx.data, golden.embeddingsGradient.data) < ROUNDING);
    for (const [name, gradient] of golden.gradients) {
      const actual = result.gradients.get(name)!;
      assertEquals(actual.shape, gradient.shape);
      const error = goldenGradientError(actual.data, gradient);
      assert(error < ROUNDING, `gradient of ${name} is off by ${error}`);
    }
  });
}

Deno.test("goldenGradientError() sees one wrong channel, sampled or not", () => {
  const gradient = goldenRun("spherenet4").gradients.get("conv1_1.bias")!;
  const exact = Float64Array.from(gradient.sample);
  assertEquals(gradient.stride, 1);
  assert(goldenGradientError(exact, gradient) < ROUNDING);
  exact[5] = exact[5]! + 0.01 * gradient.norm;
  assert(goldenGradientError(exact, gradient) > 0.005);
});

/** The losses of the first `steps` steps. */
function train(which: "pytorch" | "caffe" | "modified", steps: number): number[] {
  const golden = goldenTraining(which);
  const parameters = initial("spherenet4");
  const velocities = new Map<string, Float64Array>();
  const losses: number[] = [];
  for (let step = 1; step <= steps; step++) {
    const batch = goldenBatch(step, golden.batch);
    const lambda = annealedLambda(step, RELEASED_ANNEALING);
    const { loss, gradients } = pass("spherenet4", parameters, batch, golden.margin, lambda);
    losses.push(loss);
    const dropped = golden.dropAfter !== null && step > golden.dropAfter;
    for (const [name, { data }] of parameters) {
      const velocity = velocities.get(name) ?? new Float64Array(data.length);
      velocities.set(name, velocity);
      const multipliers = goldenMultipliers(name);
      sgdStep(data, velocity, gradients.get(name)!.data, {
        ...golden,
        learningRate: golden.learningRate * (dropped ? golden.dropFactor : 1),
        learningRateMultiplier: multipliers.learningRate,
        decayMultiplier: multipliers.decay,
      });
    }
  }
  return losses;
}

// Only the run with the drop takes all ten steps: the others say nothing new after a few.
for (const [which, steps] of [["caffe", 10], ["pytorch", 3], ["modified", 3]] as const) {
  Deno.test(`sgdStep() gives PyTorch's losses of the ${which} run over ${steps} steps`, () => {
    const { losses } = goldenTraining(which);
    assertEquals(losses.length, 10);
    const error = relativeError(train(which, steps), losses.slice(0, steps));
    assert(error < 1e-10, `losses are off by ${error}`);
  });
}

function runOp(golden: GoldenOp): { y: Array64; gradients: Record<string, Array64> } {
  const input = (name: string) => widen(golden.inputs.get(name)!);
  const dy = widen(golden.dy);
  const x = input("x");
  switch (golden.op) {
    case "conv2d": {
      const weight = input("weight");
      const gradients = {
        x: conv2dInputGradient(dy, weight, x.shape, golden),
        weight: conv2dWeightGradient(dy, x, weight.shape, golden),
        bias: conv2dBiasGradient(dy),
      };
      return { y: conv2d(x, weight, input("bias"), golden), gradients };
    }
    case "prelu": {
      const slope = input("slope");
      const { dx, dSlope } = preluBackward(dy, x, slope);
      return { y: prelu(x, slope), gradients: { x: dx, slope: dSlope } };
    }
    case "residualUnit": {
      const [weight1, slope1] = [input("weight1"), input("slope1")];
      const [weight2, slope2] = [input("weight2"), input("slope2")];
      const p = { weight1, slope1, weight2, slope2 };
      const { y, saved } = residualUnit(x, p);
      const g = residualUnitBackward(dy, saved, p);
      const gradients = {
        x: g.dx,
        weight1: g.dWeight1,
        slope1: g.dSlope1,
        weight2: g.dWeight2,
        slope2: g.dSlope2,
      };
      return { y, gradients };
    }
    case "linear": {
      const weight = input("weight");
      const { dx, dWeight, dBias } = linearBackward(dy, x, weight);
      const gradients = { x: dx, weight: dWeight, bias: dBias };
      return { y: linear(x, weight, input("bias")), gradients };
    }
    case "normalizeRows":
      return { y: normalizeRows(x), gradients: { x: normalizeRowsBackward(dy, x) } };
  }
}

for (const golden of goldenOps()) {
  Deno.test(`reference ${golden.name} gives PyTorch's values and gradients`, () => {
    const { y, gradients } = runOp(golden);
    assertEquals(y.shape, golden.y.shape);
    assert(relativeError(y.data, golden.y.data) < ROUNDING);
    assertEquals(Object.keys(gradients).sort(), [...golden.gradients.keys()].sort());
    for (const [name, expected] of golden.gradients) {
      assert(relativeError(gradients[name]!.data, expected.data) < ROUNDING, name);
    }
  });
}
