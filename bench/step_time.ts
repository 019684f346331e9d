/**
 * What a training step costs JavaScript: encoding, submitting and setting the read of its loss up. The same
 * steps with and without capture, medians; beside it the time of whole steps and the memory.
 *
 * A submission waits for the one before on a software adapter, and mapping for all of them in Deno. That is
 * not counted: each submission counts as much as one on an idle queue, and mapping nothing.
 *
 *     deno run bench/step_time.ts [--net 20] [--batch 8] [--size 112x96] [--identities 64] [--steps 5]
 */
import { parseArgs } from "@std/cli";
import { Gpu } from "../src/gpu/gpu.ts";
import { parseNet, parseSize } from "../src/sphereface/configuration.ts";
import { Trainer } from "../src/sphereface/trainer.ts";
import { noiseBatch, noiseConfiguration, noiseIdentities, type NoiseRun } from "./noise_run.ts";
import { median } from "./timing.ts";

const args = parseArgs(Deno.args, {
  string: ["net", "batch", "size", "identities", "steps"],
  default: { net: "20", batch: "8", size: "112x96", identities: "64", steps: "5" },
});
const [batch, identities, steps] = [args.batch, args.identities, args.steps].map(Number) as [
  number,
  number,
  number,
];
const run: NoiseRun = {
  net: parseNet(args.net),
  size: parseSize(args.size),
  batch,
  identities,
  steps,
};

interface StepCost {
  readonly script: number;
  readonly wall: number;
  readonly dispatches: number;
  readonly submissions: number;
  readonly reads: number;
  readonly megabytes: number;
}

/** Steps that compile kernels, and capture. */
const FIRST_STEPS = 3;

/** Costs of steps after the first ones. */
async function measure(capture: boolean, steps: number): Promise<StepCost[]> {
  using gpu = await Gpu.request();
  using trainer = new Trainer(gpu, noiseConfiguration(run), noiseIdentities(run), { capture });
  const costs: StepCost[] = [];
  for (let number = 0; number < steps + FIRST_STEPS; number++) {
    const samples = noiseBatch(run, number);
    await gpu.finish(); // so that the first submission has nothing to wait for
    const before = gpu.counts;
    waits.submit = [];
    waits.map = 0;
    const start = performance.now();
    const report = trainer.step(samples);
    let script = performance.now() - start;
    const blocked = waits.submit.reduce((sum, time) => sum + time, waits.map);
    script += waits.submit.length * waits.submit[0]! - blocked;
    await report; // of the step before
    await gpu.finish();
    const wall = performance.now() - start;
    const { dispatches, submissions, reads } = gpu.counts;
    costs.push({
      script,
      wall,
      dispatches: dispatches - before.dispatches,
      submissions: submissions - before.submissions,
      reads: reads - before.reads,
      megabytes: gpu.memory.allocatedBytes / 1e6,
    });
  }
  await trainer.finish();
  return costs.slice(FIRST_STEPS);
}

/** Milliseconds inside of calls in which the GPU's work may be waited for. */
const waits = { submit: [] as number[], map: 0 };
const { submit } = GPUQueue.prototype;
GPUQueue.prototype.submit = function (buffers) {
  const start = performance.now();
  submit.call(this, buffers);
  waits.submit.push(performance.now() - start);
};
const { mapAsync } = GPUBuffer.prototype;
GPUBuffer.prototype.mapAsync = function (mode) {
  const start = performance.now();
  const mapped = mapAsync.call(this, mode);
  waits.map += performance.now() - start;
  return mapped;
};

/** Runs with every command there, but empty, so that a software adapter's threads are not in JavaScript's way. */
async function withoutWork<T>(run: () => Promise<T>): Promise<T> {
  const pass = GPUComputePassEncoder.prototype;
  const encoder = GPUCommandEncoder.prototype;
  const { dispatchWorkgroups } = pass;
  const { clearBuffer } = encoder;
  pass.dispatchWorkgroups = function () {
    return dispatchWorkgroups.call(this, 0, 0, 0);
  };
  encoder.clearBuffer = function (buffer, offset) {
    return clearBuffer.call(this, buffer, offset, 4);
  };
  try {
    return await run();
  } finally {
    pass.dispatchWorkgroups = dispatchWorkgroups;
    encoder.clearBuffer = clearBuffer;
  }
}

console.log(`SphereNet-${args.net}, ${args.size}, batch ${batch}, ${identities} identities`);
console.log("           JS ms  µs a dispatch  dispatches  submissions  waits  ms a step   MB");
for (const [name, capture] of [["eager", false], ["captured", true]] as const) {
  const empty = await withoutWork(() => measure(capture, 40));
  const script = median(empty.map((cost) => cost.script));
  const whole = await measure(capture, steps);
  const of = (field: keyof StepCost) => median(whole.map((cost) => cost[field]));
  console.log([
    name.padEnd(10),
    script.toFixed(2).padStart(6),
    (script / of("dispatches") * 1000).toFixed(1).padStart(14),
    `${of("dispatches")}`.padStart(11),
    `${of("submissions")}`.padStart(12),
    `${of("reads")}`.padStart(6),
    of("wall").toFixed(0).padStart(10),
    of("megabytes").toFixed(0).padStart(5),
  ].join(" "));
}
