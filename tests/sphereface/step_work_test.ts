import { assert, assertEquals } from "@std/assert";
import { Gpu } from "../../src/gpu/gpu.ts";
import { bucketOf, choicesOf, isConvWork } from "../../src/kernels/choices.ts";
import { gflopOf } from "../../src/kernels/tuner_candidates.ts";
import { stepImages, type TrainingConfiguration } from "../../src/sphereface/configuration.ts";
import { SphereNet } from "../../src/sphereface/spherenet.ts";
import {
  forwardWork,
  trainingKernels,
  trainingWork,
  type WorkSettings,
} from "../../src/sphereface/step_work.ts";
import { Trainer } from "../../src/sphereface/trainer.ts";
import { gpu } from "../support/gpu.ts";
import { IDENTITIES, tinyBatch, tinyConfiguration } from "./tiny_run.ts";

const PAPER: WorkSettings = {
  net: "20",
  size: { height: 112, width: 96 },
  head: "asoftmax",
  margin: 4,
  gradient: "exact",
  batch: 8,
  recompute: false,
  precision: "f32",
};

Deno.test("trainingWork() names every pass of every convolution, and computes nothing", () => {
  const before = { memory: gpu.memory, counts: gpu.counts };
  const works = trainingWork(gpu, PAPER, 10_572);
  assertEquals({ memory: gpu.memory, counts: gpu.counts }, before);
  const passes = (pass: string) => works.filter((work) => work.pass === pass).map(bucketOf);
  // Four convolutions with stride 2 and four with stride 1; nobody needs the gradient of the image.
  assertEquals(passes("output").length, 8);
  assertEquals(passes("weight gradient").length, 8);
  assertEquals(passes("input gradient").length, 7);
  assertEquals(passes("output")[0], "conv output 3x3/1+1 256>256 14x12 x8");
  assert(works.some((work) => !isConvWork(work)), "the dense layer");
  assert(gflopOf(works[0]!) > gflopOf(works.at(-1)!));
});

const VARIED: readonly Partial<TrainingConfiguration>[] = [
  {},
  { net: "10", head: "softmax", recompute: true, accumulate: 2 },
  ...(gpu.offersHalf ? [{ precision: "f16" } as const] : []),
];

for (const fields of VARIED) {
  Deno.test(`trainingWork() names what a training step really asks: ${JSON.stringify(fields)}`, async () => {
    const configuration = tinyConfiguration({ ...fields, size: { height: 16, width: 16 } });
    const real = new Gpu(gpu.device, gpu.adapter);
    using trainer = new Trainer(real, configuration, IDENTITIES);
    const batch = stepImages(configuration);
    trainer.step(tinyBatch(0, { ...configuration, batch }));
    await trainer.finish();
    const asked = choicesOf(real).asked.map(({ work }) => bucketOf(work));
    const works = trainingWork(gpu, configuration, IDENTITIES.length).map(bucketOf);
    assertEquals(works.toSorted(), asked.toSorted());
  });
}

/** A GPU that remembers the names of the kernels it was given. */
class NamingGpu extends Gpu {
  readonly kernels = new Set<string>();

  override dispatch(...args: Parameters<Gpu["dispatch"]>): void {
    this.kernels.add(args[0].name);
    super.dispatch(...args);
  }
}

for (const fields of VARIED) {
  Deno.test(`trainingKernels() names the kernels of a step, the last first: ${JSON.stringify(fields)}`, async () => {
    const size = { height: 16, width: 16 };
    const configuration = tinyConfiguration({ ...fields, accumulate: 1, size });
    const real = new NamingGpu(gpu.device, gpu.adapter);
    using trainer = new Trainer(real, configuration, IDENTITIES, { capture: false });
    trainer.step(tinyBatch(0, configuration));
    await trainer.finish();
    const update = /^(sgd|loss scale|elementwise)/; // compiled in no time, and left out
    const asked = [...real.kernels].filter((name) => !update.test(name));
    const named = trainingKernels(gpu, configuration, IDENTITIES.length)
      .map(({ kernel }) => kernel.name).filter((name) => !update.test(name));
    assertEquals(named.toSorted(), asked.toSorted());
    assert(named.length > 10);
    assertEquals(named.toReversed()[0], asked[0]);
  });
}

Deno.test("forwardWork() is the forward part of it", () => {
  const works = forwardWork(gpu, PAPER);
  const training = trainingWork(gpu, PAPER, 64).map(bucketOf);
  assertEquals(works.filter((work) => isConvWork(work)).length, 8);
  assert(works.every((work) => training.includes(bucketOf(work))));
  const { convolutionMacs } = new SphereNet("20", PAPER.size).counts;
  assert(gflopOf(works[0]!) < 2 * 8 * convolutionMacs / 1e9);
});
