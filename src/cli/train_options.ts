/** The options of `train`, and the configuration that they make. */

import { annealedBy, RELEASED_ANNEALING } from "../heads/annealing.ts";
import {
  formatSize,
  HEADS,
  parseNet,
  parseSize,
  type TrainingConfiguration,
} from "../sphereface/configuration.ts";
import { ALIGNMENT_WEIGHTS } from "./alignment.ts";
import { EXCLUDE_OPTION, parseExclude } from "./exclusions.ts";
import { PRECISIONS } from "./precision.ts";
import type { CommandSpec, Options } from "./options.ts";

/** `train` as `--help` shows it. */
export const TRAIN: CommandSpec = {
  usage: "deno task train [--data SET] [OPTIONS]",
  summary:
    "Trains a SphereNet on a set of aligned faces, such as a folder (identity/image.jpg), or on\n" +
    "synthetic faces. Leaves model.safetensors, metrics.jsonl, checkpoint.safetensors and report.html.",
  options: {
    data: {
      value: "SET",
      help:
        "folder of identity folders, list file, RecordIO set, zip or tar; or `synthetic` (default)",
    },
    net: { value: "NET", help: "4, 10, 20, 36, 64 or 64-caffe (default 4)" },
    head: { value: "HEAD", help: "softmax, modified or asoftmax (default)" },
    margin: { value: "M", help: "m of A-Softmax, 1 to 4 (default 4)" },
    gradient: { value: "STYLE", help: "exact (default) or caffe, the released layer's" },
    size: {
      value: "HxW",
      help: "size of the crops, such as 112x96 (default 56x48; synthetic 48x40)",
    },
    batch: { value: "N", help: "images in a batch (default 64; synthetic 32)" },
    accumulate: { value: "N", help: "batches in a step, as if they were one (default 1)" },
    recompute: {
      help: "compute activations again in the backward pass: less memory, more time",
    },
    precision: {
      value: "TYPE",
      help: "f32 (default), or f16 for feature maps: about half the memory, if the adapter can",
    },
    iterations: {
      value: "N",
      help: "iterations (default 1200; synthetic 400); 0 leaves an untrained model",
    },
    lr: { value: "X", help: "learning rate at the start (default 0.05)" },
    "lr-steps": {
      value: "A,B",
      help: "iterations at which it falls to a tenth (default 60 % and 85 %)",
    },
    momentum: { value: "X", help: "momentum (default 0.9)" },
    "weight-decay": { value: "X", help: "weight decay (default 0.0005)" },
    update: { value: "RULE", help: "caffe (default) or pytorch form of the update" },
    "lambda-base": { value: "X", help: "λ at the start (default 1000)" },
    "lambda-min": { value: "X", help: "λ in the end (default 5)" },
    "lambda-power": { value: "X", help: "exponent of λ's fall (default 1)" },
    "lambda-gamma": { value: "X", help: "speed of λ's fall (default: at the end by 60 %)" },
    "no-flip": { help: "never mirror images" },
    jitter: {
      value: "N",
      help:
        "read images N rows and columns larger and train on random parts, such as 4 (default 0)",
    },
    cache: { value: "DIR", help: "keep decoded crops in DIR, for later runs on the same images" },
    "cache-limit": { value: "GIB", help: "the most that DIR may hold, in GiB (default 64)" },
    root: { value: "DIR", help: "where the paths of a list file begin (default: its folder)" },
    seed: { value: "N", help: "seed of weights, batches and held-out identities (default 0)" },
    holdout: { value: "N", help: "identities kept out to verify on (default 0; synthetic 40)" },
    "min-images": { value: "N", help: "leave identities with fewer images out (default 1)" },
    exclude: EXCLUDE_OPTION,
    weights: ALIGNMENT_WEIGHTS,
    identities: { value: "N", help: "synthetic identities, held-out ones included (default 200)" },
    images: { value: "N", help: "images of each synthetic identity (default 20)" },
    out: { value: "DIR", help: "where the run is written (default runs/NAME)" },
    "checkpoint-every": { value: "N", help: "iterations between checkpoints (default 200)" },
    "no-tune": { help: "measure no kernels, and leave aside what was measured on this machine" },
    resume: { help: "go on from the checkpoint in --out" },
    json: { help: "one line of JSON on standard output at the end" },
  },
};

/** Where each setting of a run stands in the configuration, for comparing it with a checkpoint's. */
const SETTINGS: Readonly<Record<string, readonly string[]>> = {
  data: ["data"],
  net: ["net"],
  head: ["head"],
  margin: ["margin"],
  gradient: ["gradient"],
  size: ["size"],
  batch: ["batch"],
  accumulate: ["accumulate"],
  precision: ["precision"],
  iterations: ["iterations"],
  lr: ["schedule", "base"],
  "lr-steps": ["schedule", "steps"],
  momentum: ["momentum"],
  "weight-decay": ["weightDecay"],
  update: ["update"],
  "lambda-base": ["annealing", "base"],
  "lambda-min": ["annealing", "minimum"],
  "lambda-power": ["annealing", "power"],
  "lambda-gamma": ["annealing", "gamma"],
  "no-flip": ["flip"],
  jitter: ["jitter"],
  root: ["root"],
  seed: ["seed"],
  holdout: ["holdout"],
  "min-images": ["minImages"],
  exclude: ["exclude"],
  identities: ["syntheticIdentities"],
  images: ["syntheticImages"],
};

/** Settings that were given and differ from a checkpoint's, as `--name: checkpoint's, given`. */
export function conflicts(
  options: Options,
  asked: TrainingConfiguration,
  checkpoint: TrainingConfiguration,
): string[] {
  return Object.entries(SETTINGS).flatMap(([name, path]) => {
    if (!options.has(name)) return [];
    const [theirs, ours] = [at(checkpoint, path), at(asked, path)];
    return theirs === ours ? [] : [`--${name}: ${theirs}, ${ours}`];
  });
}

function at(configuration: TrainingConfiguration, path: readonly string[]): string {
  const value = path.reduce<unknown>(
    (outer, key) => (outer as Readonly<Record<string, unknown>>)[key],
    configuration,
  );
  return value === undefined ? "none" : JSON.stringify(value);
}

const SYNTHETIC = "synthetic";

/** Whether a configuration trains on synthetic faces. */
export function isSynthetic({ data }: Pick<TrainingConfiguration, "data">): boolean {
  return data === SYNTHETIC;
}

/** The configuration that the options ask for. */
export function configurationOf(options: Options): TrainingConfiguration {
  const data = options.text("data") ?? SYNTHETIC;
  const synthetic = data === SYNTHETIC;
  for (const name of ["identities", "images"]) {
    if (options.has(name) && !synthetic) {
      throw new TypeError(
        `--${name} belongs to the synthetic set; leave it out with --data ${data}.`,
      );
    }
  }
  if (options.has("exclude") && synthetic) {
    throw new TypeError("--exclude takes a set of images; give it by --data, or leave it out.");
  }
  for (const name of ["cache", "cache-limit", "root", "weights"]) {
    if (options.has(name) && synthetic) {
      throw new TypeError(`--${name} takes a set of images; give it by --data, or leave it out.`);
    }
  }
  const root = options.text("root");
  const jitter = options.integer("jitter", 0) ?? 0;
  const exclude = parseExclude(options.text("exclude"));
  const iterations = options.integer("iterations", 0) ?? (synthetic ? 400 : 1200);
  const margin = options.integer("margin", 1) ?? 4;
  if (margin > 4) throw new RangeError(`--margin must be 1, 2, 3 or 4, not ${margin}.`);
  return {
    data,
    net: parseNet(options.text("net") ?? "4"),
    size: parseSize(options.text("size") ?? (synthetic ? "48x40" : "56x48")),
    head: options.choice("head", HEADS) ?? "asoftmax",
    margin,
    gradient: options.choice("gradient", ["exact", "caffe"]) ?? "exact",
    annealing: annealingOf(options, iterations),
    batch: options.integer("batch", 1) ?? (synthetic ? 32 : 64),
    accumulate: options.integer("accumulate", 1) ?? 1,
    recompute: options.flag("recompute"),
    precision: options.choice("precision", PRECISIONS) ?? "f32",
    iterations,
    schedule: {
      base: options.number("lr", 0) ?? 0.05,
      steps: stepsOf(options.text("lr-steps")) ??
        [Math.round(0.6 * iterations), Math.round(0.85 * iterations)],
      factor: 0.1,
    },
    momentum: options.number("momentum", 0) ?? 0.9,
    weightDecay: options.number("weight-decay", 0) ?? 5e-4,
    update: options.choice("update", ["caffe", "pytorch"]) ?? "caffe",
    flip: !options.flag("no-flip"),
    seed: options.integer("seed", 0) ?? 0,
    holdout: options.integer("holdout", 0) ?? (synthetic ? 40 : 0),
    minImages: options.integer("min-images", 1) ?? 1,
    ...(exclude.length > 0 && { exclude }),
    ...(jitter > 0 && { jitter }),
    ...(root !== undefined && { root }),
    syntheticIdentities: synthetic ? options.integer("identities", 2) ?? 200 : 0,
    syntheticImages: synthetic ? options.integer("images", 1) ?? 20 : 0,
  };
}

/** A cache of decoded crops, which is of no effect on the result and thus no setting of the run. */
export interface CacheOptions {
  /** Its folder. */
  readonly dir: string;
  /** The most bytes that it may hold. */
  readonly maxBytes?: number;
}

/** The cache that the options ask for. */
export function cacheOf(options: Options): CacheOptions | null {
  const dir = options.text("cache");
  const limit = options.number("cache-limit", 0);
  if (dir === undefined) {
    if (limit === undefined) return null;
    throw new TypeError("--cache-limit belongs to --cache; give the folder of the cache too.");
  }
  return { dir, ...(limit !== undefined && { maxBytes: limit * 2 ** 30 }) };
}

/**
 * The released constants, with λ's fall stretched or squeezed to the length of the run unless its speed is
 * given: 0.12 is meant for 28,000 iterations of 512 images.
 */
function annealingOf(options: Options, iterations: number): TrainingConfiguration["annealing"] {
  const annealing = {
    base: options.number("lambda-base", 0) ?? RELEASED_ANNEALING.base,
    gamma: options.number("lambda-gamma", 0) ?? NaN,
    power: options.number("lambda-power", 0) ?? RELEASED_ANNEALING.power,
    minimum: options.number("lambda-min", 0) ?? RELEASED_ANNEALING.minimum,
  };
  if (!Number.isNaN(annealing.gamma)) return annealing;
  if (annealing.minimum === 0) {
    throw new RangeError(
      "--lambda-min 0 is never reached; give the speed of the fall: --lambda-gamma.",
    );
  }
  return annealedBy(annealing, 0.6 * iterations);
}

function stepsOf(text: string | undefined): number[] | undefined {
  if (text === undefined) return undefined;
  const steps = text.split(",").map((part) => part.trim() === "" ? NaN : Number(part));
  if (steps.some((step) => !Number.isSafeInteger(step) || step < 0)) {
    throw new RangeError(
      `--lr-steps takes whole numbers with commas, such as 600,850, not "${text}".`,
    );
  }
  return steps;
}

/** A name for the run, such as `synthetic-net4-asoftmax4-56x48`. */
export function runName({ data, net, head, margin, size }: TrainingConfiguration): string {
  const parts = data.split(/[\\/]+/).filter((part) => part !== "" && part !== "." && part !== "..");
  const m = head === "asoftmax" ? margin : "";
  return `${parts.slice(-2).join("-")}-net${net}-${head}${m}-${formatSize(size)}`;
}
