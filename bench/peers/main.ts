/**
 * `deno task bench:peers`: the same work on spheregrad and on other engines, in turns, with a table of
 * ratios at the end.
 *
 *     --only KIND,…      matmul, conv, forward, step, detect; all if left out
 *     --engines NAME,…   tfjs, jax-js, ort-1, ort-2 (onnxruntime-web with 1 and 2 threads), pytorch,
 *                        pytorch-cuda; all but the last if left out
 *     --repeats N        runs that each median is taken of (3)
 *     --batch N,…        images: the first in convolutions and forward passes (8), each in a step (8,32)
 *     --peer-batch N     images in a step of the other engines in JavaScript, which take long (2)
 *     --net N            the net of forward pass and step (20)
 *     --match TEXT       only convolutions described so, such as 64→64 or "weight gradient"
 *     --out FILE         where the tables go (bench/RESULTS.md); figures for other work, and for other
 *                        adapters, stay there
 *
 * Detection takes the faces and weights of ../shared; without them it is left out. What cannot be loaded, such as PyTorch where python3 has none, is told about and left out.
 */
import { cpus } from "node:os";
import config from "../../deno.json" with { type: "json" };
import { Gpu } from "../../src/gpu/gpu.ts";
import { type Kind, KINDS, type Outcome, titleOf } from "./compare.ts";
import { compareConv } from "./compare_conv.ts";
import { compareDetect } from "./compare_detect.ts";
import { compareForward } from "./compare_forward.ts";
import { compareMatmul } from "./compare_matmul.ts";
import { compareStep } from "./compare_step.ts";
import type { Contender } from "./contender.ts";
import { loadEngines } from "./engines.ts";
import { type Options, optionsOf } from "./options.ts";
import { ratioTable, tableOf } from "./results.ts";
import { ResultsFile, type Setting } from "./results_file.ts";
import { spheregrad } from "./spheregrad.ts";

function settingOf(gpu: Gpu, repeats: number): Setting {
  const processors = cpus();
  const { os, arch } = Deno.build;
  return {
    adapter: gpu.adapter.name,
    machine: `${processors[0]?.model ?? "unknown CPU"}, ${processors.length} cores, ${os} ${arch}`,
    runtime: `Deno ${Deno.version.deno}`,
    date: new Date().toISOString().slice(0, 10),
    repeats,
  };
}

function optionsOrExit(): Options {
  try {
    return optionsOf(Deno.args);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    console.error(error.message);
    Deno.exit(2);
  }
}

/** Does one kind of work on all engines, and hands over each outcome as soon as there is one. */
async function compare(
  kind: Kind,
  contenders: readonly Contender[],
  options: Options,
  onOutcome: (outcome: Outcome) => Promise<void>,
): Promise<void> {
  if (kind === "matmul") await onOutcome(await compareMatmul(contenders, options.repeats));
  if (kind === "conv") await compareConv(contenders, options, onOutcome);
  if (kind === "forward") await onOutcome(await compareForward(contenders, options));
  if (kind === "detect") {
    const outcome = await compareDetect(gpu, contenders, options.repeats);
    if (outcome !== null) await onOutcome(outcome);
  }
  if (kind !== "step") return;
  for (const batch of options.stepBatches) {
    await onOutcome(await compareStep(contenders, { ...options, batch }));
  }
}

const options = optionsOrExit();
using gpu = await Gpu.request();
const setting = settingOf(gpu, options.repeats);
const file = new ResultsFile(options.out);
const others = await loadEngines(options.engines, options.kinds);
const contenders = [spheregrad(gpu, config.version), ...others];
console.log(`${contenders.map(titleOf).join(", ")}; adapter ${gpu.adapter.name}`);
const outcomes: Outcome[] = [];
for (const kind of KINDS.filter((kind) => options.kinds.includes(kind))) {
  await compare(kind, contenders, options, async (outcome) => {
    outcomes.push(outcome);
    await file.add([{ ...outcome, setting }]);
  });
}
for (const contender of contenders) contender[Symbol.dispose]();
for (const [kind, some] of Map.groupBy(outcomes, ({ kind }) => kind)) {
  console.log(`\n${tableOf(kind, some)}`);
}
console.log(`\n${ratioTable(outcomes)}\n\nWritten to ${options.out}.`);
