import { assert, assertEquals } from "@std/assert";
import { Gpu } from "../../src/gpu/gpu.ts";
import { constant } from "../../src/nn/initialisers.ts";
import { Parameters, type ParameterSpec } from "../../src/nn/parameters.ts";
import { Sgd } from "../../src/optim/sgd.ts";
import { goldenUniform } from "../golden/values.ts";
import { relativeError } from "../reference/error.ts";
import { sgdStep } from "../reference/sgd.ts";

/** Weights, a bias of other multipliers, and one that is frozen; with room behind each. */
const SPECS: readonly ParameterSpec[] = ([
  ["a.weight", [101], 1, 1],
  ["a.bias", [5], 2, 0],
  ["b.weight", [3, 7], 1, 1],
  ["slow", [9], 0.25, 3],
  ["frozen", [4], 0, 0],
] as const).map(([name, shape, learningRateMultiplier, decayMultiplier]) => ({
  name,
  shape,
  initialiser: constant(0),
  learningRateMultiplier,
  decayMultiplier,
}));

const size = (spec: ParameterSpec) => spec.shape.reduce((a, b) => a * b, 1);
const RATES = [0.1, 0.1, 0.01, 0.01, 0.05];

for (const rule of ["caffe", "pytorch"] as const) {
  Deno.test(`Sgd takes the reference's path over falling learning rates: ${rule}`, async () => {
    using gpu = await Gpu.request();
    using parameters = new Parameters(gpu, SPECS);
    parameters.load(
      new Map(SPECS.map((spec) => [spec.name, goldenUniform(spec.name, size(spec))])),
    );
    const optimiser = new Sgd(gpu, parameters, { momentum: 0.9, weightDecay: 0.03, rule });
    const expected = new Map(SPECS.map((spec) => [spec.name, {
      spec,
      w: new Float64Array(goldenUniform(spec.name, size(spec))),
      v: new Float64Array(size(spec)),
    }]));
    for (const [step, learningRate] of RATES.entries()) {
      for (const [name, { spec, w, v }] of expected) {
        const gradient = goldenUniform(`${name} ${step}`, size(spec));
        const { slice } = parameters.get(name).grad!;
        gpu.upload({ ...slice, size: gradient.byteLength }, gradient);
        sgdStep(w, v, new Float64Array(gradient), {
          rule,
          learningRate,
          momentum: 0.9,
          weightDecay: 0.03,
          learningRateMultiplier: spec.learningRateMultiplier,
          decayMultiplier: spec.decayMultiplier,
        });
      }
      optimiser.step(learningRate);
    }
    const values = await parameters.values();
    const velocities = await parameters.velocities();
    for (const [name, { w, v }] of expected) {
      assert(relativeError(values.get(name)!, w) < 1e-6, name);
      if (name !== "frozen") assert(relativeError(velocities.get(name)!, v) < 1e-6, name);
    }
    assertEquals(values.get("frozen"), goldenUniform("frozen", 4));
  });
}

Deno.test("Sgd leaves padding at zero, and one dispatch updates a group", async () => {
  using gpu = await Gpu.request();
  const padded = { ...SPECS[0]!, name: "w", shape: [3, 3], storedShape: [4, 4] };
  using parameters = new Parameters(gpu, [padded, SPECS[0]!, SPECS[2]!, SPECS[1]!]);
  parameters.load(
    new Map(parameters.specs.map((spec) => [spec.name, goldenUniform("w", size(spec))])),
  );
  parameters.zeroGrad();
  const before = gpu.counts.dispatches;
  new Sgd(gpu, parameters).step(0.1);
  assertEquals(gpu.counts.dispatches - before, 2);
  const stored = await parameters.get("w").data();
  stored.forEach((value, i) => {
    if (i % 4 === 3 || i >= 12) assertEquals(value, 0);
    else assert(value !== 0);
  });
});

Deno.test("Sgd has the paper's constants unless told otherwise", async () => {
  using gpu = await Gpu.request();
  using parameters = new Parameters(gpu, SPECS);
  assertEquals(new Sgd(gpu, parameters).options, {
    momentum: 0.9,
    weightDecay: 5e-4,
    rule: "caffe",
  });
});
