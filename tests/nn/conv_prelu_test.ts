import { assert, assertEquals } from "@std/assert";
import { Gpu } from "../../src/gpu/gpu.ts";
import { ConvPrelu } from "../../src/nn/conv_prelu.ts";
import { xavier } from "../../src/nn/initialisers.ts";
import { convPrelu, convPreluBackward } from "../reference/conv_prelu.ts";
import { relativeError } from "../reference/error.ts";
import { random, randomValues, runLayer } from "./run_layer.ts";

Deno.test("ConvPrelu equals the reference, with three channels and odd sizes", async () => {
  using gpu = await Gpu.request();
  for (
    const [height, width, inChannels, outChannels, stride, kernel, padding] of [
      [7, 5, 3, 8, 2, 3, 1],
      [6, 9, 4, 12, 2, 3, 1],
      [5, 6, 8, 4, 1, 3, 1],
      [5, 6, 3, 12, 1, 3, 0],
      [4, 7, 8, 4, 1, 2, 0],
    ] as const
  ) {
    const layer = new ConvPrelu("conv", {
      inChannels,
      outChannels,
      kernel,
      stride,
      padding,
      bias: true,
      initialiser: xavier(kernel * kernel * inChannels),
    });
    const geometry = { stride, padding };
    const values = randomValues(layer.specs);
    const [weight, bias, slope] = ["weight", "bias", "slope"].map((name) =>
      values.get(`conv.${name}`)!
    );
    const x = random("x", [2, height, width, inChannels]);
    const { y, saved } = convPrelu(x, weight!, bias!, slope!, geometry);
    const dy = random("dy", y.shape);
    const expected = convPreluBackward(dy, saved, weight!, slope!, geometry);
    const actual = await runLayer(gpu, layer, values, x, dy);
    const pairs = {
      y: [actual.y, y],
      dx: [actual.dx, expected.dx],
      weight: [actual.gradients.get("conv.weight")!, expected.dWeight],
      bias: [actual.gradients.get("conv.bias")!, expected.dBias],
      slope: [actual.gradients.get("conv.slope")!, expected.dSlope],
    } as const;
    for (const [name, [values, { data }]] of Object.entries(pairs)) {
      const error = relativeError(values, data);
      assert(error < 1e-5, `${name} of ${inChannels} to ${outChannels} is off by ${error}`);
    }
  }
});

Deno.test("ConvPrelu has the released multipliers, and a bias only where it is trained", () => {
  const options = { inChannels: 3, outChannels: 64, stride: 2, initialiser: xavier(27) } as const;
  const rows = (bias: boolean) =>
    new ConvPrelu("conv1_1", { ...options, bias }).specs.map((spec) => [
      spec.name,
      spec.shape,
      spec.learningRateMultiplier,
      spec.decayMultiplier,
    ]);
  const weight = ["conv1_1.weight", [3, 3, 3, 64], 1, 1];
  const slope = ["conv1_1.slope", [64], 1, 1];
  assertEquals(rows(true), [weight, ["conv1_1.bias", [64], 2, 0], slope]);
  assertEquals(rows(false), [weight, slope]);
});
