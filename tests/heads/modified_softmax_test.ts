import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Gpu } from "../../src/gpu/gpu.ts";
import { ASoftmax } from "../../src/heads/asoftmax.ts";
import { ModifiedSoftmax } from "../../src/heads/modified_softmax.ts";
import { array64 } from "../reference/array64.ts";
import { relativeError } from "../reference/error.ts";
import { marginHead } from "../reference/margin_head.ts";
import { inFours, randomCase, runHead } from "./run_head.ts";

Deno.test("ModifiedSoftmax gives the golden loss, whatever the weights' lengths", async () => {
  using gpu = await Gpu.request();
  for (const length of [1, 3, 1e-3]) {
    const input = {
      features: 4,
      classes: 3,
      x: inFours([1, 2, 2, 0.5, -1, 0.3]),
      weight: inFours([1, 0, 0, 0, 1, 0, 0.6, 0, 0.8].map((value) => length * value)),
      labels: [1, 2],
      lambda: 5,
    };
    for (const gradient of ["exact", "caffe"] as const) {
      const { loss } = await runHead(gpu, new ModifiedSoftmax(input, gradient), input);
      assertAlmostEquals(loss, 0.86424388, 1e-5 * 0.86424388);
    }
  }
});

Deno.test("ModifiedSoftmax equals the reference and A-Softmax with m = 1", async () => {
  using gpu = await Gpu.request();
  for (const classes of [3, 6, 9]) {
    const extents = { batch: 10, features: 16, classes, length: 6, lambda: 5 };
    const input = randomCase(`modified.${classes}`, extents);
    const x = array64([10, 16], input.x);
    const weight = array64([classes, 16], input.weight);
    for (const gradient of ["exact", "caffe"] as const) {
      const actual = await runHead(gpu, new ModifiedSoftmax(extents, gradient), input);
      const expected = marginHead(x, weight, input.labels, 1, 0, gradient);
      assertAlmostEquals(actual.loss, expected.loss, 1e-5 * expected.loss);
      assert(relativeError(actual.dx, expected.dx.data) < 1e-5);
      assert(relativeError(actual.dWeight, expected.dWeight.data) < 1e-5);
      const same = await runHead(gpu, new ASoftmax(extents, { margin: 1, gradient }), input);
      assertEquals([same.loss, same.dx, same.dWeight], [actual.loss, actual.dx, actual.dWeight]);
    }
  }
  assertEquals(new ModifiedSoftmax({ classes: 3, features: 4 }).annealed, false);
});
