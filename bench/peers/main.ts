/**
 * `deno task bench:peers`: the same work on spheregrad and on other engines, in turns, with a table of
 * ratios at the end.
 *
 *     --only matmul|step   one kind of work; both if left out
 *     --repeats N          runs that each median is taken of (3)
 *     --batch N            images in a training step (8)
 *     --peer-batch N       images in a step of the other engines, where theirs takes too long (as --batch)
 *     --net N              the net of the step (20)
 *     --out FILE           where the table goes (bench/RESULTS.md)
 */
import { parseArgs } from "@std/cli";
import { cpus } from "node:os";
import config from "../../deno.json" with { type: "json" };
import { Gpu } from "../../src/gpu/gpu.ts";
import { isNetName, type NetName } from "../../src/sphereface/table2.ts";
import type { Outcome } from "./compare.ts";
import { compareMatmul } from "./compare_matmul.ts";
import { compareStep } from "./compare_step.ts";
import { pageOf, type Setting, tableOf } from "./results.ts";
import { spheregrad } from "./spheregrad.ts";
import { tensorflow } from "./tensorflow.ts";
import { loadTensorFlow } from "./tensorflow_api.ts";

interface Options {
  readonly only: string | undefined;
  readonly repeats: number;
  readonly batch: number;
  readonly peerBatch: number;
  readonly net: NetName;
  readonly out: string;
}

function optionsOf(words: string[]): Options {
  const args = parseArgs(words, {
    string: ["only", "repeats", "batch", "peer-batch", "net", "out"],
    default: { repeats: "3", batch: "8", net: "20", out: "bench/RESULTS.md" },
  });
  const { only, net, out } = args;
  if (only !== undefined && only !== "matmul" && only !== "step") {
    throw new RangeError(`--only takes matmul or step, not "${only}".`);
  }
  if (!isNetName(net)) throw new RangeError(`There is no SphereNet-${net}.`);
  return {
    only,
    net,
    out,
    repeats: count("repeats", args.repeats),
    batch: count("batch", args.batch),
    peerBatch: count("peer-batch", args["peer-batch"] ?? args.batch),
  };
}

function count(name: string, value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  throw new RangeError(`--${name} takes a positive whole number, not "${value}".`);
}

function settingOf(gpu: Gpu, repeats: number, outcomes: readonly Outcome[]): Setting {
  const processors = cpus();
  const { os, arch } = Deno.build;
  return {
    machine: `${processors[0]?.model ?? "unknown CPU"}, ${processors.length} cores, ${os} ${arch}`,
    adapter: gpu.adapter.name,
    runtime: `Deno ${Deno.version.deno}`,
    date: new Date().toISOString().slice(0, 10),
    repeats,
    agreement: outcomes.map(({ agreement }) => agreement),
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

const options = optionsOrExit();
using gpu = await Gpu.request();
const contenders = [spheregrad(gpu, config.version), tensorflow(await loadTensorFlow())];
console.log(`${contenders.map(({ name }) => name).join(", ")} on ${gpu.adapter.name}`);
const outcomes: Outcome[] = [];
if (options.only !== "step") outcomes.push(await compareMatmul(contenders, options.repeats));
if (options.only !== "matmul") outcomes.push(await compareStep(contenders, options));
const rows = outcomes.flatMap((outcome) => outcome.rows);
await Deno.writeTextFile(options.out, pageOf(rows, settingOf(gpu, options.repeats, outcomes)));
console.log(`\n${tableOf(rows)}\n\nWritten to ${options.out}.`);
