/** `overlap`: people who are in two sets, or in one of them twice. */

import { LEAVE_OUT } from "../data/exclusion.ts";
import { openFileSource } from "../data/sets/file_source_files.ts";
import { openImages } from "../data/sets/open_images_files.ts";
import { openFeatures } from "../data/sets/stored_features.ts";
import type { IdentityMatch, IdentityRows } from "../evaluate/overlap.ts";
import { Gpu } from "../gpu/gpu.ts";
import { Embedder } from "../sphereface/embedder.ts";
import { findOverlap } from "../sphereface/find_overlap.ts";
import { describeModel, type ModelFile, openModel } from "./model_file.ts";
import { type CommandSpec, Options } from "./options.ts";
import {
  type ComparedSet,
  type Comparison,
  COMPARISONS,
  embedSet,
  storedSet,
} from "./overlap_sets.ts";
import { PRECISION_OPTION, PRECISIONS, requirePrecision } from "./precision.ts";
import { Progress } from "./progress.ts";
import { nameSome } from "./read_input.ts";
import { useTuning } from "./tuning/tuning_files.ts";
import { requireWritable, writeWhole } from "./write_whole.ts";

const OVERLAP: CommandSpec = {
  usage: "deno task overlap A [B] [--model MODEL] [OPTIONS]",
  summary:
    "Lists identities of A and B that are likely to be the same person, or identities of A alone that are\n" +
    "one person twice. A and B are sets of aligned crops in any format, embedded by a model, or files of\n" +
    "embeddings that embed has written (.safetensors). Identities are compared by the cosine between their\n" +
    "means, or between their most alike images. Look at the matches before you believe them: the\n" +
    "threshold's default is what three of four people reach whose own images are divided in two.\n" +
    "`--csv FILE` writes a table that `train --exclude FILE` takes: its column leave_out names identities of A.",
  options: {
    model: { value: "MODEL", help: "a model.safetensors, or the folder of a run" },
    by: { value: "RULE", help: "mean (default), or best: the most alike images of two identities" },
    threshold: { value: "X", help: "least cosine of a match, -1 to 1 (default: from the sets)" },
    top: { value: "N", help: "matches that are printed (default 50; a table has all)" },
    each: { value: "N", help: "most matches of an identity of A (default 10)" },
    csv: { value: "FILE", help: "write all matches as a table, for people and for --exclude" },
    batch: { value: "N", help: "images that go through the net together (default: by adapter)" },
    precision: PRECISION_OPTION,
    json: { help: "one line of JSON on standard output" },
  },
};

/** The threshold of sets that say nothing: no identity has enough images. */
const PLAIN_THRESHOLD = 0.5;

/** A match by names. */
interface NamedMatch {
  readonly a: string;
  readonly b: string;
  readonly score: number;
  readonly imagesA: number;
  readonly imagesB: number;
  /** The identity of A that is to go. */
  readonly leaveOut: string;
}

/** Runs the command. */
export async function main(args: string[]): Promise<number> {
  const options = Options.parse(OVERLAP, args);
  if (options === null) return 0;
  const given = options.number("threshold", -1);
  if (given !== undefined && given > 1) {
    throw new RangeError(`--threshold is a cosine, from -1 to 1, not ${given}.`);
  }
  const top = options.integer("top", 1) ?? 50;
  const each = options.integer("each", 1) ?? 10;
  const csv = options.text("csv");
  const { length } = options.positional;
  if (length < 1 || length > 2) {
    throw new TypeError(`overlap takes one set or two, not ${length}; see --help.`);
  }
  if (csv !== undefined) await requireWritable(csv);
  const started = performance.now();
  using gpu = await Gpu.request();
  await useTuning(gpu);
  using sets = await openSets(gpu, options);
  const { first, second } = sets;
  for (const { rows, broken } of second === null ? [first] : [first, second]) {
    const images = Array.from(rows.images).reduce((sum, one) => sum + one, 0);
    console.error(`${rows.name}: ${images} images of ${rows.identities.length} identities`);
    if (broken.length > 0) {
      console.error(`${broken.length} images are left out:\n${nameSome(broken)}`);
    }
  }
  const threshold = given ?? defaultThreshold(first, second);
  const progress = new Progress("comparing", 100);
  const found = await findOverlap(gpu, first.rows, second?.rows ?? null, {
    threshold,
    each,
    onProgress: (done, total) => progress.update(Math.floor(100 * done / total), "%"),
  });
  progress.end();
  const matches = found.map((match) => named(match, first.rows, second?.rows ?? null));
  if (csv !== undefined) await writeWhole(csv, tableOf(matches));
  const seconds = (performance.now() - started) / 1000;
  const facts = { matches: matches.length, threshold };
  console.log(
    options.flag("json")
      ? JSON.stringify({ ...facts, seconds, top: matches.slice(0, top), table: csv })
      : textOf(matches, top, threshold),
  );
  if (csv !== undefined) console.error(`Wrote ${csv}; train --exclude ${csv} leaves them out.`);
  return 0;
}

interface OpenSets extends Disposable {
  readonly first: ComparedSet;
  readonly second: ComparedSet | null;
}

async function openSets(gpu: Gpu, options: Options): Promise<OpenSets> {
  const paths = options.positional;
  const comparison = options.choice("by", COMPARISONS) ?? "mean";
  const precision = options.choice("precision", PRECISIONS) ?? "f32";
  const batch = options.integer("batch", 1);
  const model = paths.every(isFeatures) ? null : await requiredModel(options, paths);
  await requirePrecision(gpu, precision);
  using embedder = model && new Embedder(gpu, model.model, { precision });
  if (model !== null) console.error(describeModel(model));
  const stack = new DisposableStack();
  try {
    const sets: ComparedSet[] = [];
    const makers: (string | undefined)[] = [];
    for (const path of paths) {
      if (isFeatures(path)) {
        const { set, maker } = await openStored(path, comparison, stack);
        sets.push(set);
        makers.push(maker);
        continue;
      }
      using images = await openImages(path);
      sets.push(await embedSet(images, embedder!, comparison, batch));
      makers.push(model!.path);
    }
    warnOfModels(paths, makers);
    return { first: sets[0]!, second: sets[1] ?? null, [Symbol.dispose]: () => stack.dispose() };
  } catch (error) {
    stack.dispose();
    throw error;
  }
}

async function openStored(
  path: string,
  comparison: Comparison,
  stack: DisposableStack,
): Promise<{ set: ComparedSet; maker: string | undefined }> {
  const features = await openFeatures(stack.use(await openFileSource(path)));
  return { set: await storedSet(features, comparison), maker: features.metadata["model"] };
}

function isFeatures(path: string): boolean {
  return path.endsWith(".safetensors");
}

async function requiredModel(options: Options, paths: readonly string[]): Promise<ModelFile> {
  if (options.text("model") === undefined) {
    const images = paths.find((path) => !isFeatures(path));
    throw new TypeError(
      `--model is missing: it embeds the images of ${images}; or give files of embeddings, see --help.`,
    );
  }
  return await openModel(options.required("model"));
}

function warnOfModels(paths: readonly string[], makers: readonly (string | undefined)[]): void {
  const [one, two] = makers;
  if (makers.length < 2 || one === two || one === undefined || two === undefined) return;
  console.error(
    `Warning. ${paths[0]} was embedded by ${one} and ${paths[1]} by ${two}: ` +
      "unless these are one model, their cosines mean nothing.",
  );
}

/** What three of four people reach with halves of their own images. */
function defaultThreshold(first: ComparedSet, second: ComparedSet | null): number {
  const halves = Float64Array.from([...first.halves, ...second?.halves ?? []]).sort();
  if (halves.length === 0) {
    console.error(
      `No identity has images enough to tell how alike one person's are; the threshold is ${PLAIN_THRESHOLD}.`,
    );
    return PLAIN_THRESHOLD;
  }
  const threshold = Math.floor(1000 * halves[halves.length >> 2]!) / 1000;
  console.error(
    `Halves of one person's images have a cosine of ${
      halves[halves.length >> 1]!.toFixed(3)
    } in the ` +
      `median of ${halves.length}, and three of four at least ${threshold}: the threshold.`,
  );
  return threshold;
}

function named(match: IdentityMatch, rows: IdentityRows, other: IdentityRows | null): NamedMatch {
  const others = other ?? rows;
  const [a, b] = [rows.identities[match.a]!, others.identities[match.b]!];
  const [imagesA, imagesB] = [rows.images[match.a]!, others.images[match.b]!];
  const leaveOut = other === null && imagesB <= imagesA ? b : a;
  return { a, b, score: match.score, imagesA, imagesB, leaveOut };
}

function textOf(matches: readonly NamedMatch[], top: number, threshold: number): string {
  if (matches.length === 0) return `No two identities reach the threshold ${threshold}.`;
  const shown = matches.slice(0, top);
  const left = shown.map(({ a, imagesA }) => `${a} (${imagesA})`);
  const width = Math.max(...left.map((text) => text.length));
  const lines = shown.map(({ score, b, imagesB }, i) =>
    `${score.toFixed(4).padStart(7)}  ${left[i]!.padEnd(width)}  ${b} (${imagesB})`
  );
  const more = matches.length - shown.length;
  return [
    " cosine  identities, with their numbers of images",
    ...lines,
    ...(more > 0 ? [`and ${more} more; --top or --csv shows them`] : []),
  ].join("\n");
}

function tableOf(matches: readonly NamedMatch[]): string {
  const cell = (text: string) => /[",\s]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const lines = matches.map(({ a, b, score, imagesA, imagesB, leaveOut }) =>
    [cell(a), cell(b), score.toFixed(6), imagesA, imagesB, cell(leaveOut)].join(",")
  );
  return [`a,b,cosine,images_a,images_b,${LEAVE_OUT}`, ...lines, ""].join("\n");
}
