import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Gpu } from "../../src/gpu/gpu.ts";
import { lambdaAt } from "../../src/heads/annealing.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../../src/sphereface/checkpoint.ts";
import { bucketOf, choicesOf } from "../../src/kernels/choices.ts";
import type { TrainingConfiguration } from "../../src/sphereface/configuration.ts";
import { trainingWork } from "../../src/sphereface/step_work.ts";
import { type StepReport, Trainer, type TrainingBatch } from "../../src/sphereface/trainer.ts";
import { assertClose } from "../support/values.ts";
import { IDENTITIES, tinyBatch, tinyConfiguration } from "./tiny_run.ts";

/** For all tests but one, as each device compiles the kernels anew. */
const gpu = await Gpu.request();

/** A run that is smaller still. */
const SMALL = { size: { height: 16, width: 16 }, batch: 4 };

/** Trains from where the trainer stands to iteration `end`. */
async function train(trainer: Trainer, end: number): Promise<StepReport[]> {
  const reports: StepReport[] = [];
  while (trainer.iteration < end) {
    const report = await trainer.step(tinyBatch(trainer.iteration, trainer.configuration));
    if (report !== null) reports.push(report);
  }
  const last = await trainer.finish();
  return last === null ? reports : [...reports, last];
}

function make(gpu: Gpu, fields: Partial<TrainingConfiguration> = {}): Trainer {
  return new Trainer(gpu, tinyConfiguration(fields), IDENTITIES);
}

Deno.test("Trainer gives the same reports for the same seed, bit for bit, and learns", async () => {
  const runs: StepReport[][] = [];
  for (let run = 0; run < 2; run++) {
    using gpu = await Gpu.request();
    using trainer = make(gpu);
    runs.push(await train(trainer, 10));
  }
  const [first, second] = runs;
  assertEquals(first, second);
  assertEquals(first!.map(({ iteration }) => iteration), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const losses = first!.map(({ loss }) => loss);
  assert(new Set(losses).size === 10 && losses.every(Number.isFinite));
  assert(losses[9]! < 0.8 * losses[0]!, `${losses}`);
  using other = make(gpu, { seed: 12 });
  assert((await train(other, 1))[0]!.loss !== losses[0]);
});

Deno.test("Trainer reports a step late: its iteration, λ, learning rate and accuracy", async () => {
  using trainer = make(gpu, SMALL);
  assertEquals(trainer.iteration, 0);
  assertEquals(await trainer.finish(), null);
  assertEquals(await trainer.step(tinyBatch(0, trainer.configuration)), null);
  assertEquals(trainer.iteration, 1);
  const reports = await train(trainer, 9);
  assertEquals(await trainer.finish(), null);
  for (const { iteration, lambda, learningRate, accuracy, targetCosine } of reports) {
    assertEquals(lambda, lambdaAt(trainer.configuration.annealing, iteration));
    // The eighth step is iteration 7 counted from 0, at which the rate falls.
    assertAlmostEquals(learningRate, iteration < 8 ? 0.02 : 0.002, 1e-9);
    assert(Number.isInteger(accuracy * 4) && accuracy >= 0 && accuracy <= 1);
    assert(targetCosine >= -1 && targetCosine <= 1);
  }
  assertEquals(reports.map(({ iteration }) => iteration), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

for (const fields of [{ head: "softmax" }, { head: "modified" }, { margin: 1 }] as const) {
  Deno.test(`Trainer anneals nothing without a margin: ${JSON.stringify(fields)}`, async () => {
    using trainer = make(gpu, { ...SMALL, ...fields });
    const reports = await train(trainer, 4);
    assertEquals(reports.map(({ lambda }) => lambda), [null, null, null, null]);
    assert(reports[3]!.loss < reports[0]!.loss);
  });
}

for (
  const fields of [{ size: { height: 32, width: 32 }, batch: 8 }, { update: "pytorch" }, {
    gradient: "caffe",
  }] as const
) {
  Deno.test(`Trainer goes on from a checkpoint bit for bit: ${JSON.stringify(fields)}`, async () => {
    using whole = make(gpu, { ...SMALL, ...fields });
    const before = await train(whole, 5);
    const bytes = encodeCheckpoint(await whole.checkpoint());
    const expected = await train(whole, 10);
    assertEquals([before.length, expected.length], [5, 5]);

    const checkpoint = decodeCheckpoint(bytes, "checkpoint.safetensors");
    assertEquals(checkpoint.iteration, 5);
    assertEquals(checkpoint.identities, IDENTITIES);
    assertEquals(checkpoint.configuration, whole.configuration);
    // Other initial weights, so that all that counts must come from the checkpoint.
    using resumed = new Trainer(gpu, { ...checkpoint.configuration, seed: 99 }, IDENTITIES);
    resumed.restore(checkpoint);
    assertEquals(resumed.iteration, 5);
    assertEquals(await train(resumed, 10), expected);
    assertEquals(await resumed.parameters.values(), await whole.parameters.values());
  });
}

Deno.test("Trainer goes on with the variants of its run, whatever was chosen since", async () => {
  const fresh = () => new Gpu(gpu.device, { ...gpu.adapter, name: "never measured" });
  const [first, later] = [fresh(), fresh()];
  const settings = { ...SMALL, net: "10" } as const; // the smallest with convolutions of stride 1
  using whole = make(first, settings);
  const works = trainingWork(first, whole.configuration, IDENTITIES.length);
  const all = (variant: string) =>
    Object.fromEntries(works.map((work) => [bucketOf(work), variant]));
  choicesOf(first).add(all("plain"));
  const reports = await train(whole, 2);
  const bytes = encodeCheckpoint(await whole.checkpoint());
  reports.push(...await train(whole, 5));

  choicesOf(later).add(all("winograd4"));
  using resumed = make(later, settings);
  const unlike = await train(resumed, 1);
  assert(unlike[0]!.loss !== reports[0]!.loss, "the variants make a difference here");
  resumed.restore(decodeCheckpoint(bytes, "checkpoint"));
  assertEquals(await train(resumed, 5), reports.slice(2));
});

Deno.test("Trainer.restore() refuses weights of another net or number of identities", async () => {
  using trainer = make(gpu, SMALL);
  const checkpoint = await trainer.checkpoint();
  using wider = make(gpu, { size: { height: 32, width: 48 } });
  assertThrows(
    () => wider.restore(checkpoint),
    Error,
    "The parameter fc1.weight has 1572864 values [3072,512], but 262144 were given; the weights " +
      "belong to another net or image size.",
  );
  using more = new Trainer(gpu, trainer.configuration, [...IDENTITIES, "Flo"]);
  assertThrows(() => more.restore(checkpoint), Error, "The parameter head.weight");
});

/** A batch that holds others one after another. */
function joined(batches: readonly TrainingBatch[]): TrainingBatch {
  return {
    pixels: Uint8Array.from(batches.flatMap(({ pixels }) => [...pixels])),
    labels: Uint32Array.from(batches.flatMap(({ labels }) => [...labels])),
    flips: Uint8Array.from(batches.flatMap(({ flips }) => [...flips])),
  };
}

for (const fields of [{}, { head: "softmax" }, { gradient: "caffe" }] as const) {
  Deno.test(`Trainer's batches of a step are as one large batch: ${JSON.stringify(fields)}`, async () => {
    using whole = make(gpu, { ...SMALL, ...fields, batch: 12 });
    using parts = make(gpu, { ...SMALL, ...fields, accumulate: 3 });
    for (let step = 0; step < 3; step++) {
      const batch = joined([0, 1, 2].map((part) => tinyBatch(10 * step + part, SMALL)));
      const reports = [];
      for (const trainer of [whole, parts]) {
        await trainer.step(batch);
        reports.push((await trainer.finish())!);
      }
      const [one, many] = reports;
      // λ, learning rate and iteration are those of the step, not of its parts.
      const { loss, accuracy, targetCosine, ...rest } = many!;
      assertEquals(rest, {
        iteration: step + 1,
        lambda: one!.lambda,
        learningRate: one!.learningRate,
      });
      assertAlmostEquals(loss, one!.loss, 2e-6 * one!.loss);
      assertAlmostEquals(accuracy, one!.accuracy, 1e-7);
      assertAlmostEquals(targetCosine, one!.targetCosine, 1e-4 * Math.abs(one!.targetCosine));
      const gradients = await parts.parameters.gradients();
      for (const [name, expected] of await whole.parameters.gradients()) {
        assertClose(gradients.get(name)!, expected, `${name} of step ${step}`, 1e-4);
      }
    }
  });
}

Deno.test("Trainer goes on from a checkpoint between steps of several batches, bit for bit", async () => {
  const fields = { ...SMALL, accumulate: 2, recompute: true };
  const batch = (number: number) => joined([tinyBatch(number, SMALL), tinyBatch(-number, SMALL)]);
  using whole = make(gpu, fields);
  for (let step = 1; step <= 2; step++) await whole.step(batch(step));
  await whole.finish();
  const checkpoint = decodeCheckpoint(encodeCheckpoint(await whole.checkpoint()), "c");
  assertEquals([checkpoint.iteration, checkpoint.configuration.accumulate], [2, 2]);
  using resumed = new Trainer(gpu, { ...checkpoint.configuration, seed: 5 }, IDENTITIES);
  resumed.restore(checkpoint);
  const reports = [];
  for (const trainer of [whole, resumed]) {
    await trainer.step(batch(3));
    reports.push(await trainer.finish());
  }
  assertEquals(reports[1], reports[0]);
  assertEquals(await resumed.parameters.values(), await whole.parameters.values());
});

Deno.test("Trainer refuses samples that do not divide into batches", () => {
  using trainer = make(gpu, { ...SMALL, accumulate: 3 });
  assertThrows(
    () => trainer.step(tinyBatch(0, SMALL)),
    RangeError,
    "4 samples are not 3 batches of one size; give a multiple of 3.",
  );
});

Deno.test("Trainer gives the same values where it computes activations again, bit for bit", async () => {
  const net = "10"; // which has units in the middle stages alone
  using plain = make(gpu, { ...SMALL, net });
  using again = make(gpu, { ...SMALL, net, recompute: true });
  assertEquals(await train(again, 2), await train(plain, 2));
  assertEquals(await again.parameters.gradients(), await plain.parameters.gradients());
});

for (
  const fields of [
    {},
    { head: "softmax" },
    { head: "modified" },
    { gradient: "caffe", update: "pytorch" },
    { margin: 2, accumulate: 2, net: "10" },
    { margin: 3, recompute: true, net: "10" },
  ] as const
) {
  Deno.test(`Trainer computes the same with and without capture, bit for bit: ${JSON.stringify(fields)}`, async () => {
    // λ and the learning rate change at every step.
    const schedule = { base: 0.02, steps: [1, 2, 3, 4, 5, 6, 7, 8, 9], factor: 0.9 };
    const configuration = tinyConfiguration({ ...SMALL, ...fields, schedule });
    using eager = new Trainer(gpu, configuration, IDENTITIES, { capture: false });
    const expected = await train(eager, 10);
    using captured = new Trainer(gpu, configuration, IDENTITIES);
    assertEquals(await train(captured, 10), expected);
    assertEquals(await captured.parameters.values(), await eager.parameters.values());
    assertEquals(await captured.parameters.velocities(), await eager.parameters.velocities());
    assertEquals(new Set(expected.map(({ learningRate }) => learningRate)).size, 10);
  });
}

Deno.test("Trainer computes the same with steps in flight, and where the batch changes its size", async () => {
  const configuration = tinyConfiguration({ ...SMALL, batch: 6 });
  const sizes = [4, 4, 6, 6, 2, 4, 4, 4];
  using eager = new Trainer(gpu, configuration, IDENTITIES, { capture: false });
  using captured = new Trainer(gpu, configuration, IDENTITIES);
  const seen: (StepReport | null)[] = [];
  for (const [number, batch] of sizes.entries()) {
    seen.push(await eager.step(tinyBatch(number, { ...SMALL, batch })));
  }
  seen.push(await eager.finish());
  // Not waited for: every step is given before the report of the first one is there.
  const reports = sizes.map((batch, number) =>
    captured.step(tinyBatch(number, { ...SMALL, batch }))
  );
  reports.push(captured.finish());
  assertEquals(await Promise.all(reports), seen);
  assertEquals(await captured.parameters.values(), await eager.parameters.values());
});

Deno.test("Trainer replays a step with few calls, and one wait", async () => {
  using trainer = make(gpu, SMALL);
  await train(trainer, 2);
  const before = gpu.counts;
  await train(trainer, 6);
  const { dispatches, submissions, reads } = gpu.counts;
  const perStep = (dispatches - before.dispatches) / 4;
  assert(Number.isInteger(perStep) && perStep > 20);
  assertEquals(reads - before.reads, 4);
  assert(submissions - before.submissions <= 4 * (1 + Math.ceil(perStep / 128)));
});

Deno.test("Trainer refuses labels and pixels that do not fit", () => {
  using trainer = make(gpu, SMALL);
  const batch = tinyBatch(0, trainer.configuration);
  const labels = batch.labels.with(3, IDENTITIES.length);
  assertThrows(
    () => trainer.step({ ...batch, labels }),
    RangeError,
    "The label 5 of sample 3 is not below the 5 classes.",
  );
  assertThrows(
    () => trainer.step({ ...batch, pixels: batch.pixels.slice(1) }),
    RangeError,
    "3071 bytes are not whole RGB images of 16×16 pixels",
  );
});

Deno.test("Trainer takes no more memory over 50 steps, and reads once a step", async () => {
  using trainer = make(gpu, SMALL);
  await train(trainer, 2);
  const before = gpu.memory;
  const { reads } = gpu.counts;
  await train(trainer, 52);
  const { allocatedBytes, usedBytes, buffers } = gpu.memory;
  assertEquals(
    { allocatedBytes, usedBytes, buffers },
    {
      allocatedBytes: before.allocatedBytes,
      usedBytes: before.usedBytes,
      buffers: before.buffers,
    },
  );
  assert(gpu.counts.reads - reads <= 50, `${gpu.counts.reads - reads} reads`);
});

Deno.test("Trainer gives all of its memory back", async () => {
  {
    using trainer = make(gpu, SMALL);
    await train(trainer, 2);
    await trainer.checkpoint();
  }
  assertEquals(gpu.memory.usedBytes, 0);
  gpu.trim();
  assertEquals([gpu.memory.allocatedBytes, gpu.memory.buffers], [0, 0]);
});

Deno.test("Trainer takes at most 3.1 times its parameters and 14 MB an image for SphereNet-20", async () => {
  using own = await Gpu.request(); // whose peak no other test has raised
  const size = { height: 112, width: 96 };
  const batch = 8; // with less, what Winograd's transforms need counts for more
  using trainer = new Trainer(own, tinyConfiguration({ net: "20", size, batch }), IDENTITIES);
  const parameters = 4 * (trainer.net.counts.trainable + IDENTITIES.length * 512);
  await trainer.step(tinyBatch(batch, trainer.configuration));
  await trainer.finish();
  const { peakBytes } = own.memory;
  const most = 3.1 * parameters + 14e6 * batch;
  assert(peakBytes <= most, `${peakBytes} bytes; at most ${most}`);
});
