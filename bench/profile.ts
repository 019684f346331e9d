/**
 * Where a training step's time goes: records the dispatches of one step, then times each distinct one by
 * itself, many in a row. The order of the table is the order of what is worth making faster.
 *
 *     deno run bench/profile.ts [--net 20] [--batch 8] [--size 112x96] [--milliseconds 60]
 */
import { parseArgs } from "@std/cli";
import type { Resource, Slice } from "../src/gpu/buffers.ts";
import { Gpu } from "../src/gpu/gpu.ts";
import type { Kernel } from "../src/gpu/kernel.ts";
import type { StepWords } from "../src/gpu/step_number.ts";
import type { Workgroups } from "../src/gpu/stream.ts";
import { isNetName } from "../src/sphereface/table2.ts";
import { CLASSES } from "./cases/head.ts";
import { Clock } from "./clock.ts";
import { peaksOf } from "./peak.ts";
import { SphereNetStep } from "./spherenet_step.ts";
import { median } from "./timing.ts";

/** A command of the step, and how often it occurs. */
interface Command {
  readonly label: string;
  readonly gflop: number;
  readonly replay: () => void;
  count: number;
}

/** A GPU that remembers what it was told. */
class RecordingGpu extends Gpu {
  /** Distinct commands since recording began; null while it has not. */
  recorded: Map<string, Command> | null = null;

  override dispatch(
    kernel: Kernel,
    resources: readonly Resource[],
    workgroups: Workgroups,
    uniforms?: Uint32Array,
    stepWords?: StepWords,
  ): void {
    super.dispatch(kernel, resources, workgroups, uniforms, stepWords);
    const words = uniforms?.slice() ?? new Uint32Array();
    const { label, gflop } = describe(kernel.name, words, workgroups);
    const replay = () => super.dispatch(kernel, resources, workgroups, words, stepWords);
    this.#note(`${kernel.name}|${workgroups}|${words}`, label, gflop, replay);
  }

  override copy(from: Slice, to: Slice): void {
    super.copy(from, to);
    this.#note(`copy|${from.size}`, `copy ${from.size} bytes`, 0, () => super.copy(from, to));
  }

  override clear(slice: Slice): void {
    super.clear(slice);
    const label = `clear ${slice.size} bytes`;
    this.#note(label, label, 0, () => super.clear(slice));
  }

  #note(key: string, label: string, gflop: number, replay: () => void): void {
    const known = this.recorded?.get(key);
    if (known !== undefined) known.count++;
    else this.recorded?.set(key, { label, gflop, replay, count: 1 });
  }
}

/** Extents and operations of a dispatch, from the uniform block of its kernel. */
function describe(
  name: string,
  words: Uint32Array,
  workgroups: Workgroups,
): { label: string; gflop: number } {
  const short = name.replace(/\(.*/, "") + (name.includes("HAS_RESIDUAL=true") ? " residual" : "");
  if (short.startsWith("conv ")) {
    const [batch, height, width, from, outHeight, outWidth, to, rows, cols, stride] = words;
    return {
      label: `${short}, ${from}→${to} ${rows}×${cols}/${stride} ${height}×${width}`,
      gflop: 2 * batch! * outHeight! * outWidth! * to! * rows! * cols! * from! / 1e9,
    };
  }
  if (short.startsWith("matmul ")) {
    const [rows, cols, depth] = words;
    return {
      label: `${short}, ${rows}×${depth}·${depth}×${cols}`,
      gflop: 2 * rows! * cols! * depth! / 1e9,
    };
  }
  if (short.startsWith("panels ")) {
    const [rows, cols, depth] = words;
    const layers = workgroups[2] ?? 1;
    return {
      label: `${short}, ${layers} of ${rows}×${depth}·${depth}×${cols}`,
      gflop: 2 * layers * rows! * cols! * depth! / 1e9,
    };
  }
  return { label: `${short}, ${workgroups.join("×")} workgroups`, gflop: 0 };
}

/** Milliseconds of one run, among as many in a row as take so long together. */
async function alone(clock: Clock, run: () => void, milliseconds: number): Promise<number> {
  const once = await clock.time(run, 1);
  const repeats = Math.max(2, Math.min(2000, Math.ceil(milliseconds / once)));
  return await clock.time(run, repeats) / repeats;
}

const args = parseArgs(Deno.args, {
  string: ["net", "batch", "size", "milliseconds"],
  default: { net: "20", batch: "8", size: "112x96", milliseconds: "60" },
});
const [height, width] = args.size.split("x").map(Number);
if (!isNetName(args.net) || !height || !width) {
  throw new RangeError(`There is no SphereNet-${args.net} for images of ${args.size}.`);
}
using plain = await Gpu.request();
const gpu = new RecordingGpu(plain.device, plain.adapter);
const peak = peaksOf(gpu).GFLOP;
const clock = await Clock.open(gpu, peak.run);
const batch = Number(args.batch);
const extents = { net: args.net, size: { height, width }, batch, classes: CLASSES };
using step = new SphereNetStep(gpu, extents);
const run = () => step.run()[Symbol.dispose]();
await clock.time(run, 1); // compiles the kernels
const recorded = gpu.recorded = new Map<string, Command>();
await clock.time(run, 1);
gpu.recorded = null;
const whole = median([
  await clock.time(run, 1),
  await clock.time(run, 1),
  await clock.time(run, 1),
]);

const rows: { command: Command; each: number; total: number }[] = [];
for (const command of recorded.values()) {
  const each = await alone(
    clock,
    command.replay,
    Math.max(clock.sample, Number(args.milliseconds)),
  );
  rows.push({ command, each, total: each * command.count });
}
rows.sort((a, b) => b.total - a.total);
const sum = rows.reduce((total, row) => total + row.total, 0);
const most = peak.amount / await alone(clock, peak.run, 200) * 1000;
console.log(`SphereNet-${args.net}, ${args.size}, batch ${batch}, ${gpu.adapter.name}`);
console.log(`${clock.kind}; the adapter's peak: ${most.toFixed(1)} GFLOP/s`);
console.log(`a step ${whole.toFixed(0)} ms, its commands by themselves ${sum.toFixed(0)} ms\n`);
console.log("   ms  share  times   ms each  GFLOP/s  command");
for (const { command: { label, gflop, count }, each, total } of rows) {
  console.log([
    total.toFixed(1).padStart(5),
    `${(100 * total / sum).toFixed(1)}%`.padStart(6),
    `${count}×`.padStart(6),
    each.toFixed(2).padStart(9),
    (gflop > 0 ? (gflop / each * 1000).toFixed(2) : "").padStart(8),
    label,
  ].join(" "));
}
