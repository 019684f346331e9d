import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Gpu } from "../../src/gpu/gpu.ts";
import { Softmax } from "../../src/heads/softmax.ts";
import { array64 } from "../reference/array64.ts";
import { relativeError } from "../reference/error.ts";
import { softmaxHead } from "../reference/softmax_head.ts";
import { inFours, randomCase, runHead } from "./run_head.ts";

Deno.test("Softmax gives the golden loss, and reports accuracy and the targets' mean logit", async () => {
  using gpu = await Gpu.request();
  const input = {
    features: 4,
    classes: 3,
    x: inFours([1, 2, 2, 0.5, -1, 0.3]),
    weight: inFours([1, 0, 0, 0, 1, 0, 0.6, 0, 0.8]),
    bias: [0, 0, 0],
    labels: [1, 2],
    lambda: 5,
  };
  const { loss, report } = await runHead(gpu, new Softmax(input), input);
  assertAlmostEquals(loss, 0.86424388, 1e-5 * 0.86424388);
  assertAlmostEquals(report[0]!, loss, 1e-6);
  assertEquals(report[1], 0.5);
  assertAlmostEquals(report[2]!, (2 + 0.54) / 2, 1e-6);
});

Deno.test("Softmax equals the reference, for class counts that are padded too", async () => {
  using gpu = await Gpu.request();
  for (const classes of [2, 3, 5, 8, 70]) {
    const extents = { batch: 9, features: 12, classes, length: 4, lambda: 0 };
    const input = randomCase(`softmax.${classes}`, extents);
    const actual = await runHead(gpu, new Softmax(extents), input);
    const expected = softmaxHead(
      array64([9, 12], input.x),
      array64([classes, 12], input.weight),
      array64([classes], input.bias),
      input.labels,
    );
    assertAlmostEquals(actual.loss, expected.loss, 1e-5 * expected.loss);
    assert(relativeError(actual.dx, expected.dx.data) < 1e-5);
    assert(relativeError(actual.dWeight, expected.dWeight.data) < 1e-5);
    assert(relativeError(actual.dBias!, expected.dBias.data) < 1e-5);
    assertEquals(actual.weight, Float32Array.from(input.weight));
  }
});

Deno.test("Softmax has a bias that starts at zero, learns twice as fast and doesn't decay", () => {
  const head = new Softmax({ classes: 5, features: 8 });
  const bias = head.specs[1]!;
  const values = new Float32Array([1, 1, 1, 1, 1]);
  bias.initialiser(values, undefined as never);
  assertEquals(Array.from(values), [0, 0, 0, 0, 0]);
  assertEquals([bias.learningRateMultiplier, bias.decayMultiplier], [2, 0]);
  assertEquals(head.annealed, false);
});

Deno.test("Softmax caps a sample's loss at 87.3365, and not its gradient", async () => {
  using gpu = await Gpu.request();
  const input = {
    features: 4,
    classes: 2,
    x: [500, 0, 0, 0, 0, 1, 0, 0],
    weight: [1, 0, 0, 0, 0, 0, 1, 0],
    bias: [0, 0],
    labels: [1, 0],
    lambda: 0,
  };
  const { loss, report, dx } = await runHead(gpu, new Softmax(input), input);
  assertAlmostEquals(loss, (87.3365447505 + Math.LN2) / 2, 1e-4);
  assertAlmostEquals(report[0]!, loss, 1e-5);
  assertEquals(Array.from(dx.subarray(0, 4)), [0.5, 0, -0.5, 0]);
});
