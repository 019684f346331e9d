/**
 * Where a training step's time goes: records the dispatches of one step, then times each distinct one by
 * itself, many in a row. The order of the table is the order of what is worth making faster.
 *
 *     deno run bench/profile.ts [--net 20] [--batch 8] [--size 112x96] [--milliseconds 150]
 */
import { parseArgs } from "@std/cli";
import type { Slice } from "../src/gpu/buffers.ts";
import { Gpu } from "../src/gpu/gpu.ts";
import type { Kernel } from "../src/gpu/kernel.ts";
import type { Workgroups } from "../src/gpu/stream.ts";
import { isNetName } from "../src/sphereface/table2.ts";
import { CLASSES } from "./cases/head.ts";
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
    slices: readonly Slice[],
    workgroups: Workgroups,
    uniforms?: Uint32Array,
  ): void {
    super.dispatch(kernel, slices, workgroups, uniforms);
    const words = uniforms?.slice() ?? new Uint32Array();
    const { label, gflop } = describe(kernel.name, words, workgroups);
    const replay = () => super.dispatch(kernel, slices, workgroups, words);
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
  return { label: `${short}, ${workgroups.join("×")} workgroups`, gflop: 0 };
}

async function timeOf(gpu: Gpu, run: () => void, repeats: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) run();
  await gpu.finish();
  return performance.now() - start;
}

/** Milliseconds of one run: enough of them in a row that the wait at the end disappears. */
async function alone(gpu: Gpu, run: () => void, milliseconds: number): Promise<number> {
  const once = await timeOf(gpu, run, 1);
  const repeats = Math.min(200, Math.max(2, Math.ceil(milliseconds / once)));
  const first = await timeOf(gpu, run, repeats);
  // The first guess contains the wait; where that was most of it, repeat more.
  const more = Math.min(2000, Math.ceil(repeats * milliseconds / first));
  return more <= repeats ? first / repeats : await timeOf(gpu, run, more) / more;
}

const args = parseArgs(Deno.args, {
  string: ["net", "batch", "size", "milliseconds"],
  default: { net: "20", batch: "8", size: "112x96", milliseconds: "150" },
});
const [height, width] = args.size.split("x").map(Number);
if (!isNetName(args.net) || !height || !width) {
  throw new RangeError(`There is no SphereNet-${args.net} for images of ${args.size}.`);
}
using plain = await Gpu.request();
const gpu = new RecordingGpu(plain.device, plain.adapter);
const batch = Number(args.batch);
const extents = { net: args.net, size: { height, width }, batch, classes: CLASSES };
using step = new SphereNetStep(gpu, extents);
const run = () => step.run()[Symbol.dispose]();
await timeOf(gpu, run, 1); // compiles the kernels
const recorded = gpu.recorded = new Map<string, Command>();
await timeOf(gpu, run, 1);
gpu.recorded = null;
const whole = median([
  await timeOf(gpu, run, 1),
  await timeOf(gpu, run, 1),
  await timeOf(gpu, run, 1),
]);

const rows: { command: Command; each: number; total: number }[] = [];
for (const command of recorded.values()) {
  const each = await alone(gpu, command.replay, Number(args.milliseconds));
  rows.push({ command, each, total: each * command.count });
}
rows.sort((a, b) => b.total - a.total);
const sum = rows.reduce((total, row) => total + row.total, 0);
console.log(`SphereNet-${args.net}, ${args.size}, batch ${batch}, ${gpu.adapter.name}`);
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
