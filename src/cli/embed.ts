/** `embed`: from aligned face crops to a file of embeddings. */

import type { ElementType } from "../gpu/element_type.ts";
import { Gpu } from "../gpu/gpu.ts";
import { formatSize } from "../sphereface/configuration.ts";
import { Embedder } from "../sphereface/embedder.ts";
import { REPRESENTATION } from "../sphereface/embedding.ts";
import { describeBroken, embeddings, type Extractor, streamCropFeatures } from "./crop_features.ts";
import { type BrokenCrop, type CropSource, namesOf } from "./crops.ts";
import { type EmbeddingsContents, EmbeddingsFile, requireNoPart } from "./embeddings_file.ts";
import { openCropSource } from "./crop_source.ts";
import { INTERRUPTED, Interruption } from "./interruption.ts";
import { describeModel, type ModelFile, openModel } from "./model_file.ts";
import { type CommandSpec, Options } from "./options.ts";
import { useTuning } from "./tuning/tuning_files.ts";
import { PRECISION_OPTION, PRECISIONS, requirePrecision } from "./precision.ts";
import { requireWritable } from "./write_whole.ts";

const EMBED: CommandSpec = {
  usage: "deno task embed --model MODEL FILE|DIR... --out FILE [OPTIONS]",
  summary:
    "Writes the embeddings of aligned face crops as a safetensors file: `features` [images, 1024],\n" +
    "not normalised, to be compared by cosine, and in the metadata `names`, the images' paths, one a\n" +
    "line. Folders are searched for JPEG and PNG files, folders within them too; or one set is given, a\n" +
    "RecordIO set, verification .bin, zip, tar or list file. Images that cannot be read are left out and\n" +
    "named. Any number of images needs the same memory. After Ctrl-C the same command with --resume\n" +
    "goes on; until all is done there is FILE.part alone.",
  options: {
    model: { value: "MODEL", help: "a model.safetensors, or the folder of a run" },
    out: { value: "FILE", help: "the file to write, such as embeddings.safetensors" },
    batch: { value: "N", help: "images that go through the net together (default: by adapter)" },
    precision: PRECISION_OPTION,
    resume: { help: "go on with FILE.part, which an interrupted run has left" },
    json: { help: "one line of JSON on standard output" },
  },
};

/** Seconds of work that a process which is killed may lose. */
const SAVE_SECONDS = 10;

/** Runs the command; broken images are an error only where no other is left. */
export async function main(args: string[]): Promise<number> {
  const options = Options.parse(EMBED, args);
  if (options === null) return 0;
  const batch = options.integer("batch", 1);
  const out = options.required("out");
  const resume = options.flag("resume");
  const precision = options.choice("precision", PRECISIONS);
  const model = await openModel(options.required("model"));
  if (options.positional.length === 0) {
    throw new TypeError("embed needs images, or folders of images, as arguments; see --help.");
  }
  using opened = await openCropSource(options.positional);
  for (const remark of opened.remarks) console.error(remark);
  const { source } = opened;
  const paths = namesOf(source);
  requireNames(paths);
  using interruption = new Interruption();
  if (!resume) {
    await requireNoPart(out);
    await requireWritable(out);
  }
  console.error(`${describeModel(model)}: ${paths.length} images`);
  using gpu = await Gpu.request();
  await requirePrecision(gpu, precision ?? "f32");
  await useTuning(gpu);
  using embedder = new Embedder(gpu, model.model, { precision });
  const contents = contentsOf(model, paths, precision);
  using file = await EmbeddingsFile.open(out, contents, resume);
  if (resume) console.error(`Going on after ${file.done} images.`);
  await writeEmbeddings(source, embeddings(embedder, batch), file, interruption);
  if (interruption.asked) {
    console.error(
      `Interrupted after ${file.done} of ${paths.length} images. ` +
        "To go on: the same command with --resume.",
    );
    return INTERRUPTED;
  }
  const skipped = file.skipped.map(({ file, reason }) => ({ file, reason }));
  if (skipped.length > 0) console.error(describeBroken(skipped, paths.length));
  console.error(`Wrote the embeddings of ${file.rows} images to ${out}.`);
  if (options.flag("json")) {
    console.log(JSON.stringify({ file: out, images: file.rows, skipped }));
  }
  return 0;
}

/**
 * Embeds the images that a file still lacks, and puts it in its place, unless it is interrupted: then the file
 * can be gone on with, and after an error as far as it was saved.
 *
 * @throws {Error} naming all images, if none of them can be used.
 */
export async function writeEmbeddings(
  source: CropSource,
  extractor: Extractor,
  file: EmbeddingsFile,
  interruption: { readonly asked: boolean } = { asked: false },
): Promise<void> {
  const paths = namesOf(source);
  let saved = file.done;
  let savedAt = performance.now();
  const onBroken = (broken: BrokenCrop, index: number) => file.skip({ ...broken, index });
  const options = { first: file.done, complete: false, onBroken };
  try {
    for await (const { index, feature } of streamCropFeatures(source, extractor, options)) {
      await file.append(feature, index);
      if (!interruption.asked && performance.now() - savedAt < 1000 * SAVE_SECONDS) continue;
      await file.save();
      saved = file.done;
      if (interruption.asked) return;
      savedAt = performance.now();
    }
    if (file.rows === 0) throw new Error(describeBroken(file.skipped, paths.length));
    await file.finish();
  } catch (error) {
    if (saved === 0) await file.discard();
    else console.error(`${saved} of ${paths.length} images are done; --resume goes on after them.`);
    throw error;
  }
}

function requireNames(paths: readonly string[]): void {
  const bad = paths.find((path) => /[\r\n]/.test(path));
  if (bad !== undefined) {
    throw new Error(
      `${
        JSON.stringify(bad)
      } has a line break in its name, and names are kept one a line; rename it.`,
    );
  }
}

function contentsOf(
  { path, model }: ModelFile,
  paths: readonly string[],
  precision: ElementType = "f32",
): EmbeddingsContents {
  const { net, size, configuration } = model;
  return {
    paths,
    dim: REPRESENTATION,
    metadata: {
      format: "spheregrad embeddings 1",
      representation: "embedding of the image, then of its mirror; not normalised; cosine",
      model: path,
      net,
      size: formatSize(size),
      ...(precision === "f16" && { precision }), // f32 as files from before have it
      ...(configuration && { configuration: JSON.stringify(configuration) }),
    },
    weights: model.weights.values(),
  };
}
