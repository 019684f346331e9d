import { assertEquals } from "@std/assert";
import { scope } from "../../src/autograd/scope.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import type { Gpu } from "../../src/gpu/gpu.ts";
import { constant } from "../../src/nn/initialisers.ts";
import { Parameters } from "../../src/nn/parameters.ts";
import { mul } from "../../src/ops/mul.ts";
import { sum } from "../../src/ops/sum.ts";
import { LossScale } from "../../src/optim/loss_scale.ts";
import { Sgd } from "../../src/optim/sgd.ts";
import { Random } from "../../src/random.ts";
import { gpu, gpuOfClass } from "../support/gpu.ts";

/** Two groups, the first of more than one invocation's share and with a tail. */
const SPECS = [
  { name: "a", shape: [1001], learningRateMultiplier: 1, decayMultiplier: 1 },
  { name: "b", shape: [3], learningRateMultiplier: 2, decayMultiplier: 0 },
].map((spec) => ({ ...spec, initialiser: constant(0.5) }));

interface Outcome {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly scale: number;
  readonly skipped: number;
}

/** Steps of Σ c·w, whose gradients are c; the weights and the report after each. */
async function run(
  on: Gpu,
  steps: readonly { readonly a: Float32Array; readonly b: Float32Array }[],
  options: ConstructorParameters<typeof LossScale>[1],
  rule: "caffe" | "pytorch" = "caffe",
): Promise<Outcome[]> {
  using parameters = new Parameters(on, SPECS);
  parameters.initialise(new Random(0));
  const optimiser = new Sgd(on, parameters, { rule });
  using lossScale = new LossScale(on, options);
  using report = Tensor.zeros(on, [8]);
  const outcomes: Outcome[] = [];
  for (const gradients of steps) {
    parameters.zeroGrad();
    for (const name of ["a", "b"] as const) {
      scope(() => {
        const c = Tensor.from(on, gradients[name], [gradients[name].length]);
        sum(mul(parameters.get(name), c)).backward(lossScale.factor);
      });
    }
    optimiser.step(0.1, lossScale);
    lossScale.update(report);
    const values = await parameters.values();
    const [, , , , scale, skipped] = await report.data();
    const [a, b] = [values.get("a")!, values.get("b")!];
    outcomes.push({ a: [...a], b: [...b], scale: scale!, skipped: skipped! });
  }
  return outcomes;
}

function gradients(values: Readonly<Record<number, number>> = {}, last = 1) {
  const a = Float32Array.from({ length: 1001 }, (_, i) => values[i] ?? Math.sin(i));
  return { a, b: Float32Array.of(1, -2, last) };
}

Deno.test("a step with a scaled loss takes the weights where one without takes them", async () => {
  for (const rule of ["caffe", "pytorch"] as const) {
    const steps = [gradients(), gradients({ 7: 3 }), gradients({}, 0)];
    const scaled = await run(gpu, steps, { initial: 2 ** 16 }, rule);
    using parameters = new Parameters(gpu, SPECS);
    parameters.initialise(new Random(0));
    const optimiser = new Sgd(gpu, parameters, { rule });
    for (const [step, { a, b }] of steps.entries()) {
      parameters.zeroGrad();
      for (const [name, c] of [["a", a], ["b", b]] as const) {
        scope(() => sum(mul(parameters.get(name), Tensor.from(gpu, c, [c.length]))).backward());
      }
      optimiser.step(0.1);
      const values = await parameters.values();
      // Bit for bit, as the scale is a power of two.
      assertEquals([scaled[step]!.a, scaled[step]!.b], [[...values.get("a")!], [
        ...values.get("b")!,
      ]]);
    }
  }
});

for (const [name, on] of Object.entries(gpuOfClass)) {
  Deno.test(`a gradient that is not finite, wherever it is, skips the step and halves the scale: ${name}`, async () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      const steps = [
        gradients(),
        gradients({ 0: bad }),
        gradients({ 1000: bad }),
        gradients({}, bad),
        gradients({ 3: 3e38 }), // finite, and infinite when scaled
        gradients(),
      ];
      const outcomes = await run(on, steps, { initial: 16 });
      assertEquals(outcomes.map(({ skipped }) => skipped), [0, 1, 1, 1, 1, 0]);
      assertEquals(outcomes.map(({ scale }) => scale), [16, 16, 8, 4, 2, 1]);
      for (const step of [1, 2, 3, 4]) {
        assertEquals(outcomes[step]!.a, outcomes[0]!.a);
        assertEquals(outcomes[step]!.b, outcomes[0]!.b);
      }
      assertEquals(outcomes[5]!.a.every(Number.isFinite), true);
      assertEquals(outcomes[5]!.b.every((value, i) => value !== outcomes[0]!.b[i]), true);
    }
  });
}

Deno.test("LossScale doubles after so many good steps in a row, and stays within its bounds", async () => {
  const [good, bad] = [gradients(), gradients({ 5: NaN })];
  const steps = [good, good, bad, good, good, good, good];
  const outcomes = await run(gpu, steps, { initial: 8, growthInterval: 3 });
  assertEquals(outcomes.map(({ scale }) => scale), [8, 8, 8, 4, 4, 4, 8]);
  const least = await run(gpu, [bad, bad, good], { initial: 2 });
  assertEquals(least.map(({ scale }) => scale), [2, 1, 1]);
  const most = await run(gpu, [good, good, good], { initial: 2 ** 23, growthInterval: 1 });
  assertEquals(most.map(({ scale }) => scale), [2 ** 23, 2 ** 24, 2 ** 24]);
});

Deno.test("LossScale.restore() goes on from a state", async () => {
  using first = new LossScale(gpu);
  assertEquals(await first.state(), { scale: 65536, goodSteps: 0 });
  using report = Tensor.zeros(gpu, [8]);
  first.restore({ scale: 32, goodSteps: 1998 });
  first.update(report);
  assertEquals(await first.state(), { scale: 32, goodSteps: 1999 });
  first.update(report);
  assertEquals(await first.state(), { scale: 64, goodSteps: 0 });
  assertEquals([...await report.data()], [0, 0, 0, 0, 32, 0, 0, 0]);
});
