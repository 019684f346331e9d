/** `verify`: whether two aligned face crops show the same person. */

import { anglesOfCosines } from "../evaluate/features.ts";
import { Gpu } from "../gpu/gpu.ts";
import { Embedder } from "../sphereface/embedder.ts";
import { cropFeatures, embeddings } from "./crop_features.ts";
import { openModel } from "./model_file.ts";
import { type CommandSpec, Options } from "./options.ts";
import { requireFiles } from "./image_paths.ts";
import { useTuning } from "./tuning/tuning_files.ts";

const VERIFY: CommandSpec = {
  usage: "deno task verify --model MODEL A B [--threshold X] [--json]",
  summary:
    "Prints the cosine between the embeddings of two aligned face crops and, given a threshold, whether\n" +
    "they show the same person. No threshold fits every model: `deno task evaluate pairs` prints one for\n" +
    "yours. The exit code is 0 whatever the answer, and 1 where there is none.",
  options: {
    model: { value: "MODEL", help: "a model.safetensors, or the folder of a run" },
    threshold: { value: "X", help: "cosine above which it is the same person, -1 to 1" },
    json: { help: "one line of JSON on standard output" },
  },
};

/** Runs the command. */
export async function main(args: string[]): Promise<number> {
  const options = Options.parse(VERIFY, args);
  if (options === null) return 0;
  const threshold = options.number("threshold", -1);
  if (threshold !== undefined && threshold > 1) {
    throw new RangeError(`--threshold is a cosine, from -1 to 1, not ${threshold}.`);
  }
  if (options.positional.length !== 2) {
    throw new TypeError(`verify takes two images, not ${options.positional.length}; see --help.`);
  }
  const { model } = await openModel(options.required("model"));
  await requireFiles(options.positional);
  using gpu = await Gpu.request();
  await useTuning(gpu);
  using embedder = new Embedder(gpu, model);
  const { features } = await cropFeatures(options.positional, embeddings(embedder));
  const cosine = embedder.similarity(features, 0, 1);
  const angle = anglesOfCosines([cosine])[0]!;
  const same = threshold === undefined ? null : cosine > threshold;
  console.log(
    options.flag("json")
      ? JSON.stringify({ cosine, angle, threshold: threshold ?? null, same })
      : `cosine ${cosine.toFixed(4)} (${angle.toFixed(1)}°)\n${verdict(same, threshold)}`,
  );
  return 0;
}

function verdict(same: boolean | null, threshold: number | undefined): string {
  if (same === null) {
    return "No decision without a threshold: `deno task evaluate pairs` prints the one that suits a\n" +
      "model best on pairs of faces whose answer you know; give it by --threshold.";
  }
  return same
    ? `the same person: above the threshold ${threshold}`
    : `two people: not above the threshold ${threshold}`;
}
