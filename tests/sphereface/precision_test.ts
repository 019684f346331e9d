/** Training with feature maps in f16. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Gpu } from "../../src/gpu/gpu.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../../src/sphereface/checkpoint.ts";
import type { TrainingConfiguration } from "../../src/sphereface/configuration.ts";
import { type StepReport, Trainer } from "../../src/sphereface/trainer.ts";
import { relativeError } from "../reference/error.ts";
import { IDENTITIES, tinyBatch, tinyConfiguration } from "./tiny_run.ts";

const gpu = await Gpu.request();

function make(
  fields: Partial<TrainingConfiguration> = {},
  options: ConstructorParameters<typeof Trainer>[3] = {},
): Trainer {
  return new Trainer(gpu, tinyConfiguration({ precision: "f16", ...fields }), IDENTITIES, options);
}

async function train(trainer: Trainer, end: number): Promise<StepReport[]> {
  const { batch, accumulate, size } = trainer.configuration;
  const reports: StepReport[] = [];
  while (trainer.iteration < end) {
    const samples = tinyBatch(trainer.iteration, { size, batch: batch * accumulate });
    const report = await trainer.step(samples);
    if (report !== null) reports.push(report);
  }
  const last = await trainer.finish();
  return last === null ? reports : [...reports, last];
}

for (
  const fields of [{}, { accumulate: 2, head: "softmax" }, {
    net: "10",
    recompute: true,
    size: { height: 16, width: 16 },
    batch: 4,
  }] as const
) {
  Deno.test(`Trainer in f16 stays close to f32 over ten steps: ${JSON.stringify(fields)}`, async () => {
    using single = make({ ...fields, precision: "f32" });
    using half = make(fields);
    const [expected, actual] = [await train(single, 10), await train(half, 10)];
    for (const [step, { loss }] of expected.entries()) {
      assertAlmostEquals(actual[step]!.loss, loss, 2e-3 * loss, `step ${step}`);
    }
    assert(actual.some(({ loss }, step) => loss !== expected[step]!.loss), "nothing was in f16");
    assert(actual.every(({ skipped, lossScale }) => skipped === false && lossScale === 65536));
    assert(!("skipped" in expected[0]!) && !("lossScale" in expected[0]!));
    const weights = await half.parameters.values();
    for (const [name, values] of await single.parameters.values()) {
      const error = relativeError(weights.get(name)!, values);
      assert(error < 3e-2, `${name} is off by ${error}`);
    }
  });
}

Deno.test("Trainer in f16 gives the same values captured, uncaptured and with recomputation", async () => {
  using plain = make({}, { capture: false });
  const expected = await train(plain, 4);
  const weights = await plain.parameters.values();
  for (const fields of [{}, { recompute: true }]) {
    using other = make(fields);
    assertEquals(await train(other, 4), expected);
    assertEquals(await other.parameters.values(), weights);
  }
});

Deno.test("Trainer in f16 skips steps while the scale is too large, without a trace but the scale", async () => {
  using trainer = make();
  await train(trainer, 2);
  const before = await trainer.checkpoint();
  const scale = 2 ** 40;
  trainer.restore({ ...before, lossScale: { scale, goodSteps: 5 } });
  const [report] = await train(trainer, 3);
  assert(report!.skipped && Number.isFinite(report!.loss));
  assertEquals(report!.lossScale, scale);
  const after = await trainer.checkpoint();
  assertEquals(after.weights, before.weights);
  assertEquals(after.velocities, before.velocities);
  assertEquals(after.lossScale, { scale: scale / 2, goodSteps: 0 });
  // The scale falls until gradients have room; from then on the net learns.
  const reports = await train(trainer, 45);
  const skipped = reports.map((report) => report.skipped!);
  const taken = skipped.indexOf(false);
  assert(taken > 0 && taken < 40, `${taken}`);
  assertEquals(reports[taken]!.lossScale, scale / 2 ** (taken + 1));
  assert(skipped.slice(taken + 8).every((skipped) => !skipped), `${skipped}`);
  const losses = reports.map(({ loss }) => loss);
  assert(losses.at(-1)! < losses[0]!, `${losses}`);
});

Deno.test("Trainer in f16 goes on from a checkpoint bit for bit, with its scale", async () => {
  using whole = make();
  whole.restore({ ...await whole.checkpoint(), lossScale: { scale: 2048, goodSteps: 1996 } });
  await train(whole, 3);
  const checkpoint = decodeCheckpoint(encodeCheckpoint(await whole.checkpoint()), "c");
  assertEquals(checkpoint.lossScale, { scale: 2048, goodSteps: 1999 });
  assertEquals(checkpoint.configuration.precision, "f16");
  using resumed = new Trainer(gpu, { ...checkpoint.configuration, seed: 99 }, IDENTITIES);
  resumed.restore(checkpoint);
  const expected = await train(whole, 6);
  assertEquals(expected.map(({ lossScale }) => lossScale), [2048, 4096, 4096]);
  assertEquals(await train(resumed, 6), expected);
  assertEquals(await resumed.parameters.values(), await whole.parameters.values());
});

Deno.test("Trainer in f16 takes less memory for each image, and gives all of it back", async () => {
  const perImage: number[] = [];
  for (const precision of ["f32", "f16"] as const) {
    const used: number[] = [];
    for (const batch of [8, 16]) {
      using own = await Gpu.request();
      const size = { height: 112, width: 96 };
      {
        using trainer = new Trainer(own, tinyConfiguration({ size, precision, batch }), IDENTITIES);
        await train(trainer, 1);
        used.push(own.memory.usedBytes);
      }
      assertEquals(own.memory.usedBytes, 0);
    }
    perImage.push((used[1]! - used[0]!) / 8);
  }
  assert(perImage[1]! < 0.7 * perImage[0]!, `${perImage} bytes an image`);
});

addEventListener("unload", () => gpu[Symbol.dispose]());
