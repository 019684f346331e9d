import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Gpu } from "../../src/gpu/gpu.ts";
import { constant, gaussian } from "../../src/nn/initialisers.ts";
import { Parameters, type ParameterSpec } from "../../src/nn/parameters.ts";
import { scope } from "../../src/autograd/scope.ts";
import { mul } from "../../src/ops/mul.ts";
import { sum } from "../../src/ops/sum.ts";
import { Sgd } from "../../src/optim/sgd.ts";
import { Random } from "../../src/random.ts";

function spec(name: string, fields: Partial<ParameterSpec> = {}): ParameterSpec {
  return {
    name,
    shape: [4],
    initialiser: gaussian(1),
    learningRateMultiplier: 1,
    decayMultiplier: 1,
    ...fields,
  };
}

const BIAS = { learningRateMultiplier: 2, decayMultiplier: 0 };
const FROZEN = { learningRateMultiplier: 0, decayMultiplier: 0 };

Deno.test("Parameters puts those of equal multipliers side by side, and leaves frozen ones out", async () => {
  using gpu = await Gpu.request();
  using parameters = new Parameters(gpu, [
    spec("a.weight", { shape: [100] }),
    spec("a.bias", BIAS),
    spec("frozen", FROZEN),
    spec("b.weight", { shape: [3] }),
    spec("b.bias", BIAS),
  ]);
  const groups = parameters.groups.map((group) => [
    group.learningRateMultiplier,
    group.decayMultiplier,
    group.weights.size,
  ]);
  // Ranges of 256 bytes: 512 and 256 of the weights, twice 256 of the biases.
  assertEquals(groups.sort(), [[1, 1, 768], [2, 0, 512]]);
  for (const { weights, gradients, velocities } of parameters.groups) {
    assertEquals(weights.offset, gradients.offset);
    assertEquals(weights.offset, velocities.offset);
    assertEquals(new Set([weights, gradients, velocities].map((s) => s.buffer.id)).size, 3);
  }
  assertEquals(parameters.get("frozen").requiresGrad, false);
  assertEquals(parameters.get("a.bias").requiresGrad, true);
});

Deno.test("Parameters draws initial values in the order of the layers, whatever their groups", async () => {
  using gpu = await Gpu.request();
  const specs = [spec("a"), spec("b", BIAS), spec("c", { shape: [3], storedShape: [4] })];
  using parameters = new Parameters(gpu, specs);
  parameters.initialise(new Random(3));
  const values = await parameters.values();
  const random = new Random(3);
  for (const { name, shape, initialiser } of specs) {
    const expected = new Float32Array(shape[0]!);
    initialiser(expected, random);
    assertEquals(values.get(name), expected);
  }
  for (const velocity of (await parameters.velocities()).values()) {
    assert(velocity.every((value) => value === 0));
  }
});

Deno.test("Parameters keeps the paper's extents outside and padded ones in memory", async () => {
  using gpu = await Gpu.request();
  const padded = spec("w", { shape: [2, 3], storedShape: [4, 4] });
  using parameters = new Parameters(gpu, [padded, spec("other")]);
  const values = new Map([
    ["w", new Float32Array([1, 2, 3, 4, 5, 6])],
    ["other", new Float32Array([7, 8, 9, 10])],
  ]);
  const velocities = new Map([...values].map(([name, v]) => [name, v.map((value) => -value)]));
  parameters.load(values, velocities);
  assertEquals(parameters.get("w").shape, [4, 4]);
  assertEquals(
    Array.from(await parameters.get("w").data()),
    [1, 2, 3, 0, 4, 5, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  );
  assertEquals(await parameters.values(), values);
  assertEquals(await parameters.velocities(), velocities);
});

Deno.test("Parameters.load() without velocities leaves them as they are", async () => {
  using gpu = await Gpu.request();
  using parameters = new Parameters(gpu, [spec("w")]);
  const values = new Map([["w", new Float32Array([1, 2, 3, 4])]]);
  parameters.load(values, values);
  parameters.load(new Map([["w", new Float32Array(4)]]));
  assertEquals(await parameters.velocities(), values);
});

Deno.test("Parameters gathers gradients until they are zeroed", async () => {
  using gpu = await Gpu.request();
  using parameters = new Parameters(gpu, [spec("w"), spec("unused")]);
  parameters.load(
    new Map([["w", new Float32Array([1, 2, 3, 4])], ["unused", new Float32Array(4)]]),
  );
  const w = parameters.get("w");
  const add = () => {
    using square = mul(w, w);
    using loss = sum(square);
    loss.backward();
  };
  add();
  add();
  assertEquals(Array.from((await parameters.gradients()).get("w")!), [4, 8, 12, 16]);
  assertEquals(Array.from((await parameters.gradients()).get("unused")!), [0, 0, 0, 0]);
  parameters.zeroGrad();
  assertEquals(Array.from((await parameters.gradients()).get("w")!), [0, 0, 0, 0]);
  add();
  assertEquals(Array.from((await parameters.gradients()).get("w")!), [2, 4, 6, 8]);
});

Deno.test("Parameters.load() writes nothing where a value is missing or of another size", async () => {
  using gpu = await Gpu.request();
  using parameters = new Parameters(gpu, [spec("a"), spec("b", { shape: [2, 3] })]);
  const good = new Map([["a", new Float32Array(4).fill(1)], ["b", new Float32Array(6).fill(1)]]);
  parameters.load(good);
  const a = new Float32Array(4).fill(2);
  assertThrows(
    () => parameters.load(new Map([["a", a]])),
    Error,
    "The parameter b has 6 values [2,3], but none were given",
  );
  assertThrows(
    () => parameters.load(new Map([["a", a], ["b", new Float32Array(8)]])),
    Error,
    "but 8 were given; the weights belong to another net or image size.",
  );
  assertThrows(
    () => parameters.load(new Map([["a", a], ["b", new Float32Array(6)]]), new Map([["a", a]])),
    Error,
    "The parameter b",
  );
  assertEquals(await parameters.values(), good);
});

Deno.test("Parameters refuses a name twice and names that it does not have", async () => {
  using gpu = await Gpu.request();
  assertThrows(() => new Parameters(gpu, [spec("w"), spec("w")]), Error, "named w.");
  using parameters = new Parameters(gpu, [spec("w")]);
  assertThrows(() => parameters.get("v"), Error, "There is no parameter named v.");
});

Deno.test("Parameters for inference alone take a third of the memory and record nothing", async () => {
  using gpu = await Gpu.request();
  const before = gpu.memory.usedBytes;
  const specs = [spec("w", { shape: [1024], initialiser: constant(1) })];
  const trained = new Parameters(gpu, specs);
  assertEquals(gpu.memory.usedBytes - before, 3 * 4096);
  trained[Symbol.dispose]();
  assertEquals(gpu.memory.usedBytes, before);
  using parameters = new Parameters(gpu, specs, false);
  assertEquals(gpu.memory.usedBytes - before, 4096);
  parameters.initialise(new Random(0));
  parameters.zeroGrad();
  assertEquals(parameters.groups, []);
  using product = mul(parameters.get("w"), parameters.get("w"));
  assertEquals([parameters.get("w").requiresGrad, product.recorded], [false, false]);
  await assertRejects(
    async () => void await parameters.velocities(),
    Error,
    "These parameters were made for inference alone.",
  );
});

Deno.test("Parameters in several buffers are trained, read and written as in one", async () => {
  using gpu = await Gpu.request();
  const specs = [
    spec("a", { shape: [100] }),
    spec("b", { shape: [3, 50], storedShape: [4, 52] }),
    spec("c", BIAS),
    spec("d", { shape: [90] }),
    spec("e", { shape: [128] }),
  ];
  const results = [];
  for (const limit of [1 << 20, 1024]) {
    using parameters = new Parameters(gpu, specs, true, limit);
    const buffers = new Set(parameters.groups.map(({ weights }) => weights.buffer.id));
    assertEquals(buffers.size, limit === 1024 ? 4 : 1); // a, b, d with e, c
    parameters.initialise(new Random(5));
    for (let step = 0; step < 2; step++) {
      parameters.zeroGrad();
      for (const { name } of specs) {
        scope(() => {
          const values = parameters.get(name);
          sum(mul(values, values)).backward();
        });
      }
      new Sgd(gpu, parameters).step(0.1);
    }
    const state = [
      await parameters.values(),
      await parameters.gradients(),
      await parameters.velocities(),
    ] as const;
    parameters.load(state[1], state[0]);
    assertEquals([await parameters.values(), await parameters.velocities()], [state[1], state[0]]);
    results.push(state);
  }
  assertEquals(results[1], results[0]);
  assert([...results[0]![2].values()].every((values) => values.every((value) => value !== 0)));
});
