import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { capture } from "../../src/autograd/capture.ts";
import { scope } from "../../src/autograd/scope.ts";
import { noGrad } from "../../src/autograd/tape.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { Parameters } from "../../src/nn/parameters.ts";
import { padLast } from "../../src/ops/resize.ts";
import { sum } from "../../src/ops/sum.ts";
import { Random } from "../../src/random.ts";
import { SphereNet } from "../../src/sphereface/spherenet.ts";
import { NETS, STAGE_UNITS } from "../../src/sphereface/table2.ts";
import { goldenUniform } from "../golden/values.ts";
import { array64, sizeOf } from "../reference/array64.ts";
import { relativeError } from "../reference/error.ts";
import { sphereNet } from "../reference/spherenet.ts";

const PAPER = { height: 112, width: 96 };

Deno.test("SphereNet.counts are the paper's at 112×96", () => {
  const table = {
    "4": [4, 1_550_016, 960, 12_562_496, 12_562_496, 153_280_512, 164_290_560],
    "10": [10, 4_204_224, 2_240, 15_217_984, 15_219_264, 747_823_104, 758_833_152],
    "20": [20, 11_650_752, 4_672, 22_666_944, 22_670_656, 1_738_727_424, 1_749_737_472],
    "36": [36, 21_751_488, 8_384, 32_771_392, 32_778_816, 3_324_174_336, 3_335_184_384],
    "64": [64, 37_160_640, 14_656, 48_186_816, 48_200_512, 6_098_706_432, 6_109_716_480],
    "64-caffe": [62, 36_865_728, 14_400, 47_891_648, 47_905_088, 5_900_525_568, 5_911_535_616],
  } as const;
  assertEquals(Object.keys(table).sort(), [...NETS].sort());
  for (const name of NETS) {
    const counts = new SphereNet(name, PAPER).counts;
    assertEquals(
      [
        counts.convolutions,
        counts.convolutionWeights,
        counts.slopes,
        counts.trainable,
        counts.withFrozenBiases,
        counts.convolutionMacs,
        counts.macs,
      ],
      [...table[name]],
      name,
    );
  }
});

Deno.test("SphereNet.counts are the known ones at 112×112", () => {
  const table = {
    "4": [14_397_504, 191_672_320],
    "10": [17_052_992, 885_305_344],
    "20": [24_501_952, 2_041_360_384],
    "36": [34_606_400, 3_891_048_448],
    "64": [50_021_824, 7_128_002_560],
  } as const;
  for (const [name, expected] of Object.entries(table)) {
    const counts = new SphereNet(name as keyof typeof table, { height: 112, width: 112 }).counts;
    assertEquals([counts.trainable, counts.macs], [...expected], name);
  }
});

Deno.test("SphereNet.specs hold as many values as are counted, under unique names", () => {
  for (const size of [PAPER, { height: 33, width: 17 }]) {
    for (const name of NETS) {
      const { specs, counts } = new SphereNet(name, size);
      assertEquals(specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0), counts.trainable);
      assertEquals(new Set(specs.map((spec) => spec.name)).size, specs.length);
    }
  }
});

Deno.test("SphereNet names its layers as the released files do", () => {
  const names = new SphereNet("10", PAPER).specs.map(({ name }) => name);
  const layers = [...new Set(names.map((name) => name.split(".")[0]))];
  assertEquals(layers, [
    "conv1_1",
    "conv2_1",
    "conv2_2",
    "conv2_3",
    "conv3_1",
    "conv3_2",
    "conv3_3",
    "conv3_4",
    "conv3_5",
    "conv4_1",
    "fc1",
  ]);
});

Deno.test("SphereNet starts as the released configuration does", () => {
  const bounds: Readonly<Record<string, number>> = {
    "conv1_1.weight": 0.333333,
    "conv2_1.weight": 0.072169,
    "conv3_1.weight": 0.051031,
    "conv4_1.weight": 0.036084,
    "fc1.weight": 0.011811,
  };
  const random = new Random(4);
  for (const { name, initialiser, ...spec } of new SphereNet("20", PAPER).specs) {
    const values = new Float32Array(20_000).fill(NaN);
    initialiser(values, random);
    const [layer, kind] = name.split(".");
    const isUnit = /_[2-9]/.test(layer!);
    const multipliers = [spec.learningRateMultiplier, spec.decayMultiplier];
    assertEquals(multipliers, kind === "bias" ? [2, 0] : [1, 1], name);
    if (kind === "slope") assert(values.every((value) => value === 0.25), name);
    else if (kind === "bias") assert(!isUnit && values.every((value) => value === 0), name);
    else if (isUnit) {
      const squares = values.reduce((sum, value) => sum + value * value, 0);
      assertAlmostEquals(Math.sqrt(squares / values.length), 0.01, 3e-4, name);
      assert(values.some((value) => Math.abs(value) > 0.03), name); // no uniform reaches 3 deviations
    } else {
      const bound = bounds[name]!;
      const largest = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
      assert(largest < bound + 1e-6 && largest > 0.999 * bound, `${name}: ${largest}`);
    }
  }
});

Deno.test("SphereNet equals the reference at sizes that halve unevenly", async () => {
  using gpu = await Gpu.request();
  for (const [name, height, width] of [["4", 17, 11], ["4", 1, 1]] as const) {
    const net = new SphereNet(name, { height, width });
    using parameters = new Parameters(gpu, net.specs, false);
    parameters.initialise(new Random(5));
    const shape = [2, height, width, 3];
    const x = goldenUniform(`images ${shape}`, sizeOf(shape));
    using embeddings = noGrad(() =>
      scope(() => net.forward(parameters, padLast(Tensor.from(gpu, x, shape))))
    );
    assertEquals(embeddings.shape, [2, 512]);
    const values = await parameters.values();
    const reference = new Map(
      net.specs.map((spec) => [spec.name, array64(spec.shape, values.get(spec.name)!)]),
    );
    const expected = sphereNet(STAGE_UNITS[name], reference, array64(shape, x)).embeddings;
    const error = relativeError(await embeddings.data(), expected.data);
    assert(error < 1e-5, `SphereNet-${name} at ${height}×${width} is off by ${error}`);
  }
});

Deno.test("SphereNet takes images of its size alone", async () => {
  using gpu = await Gpu.request();
  const net = new SphereNet("4", { height: 16, width: 16 });
  using parameters = new Parameters(gpu, net.specs, false);
  for (const shape of [[1, 16, 20, 4], [1, 16, 16, 3], [16, 16, 4]]) {
    using images = Tensor.zeros(gpu, shape);
    assertThrows(
      () => net.forward(parameters, images),
      RangeError,
      `This SphereNet-4 takes images [batch, 16, 16, 4], not [${shape}].`,
    );
  }
  for (const size of [{ height: 0, width: 96 }, { height: 112, width: NaN }]) {
    assertThrows(() => new SphereNet("4", size), RangeError, "A net cannot take images of");
  }
});

/** Bytes beside the parameters that a captured training step of SphereNet-20 needs, by batch. */
async function stepBytes(batches: readonly number[], recompute: boolean): Promise<number[]> {
  const { height, width } = PAPER;
  const net = new SphereNet("20", PAPER);
  using gpu = await Gpu.request();
  using parameters = new Parameters(gpu, net.specs);
  return batches.map((batch) => {
    using images = Tensor.zeros(gpu, [batch, height, width, 4]);
    const step = () => sum(net.forward(parameters, images, { recompute })).backward();
    using captured = capture(gpu, step);
    return captured.bytes + images.size * 4;
  });
}

for (const [recompute, most] of [[false, 12e6], [true, 6e6]] as const) {
  const what = recompute ? "with" : "without";
  Deno.test(`SphereNet-20 trains in ${most / 1e6} MB an image ${what} recomputation`, async () => {
    const [less, more] = await stepBytes([16, 32], recompute);
    const image = (more! - less!) / 16;
    assert(image <= most, `${image} bytes an image`);
    // The rest is no activations: transforms of convolutions, whose size has a bound.
    assert(less! - 16 * image <= 36e6, `${less! - 16 * image} bytes for any batch`);
  });
}
