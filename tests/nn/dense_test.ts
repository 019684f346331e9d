import { assert, assertEquals } from "@std/assert";
import { Gpu } from "../../src/gpu/gpu.ts";
import { Dense } from "../../src/nn/dense.ts";
import { relativeError } from "../reference/error.ts";
import { linear, linearBackward } from "../reference/linear.ts";
import { random, randomValues, runLayer } from "./run_layer.ts";

Deno.test("Dense equals the reference", async () => {
  using gpu = await Gpu.request();
  for (const [batch, inputs, outputs] of [[1, 4, 4], [5, 36, 12], [3, 200, 64]]) {
    const layer = new Dense("fc", inputs!, outputs!);
    const values = randomValues(layer.specs);
    const [weight, bias] = [values.get("fc.weight")!, values.get("fc.bias")!];
    const x = random("x", [batch!, inputs!]);
    const y = linear(x, weight, bias);
    const dy = random("dy", y.shape);
    const expected = linearBackward(dy, x, weight);
    const actual = await runLayer(gpu, layer, values, x, dy);
    assert(relativeError(actual.y, y.data) < 1e-5);
    assert(relativeError(actual.dx, expected.dx.data) < 1e-5);
    assert(relativeError(actual.gradients.get("fc.weight")!, expected.dWeight.data) < 1e-5);
    assert(relativeError(actual.gradients.get("fc.bias")!, expected.dBias.data) < 1e-5);
  }
});

Deno.test("Dense has a bias that starts at zero, learns twice as fast and doesn't decay", () => {
  const [weight, bias] = new Dense("fc1", 21_504, 512).specs;
  assertEquals([weight!.learningRateMultiplier, weight!.decayMultiplier], [1, 1]);
  assertEquals([bias!.learningRateMultiplier, bias!.decayMultiplier], [2, 0]);
  const values = new Float32Array([1, 1]);
  bias!.initialiser(values, undefined as never);
  assertEquals(Array.from(values), [0, 0]);
});
