import { assert, assertEquals } from "@std/assert";
import { scope } from "../../src/autograd/scope.ts";
import { noGrad } from "../../src/autograd/tape.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { Parameters } from "../../src/nn/parameters.ts";
import { ResidualUnit } from "../../src/nn/residual_unit.ts";
import { relativeError } from "../reference/error.ts";
import { residualUnit, residualUnitBackward } from "../reference/residual_unit.ts";
import { random, randomValues, runLayer } from "./run_layer.ts";

Deno.test("ResidualUnit equals the reference, forward and backward", async () => {
  using gpu = await Gpu.request();
  for (const [batch, height, width, channels] of [[1, 1, 1, 4], [2, 5, 7, 8], [3, 9, 4, 20]]) {
    const shape = [batch!, height!, width!, channels!];
    const unit = new ResidualUnit("a", "b", channels!);
    const values = randomValues(unit.specs, 0.3);
    const [z, dy] = [random(`z${shape}`, shape), random(`dy${shape}`, shape)];
    const actual = await runLayer(gpu, unit, values, z, dy);
    const reference = {
      weight1: values.get("a.weight")!,
      slope1: values.get("a.slope")!,
      weight2: values.get("b.weight")!,
      slope2: values.get("b.slope")!,
    };
    const { y, saved } = residualUnit(z, reference);
    const expected = residualUnitBackward(dy, saved, reference);
    const pairs = {
      y: [actual.y, y],
      dx: [actual.dx, expected.dx],
      "a.weight": [actual.gradients.get("a.weight")!, expected.dWeight1],
      "a.slope": [actual.gradients.get("a.slope")!, expected.dSlope1],
      "b.weight": [actual.gradients.get("b.weight")!, expected.dWeight2],
      "b.slope": [actual.gradients.get("b.slope")!, expected.dSlope2],
    } as const;
    for (const [name, [values, { data }]] of Object.entries(pairs)) {
      const error = relativeError(values, data);
      assert(error < 1e-5, `${name} of [${shape}] is off by ${error}`);
    }
  }
});

Deno.test("ResidualUnit gives the same where its first convolution is run again, bit for bit", async () => {
  using gpu = await Gpu.request();
  const shape = [2, 5, 7, 8];
  const unit = new ResidualUnit("a", "b", 8);
  const values = randomValues(unit.specs, 0.3);
  const run = (again: boolean) =>
    runLayer(
      gpu,
      { specs: unit.specs, forward: (parameters, x) => unit.forward(parameters, x, again) },
      values,
      random("z", shape),
      random("dy", shape),
    );
  assertEquals(await run(true), await run(false));
});

Deno.test("ResidualUnit with weights of zero is the identity, and has no biases", async () => {
  using gpu = await Gpu.request();
  const unit = new ResidualUnit("a", "b", 4);
  assertEquals(
    unit.specs.map(({ name, shape }) => [name, shape]),
    [["a.weight", [3, 3, 4, 4]], ["a.slope", [4]], ["b.weight", [3, 3, 4, 4]], ["b.slope", [4]]],
  );
  using parameters = new Parameters(gpu, unit.specs, false);
  parameters.load(
    new Map(unit.specs.map(({ name, shape, initialiser }) => {
      const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
      if (name.endsWith("slope")) initialiser(values, undefined as never);
      return [name, values];
    })),
  );
  const { data } = random("identity", [1, 3, 3, 4]);
  using z = Tensor.from(gpu, data, [1, 3, 3, 4]);
  using y = noGrad(() => scope(() => unit.forward(parameters, z)));
  // Nothing follows the addition: negative values pass as they are.
  assertEquals(await y.data(), new Float32Array(data));
});
