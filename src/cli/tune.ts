/** `tune`: measures the variants of all heavy work of a net, and keeps the fastest for this machine. */

import { Gpu } from "../gpu/gpu.ts";
import { adapterKey } from "../kernels/choices.ts";
import { type Timing, tune, type TunedWork, type TuneOptions } from "../kernels/tuner.ts";
import { HEADS, parseNet, parseSize } from "../sphereface/configuration.ts";
import { trainingWork } from "../sphereface/step_work.ts";
import { type CommandSpec, Options } from "./options.ts";
import { formatSeconds, Progress } from "./progress.ts";
import { PRECISIONS, requirePrecision } from "./precision.ts";
import { shaderHash, TuningFile } from "./tuning/tuning_files.ts";
import { requireWritable, writeWhole } from "./write_whole.ts";

const TUNE: CommandSpec = {
  usage: "deno task tune [OPTIONS]",
  summary:
    "Measures every variant of the kernels on the work of a training step, which a forward pass is part\n" +
    "of, and keeps the fastest for this machine: train, embed, evaluate and verify take them up. A variant\n" +
    "that does not give what the plain one gives is dropped. Minutes on software adapters, whose choices\n" +
    "are built in; seconds on a GPU.",
  options: {
    net: { value: "NET", help: "4, 10, 20, 36, 64 or 64-caffe (default 20)" },
    size: { value: "HxW", help: "size of the crops (default 112x96)" },
    batch: { value: "N", help: "images in a batch, or several numbers with commas (default 8)" },
    head: { value: "HEAD", help: "softmax, modified or asoftmax (default)" },
    precision: { value: "TYPE", help: "f32 (default), or f16 for feature maps" },
    identities: { value: "N", help: "identities of the head (default 10572)" },
    out: { value: "FILE", help: "write the choices to a file as well, as JSON" },
  },
};

/** Runs the command; measurements are kept in `file`, and made as `how` says. */
export async function main(
  args: string[],
  file: TuningFile | null = TuningFile.here(),
  how: TuneOptions = {},
): Promise<number> {
  const options = Options.parse(TUNE, args);
  if (options === null) return 0;
  if (options.positional.length > 0) {
    throw new TypeError(`tune takes no argument "${options.positional[0]}"; see --help.`);
  }
  const settings = {
    net: parseNet(options.text("net") ?? "20"),
    size: parseSize(options.text("size") ?? "112x96"),
    head: options.choice("head", HEADS) ?? "asoftmax",
    margin: 4,
    gradient: "exact",
    recompute: false,
    precision: options.choice("precision", PRECISIONS) ?? "f32",
  } as const;
  const batches = batchesOf(options.text("batch") ?? "8");
  const identities = options.integer("identities", 2) ?? 10_572;
  const out = options.text("out");
  if (out !== undefined) await requireWritable(out);
  const obstacle = file === null ? "the environment names no cache folder" : await file.obstacle();
  if (obstacle !== null && out === undefined) {
    throw new Error(`The choices could not be kept (${obstacle}); give a place for them by --out.`);
  }
  using gpu = await Gpu.request();
  await requirePrecision(gpu, settings.precision);
  console.error(`${gpu.adapter.name} (${gpu.adapter.class})`);
  const works = batches.flatMap((batch) => trainingWork(gpu, { ...settings, batch }, identities));
  const progress = new Progress("kind of work", works.length);
  const tuned = await tune(gpu, works, {
    ...how,
    onTuned: ({ bucket }, done) => progress.update(done, bucket),
  });
  progress.end();
  console.log(tableOf(tuned));
  const variants = Object.fromEntries(tuned.map(({ bucket, chosen }) => [bucket, chosen]));
  if (obstacle === null) {
    await file!.add(gpu.adapter, variants);
    console.error(`Kept in ${file!.path} (${formatSeconds(progress.seconds)}).`);
  } else {
    console.error(`Not kept for this machine: ${obstacle}.`);
  }
  if (out !== undefined) {
    const found = { adapter: adapterKey(gpu.adapter), shaders: await shaderHash(), variants };
    await writeWhole(out, JSON.stringify(found, null, 2) + "\n");
    console.error(`Wrote ${out}.`);
  }
  return 0;
}

function batchesOf(text: string): number[] {
  const batches = text.split(",").map((part) => part.trim() === "" ? NaN : Number(part));
  if (batches.some((batch) => !Number.isSafeInteger(batch) || batch < 1)) {
    throw new RangeError(`--batch takes whole numbers with commas, such as 8,32, not "${text}".`);
  }
  return batches;
}

/** Rates of all variants, the fastest first; below, what was dropped and why. */
function tableOf(tuned: readonly TunedWork[]): string {
  const width = Math.max(...tuned.map(({ bucket }) => bucket.length));
  const lines = tuned.map((work) => `${work.bucket.padEnd(width)}  ${ratesOf(work)}`);
  const dropped = tuned.flatMap(({ bucket, timings }) =>
    timings.filter(({ milliseconds }) => milliseconds === null).map(({ variant, remark }) =>
      `${bucket}: ${variant} was dropped: ${remark}.`
    )
  );
  const legend = "GFLOP/s of each variant by the operations of the plain one; * is chosen";
  return [legend, ...lines, ...dropped].join("\n");
}

function ratesOf({ timings, gflop, chosen }: TunedWork): string {
  const timed = timings.filter((timing): timing is Timing & { milliseconds: number } =>
    timing.milliseconds !== null
  );
  return timed.sort((a, b) => a.milliseconds - b.milliseconds).map(({ variant, milliseconds }) =>
    `${variant}${variant === chosen ? "*" : ""} ${(1000 * gflop / milliseconds).toPrecision(3)}`
  ).join("  ");
}
