import { assertEquals } from "@std/assert";
import { type GradientTarget, prelu, preluBackward } from "../../src/kernels/prelu.ts";
import { add } from "../reference/elementwise.ts";
import { prelu as reference, preluBackward as referenceBackward } from "../reference/prelu.ts";
import { sumRows } from "../reference/reduce.ts";
import { gpu, gpuOfClass } from "../support/gpu.ts";
import { Memory } from "../support/memory.ts";
import { assertClose, HALF_TOLERANCE, halved, random } from "../support/values.ts";

const SHAPES = [[1, 4], [7, 12], [65, 68], [1001, 8], [40, 512]] as const;

Deno.test("prelu() equals the reference, with negative slopes too", async () => {
  for (const [rows, channels] of SHAPES) {
    using memory = new Memory(gpu);
    const x = random("prelu.x", [rows, channels]);
    const slope = random("prelu.slope", [channels]);
    const out = memory.blank(x.data.length);
    prelu(gpu, memory.upload(x.data), memory.upload(slope.data), out, rows, channels);
    assertClose(
      await memory.read(out, x.data.length),
      reference(x, slope).data,
      `${rows}×${channels}`,
    );
  }
});

for (const [name, classed] of Object.entries(gpuOfClass)) {
  Deno.test(`preluBackward() equals the reference, in all its gradients: ${name}`, async () => {
    for (const [rows, channels] of SHAPES) {
      using memory = new Memory(classed);
      const x = random("prelu.x", [rows, channels]);
      const slope = random("prelu.slope", [channels]);
      const dy = random("prelu.dy", [rows, channels]);
      const size = rows * channels;
      const slices = [x, slope, dy].map(({ data }) => memory.upload(data));
      const run = async (dslope: GradientTarget | null, dbias: GradientTarget | null) => {
        const dx = memory.blank(size);
        const [a, s, d] = slices;
        preluBackward(classed, a!, s!, d!, dx, rows, channels, dslope, dbias);
        return await memory.read(dx, size);
      };
      const expected = referenceBackward(dy, x, slope);
      const dbias = sumRows(expected.dx);
      const what = `${rows}×${channels}`;
      assertClose(await run(null, null), expected.dx.data, what);

      const [slopes, biases] = [memory.blank(channels), memory.blank(channels)];
      await run({ slice: slopes, accumulate: false }, { slice: biases, accumulate: false });
      const bySlope = await memory.read(slopes, channels);
      assertClose(bySlope, expected.dSlope.data, `${what}: slopes`);
      assertClose(await memory.read(biases, channels), dbias.data, `${what}: bias`);

      const standing = random("prelu.standing", [channels]);
      const [more, moreBias] = [memory.upload(standing.data), memory.upload(standing.data)];
      await run({ slice: more, accumulate: true }, null);
      await run(null, { slice: moreBias, accumulate: true });
      const summed = await memory.read(more, channels);
      assertClose(summed, add(expected.dSlope, standing).data, `${what}: slopes added`);
      const summedBias = await memory.read(moreBias, channels);
      assertClose(summedBias, add(dbias, standing).data, `${what}: bias added`);
    }
  });
}

Deno.test("preluBackward() over its input gives the same values as apart from it", async () => {
  for (const [rows, channels] of SHAPES) {
    using memory = new Memory(gpu);
    const size = rows * channels;
    const [x, dy] = ["prelu.x", "prelu.dy"].map((name) => random(name, [rows, channels]));
    const slope = memory.upload(random("prelu.slope", [channels]).data);
    const upstream = memory.upload(dy!.data);
    const run = async (inPlace: boolean) => {
      const a = memory.upload(x!.data);
      const dx = inPlace ? a : memory.blank(size);
      const [slopes, biases] = [memory.blank(channels), memory.blank(channels)];
      const targets = [slopes, biases].map((slice) => ({ slice, accumulate: false }));
      preluBackward(gpu, a, slope, upstream, dx, rows, channels, targets[0]!, targets[1]!);
      return [
        await memory.read(dx, size),
        await memory.read(slopes, channels),
        await memory.read(biases, channels),
      ];
    };
    assertEquals(await run(true), await run(false), `${rows}×${channels}`);
  }
});

Deno.test("preluBackward() takes the slope as the derivative at zero", async () => {
  using memory = new Memory(gpu);
  const dx = memory.blank(4);
  const slopes = memory.blank(4);
  preluBackward(
    gpu,
    memory.upload([0, -0, 1, -1]),
    memory.upload([0.5, 0.25, 0.5, 0.5]),
    memory.upload([2, 2, 2, 2]),
    dx,
    1,
    4,
    { slice: slopes, accumulate: false },
    null,
  );
  assertEquals([...await memory.read(dx, 4)], [1, 0.5, 2, 1]);
  assertEquals([...await memory.read(slopes, 4)].map((value) => value + 0), [0, 0, 0, -2]);
});

Deno.test("prelu() and preluBackward() in f16 equal the reference of the rounded inputs", async () => {
  for (const [rows, channels] of SHAPES) {
    using memory = new Memory(gpu);
    const size = rows * channels;
    const x = halved(random("prelu.x", [rows, channels]));
    const dy = halved(random("prelu.dy", [rows, channels]));
    const slope = random("prelu.slope", [channels]);
    const [a, d] = [x, dy].map(({ data }) => memory.upload(data, "f16"));
    const s = memory.upload(slope.data);
    const y = memory.blank(size, "f16");
    prelu(gpu, a!, s, y, rows, channels);
    const what = `${rows}×${channels}`;
    assertClose(await memory.read(y, size), reference(x, slope).data, what, HALF_TOLERANCE);

    const expected = referenceBackward(dy, x, slope);
    for (const dx of [memory.blank(size, "f16"), a!]) {
      const [slopes, biases] = [memory.blank(channels), memory.blank(channels)];
      const targets = [slopes, biases].map((slice) => ({ slice, accumulate: false }));
      preluBackward(gpu, a!, s, d!, dx, rows, channels, targets[0]!, targets[1]!);
      assertClose(await memory.read(dx, size), expected.dx.data, what, HALF_TOLERANCE);
      // Sums are f32, of values before they are rounded.
      const bySlope = await memory.read(slopes, channels);
      assertClose(bySlope, expected.dSlope.data, `${what}: slopes`);
      assertClose(await memory.read(biases, channels), sumRows(expected.dx).data, `${what}: bias`);
    }
  }
});
