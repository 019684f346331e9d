/**
 * The first training step of a process, on noise: what `first_use.ts` starts. Prints one line of JSON when the
 * step's loss has arrived: milliseconds since the process started until each part was done.
 *
 *     deno run bench/first_step.ts [--net 20] [--size 112x96] [--batch 8] [--identities 64]
 */
import { parseArgs } from "@std/cli/parse-args";
import { compileStepAhead } from "../src/cli/tuning/compile_ahead.ts";
import { Gpu } from "../src/gpu/gpu.ts";
import { parseNet, parseSize } from "../src/sphereface/configuration.ts";
import { Trainer } from "../src/sphereface/trainer.ts";
import { noiseBatch, noiseConfiguration, noiseIdentities, type NoiseRun } from "./noise_run.ts";

const loaded = performance.now();
const args = parseArgs(Deno.args, {
  string: ["net", "size", "batch", "identities"],
  default: { net: "20", size: "112x96", batch: "8", identities: "64" },
});
const run: NoiseRun = {
  net: parseNet(args.net),
  size: parseSize(args.size),
  batch: Number(args.batch),
  identities: Number(args.identities),
  steps: 1,
};
using gpu = await Gpu.request();
const device = performance.now();
const configuration = noiseConfiguration(run);
using _ahead = compileStepAhead(gpu, configuration, run.identities);
using trainer = new Trainer(gpu, configuration, noiseIdentities(run));
const weights = performance.now();
await trainer.step(noiseBatch(run, 0));
const { loss } = (await trainer.finish())!;
const step = performance.now();
console.log(JSON.stringify({ loss, loaded, device, weights, step }));
