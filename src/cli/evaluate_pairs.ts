/** `evaluate pairs`: verification on a list of pairs by LFW's rule. */

import type { ImageSize } from "../data/dataset.ts";
import { evaluatePairs, type PairsResult } from "../evaluate/pairs.ts";
import type { IndexedPairs } from "../evaluate/pairs_list.ts";
import type { ElementType } from "../gpu/element_type.ts";
import { Gpu } from "../gpu/gpu.ts";
import { evaluationReport } from "../report/evaluation_report.ts";
import { formatSize, parseSize } from "../sphereface/configuration.ts";
import { Embedder } from "../sphereface/embedder.ts";
import {
  ALIGNMENT_WEIGHTS,
  type AlignmentRemarks,
  alignmentWarnings,
  lookedAt,
} from "./alignment.ts";
import { type CropFeatures, cropFeatures, embeddings, rawPixels } from "./crop_features.ts";
import type { CropSource } from "./crops.ts";
import { describeModel, type ModelFile, openModel } from "./model_file.ts";
import { type CommandSpec, Options } from "./options.ts";
import { formatSeconds } from "./progress.ts";
import { PRECISION_OPTION, PRECISIONS, requirePrecision } from "./precision.ts";
import { openPairs } from "./pairs_source.ts";
import { useTuning } from "./tuning/tuning_files.ts";
import { requireWritable, writeWhole } from "./write_whole.ts";

const PAIRS: CommandSpec = {
  usage: "deno task evaluate pairs --model MODEL --images SET --pairs FILE [OPTIONS]",
  summary:
    "Judges a model on a list of pairs by LFW's rule: features of each image and of its mirror,\n" +
    "compared by cosine; mean and threshold of a fold come from the other folds. The images are\n" +
    "aligned crops, name/name_0001.jpg (or .jpeg, .png) in a folder, or in a RecordIO set, zip, tar or\n" +
    "list file; or all of it is one verification set, --pairs lfw.bin.",
  options: {
    model: { value: "MODEL", help: "a model.safetensors, or the folder of a run" },
    images: { value: "SET", help: "folder of people's folders, or a set of another format" },
    pairs: {
      value: "FILE",
      help: "list of pairs in LFW's format, any number of folds, or a verification .bin",
    },
    folds: { value: "N", help: "folds of a .bin, one after another in its order (default 10)" },
    "raw-pixels": { help: "judge raw pixels instead, as the baseline; the model is not run" },
    size: { value: "HxW", help: "size of the raw pixels, in place of --model" },
    batch: { value: "N", help: "images that go through the net together (default: by adapter)" },
    precision: PRECISION_OPTION,
    weights: ALIGNMENT_WEIGHTS,
    out: { value: "FILE", help: "write a report, an HTML page" },
    json: { help: "one line of JSON on standard output" },
  },
};

/** What is judged, and on what. */
interface Setting extends Disposable {
  /** The model, or the size at which raw pixels are judged. */
  readonly judged: ModelFile | ImageSize;
  readonly images: string;
  readonly list: string;
  readonly pairs: IndexedPairs;
  /** The images themselves. */
  readonly source: CropSource;
}

/** Runs the command. */
export async function main(args: string[]): Promise<number> {
  const options = Options.parse(PAIRS, args);
  if (options === null) return 0;
  const batch = options.integer("batch", 1);
  const precision = options.choice("precision", PRECISIONS) ?? "f32";
  const out = options.text("out");
  using setting = await readSetting(options);
  if (out !== undefined) await requireWritable(out);
  console.error(`${describe(setting)}: ${countsOf(setting)}`);
  const started = performance.now();
  const weights = options.text("weights");
  const { adapter, features, looked } = await featuresOf(setting, { batch, precision, weights });
  for (const remark of looked.remarks) console.error(remark);
  for (const warning of looked.warnings) console.error(`Warning. ${warning}`);
  const { pairs } = setting;
  const result = evaluatePairs({ ...features, ...pairs });
  // What `verify` compares with, which knows no mean of other folds.
  const plain = isModel(setting.judged)
    ? plainOf(evaluatePairs({ ...features, ...pairs }, { subtractMean: false }))
    : undefined;
  const seconds = (performance.now() - started) / 1000;
  const facts = { ...factsOf(setting), adapter, precision, time: formatSeconds(seconds) };
  if (out !== undefined) {
    await writeWhole(out, reportOf(setting, result, plain, facts, looked));
  }
  console.log(
    options.flag("json")
      ? JSON.stringify({
        ...figuresOf(setting, result, plain),
        ...(looked.warnings.length > 0 && { warnings: looked.warnings }),
        seconds,
        report: out,
      })
      : tableOf(result, plain),
  );
  if (out !== undefined) console.error(`Wrote ${out}.`);
  return 0;
}

async function readSetting(options: Options): Promise<Setting> {
  const [extra] = options.positional;
  if (extra !== undefined) {
    throw new TypeError(`evaluate pairs takes no argument "${extra}"; see --help.`);
  }
  const list = options.required("pairs");
  const judged = await judgedBy(options);
  const folds = options.integer("folds", 1);
  return { judged, list, ...await openPairs(list, options.text("images"), folds) };
}

async function judgedBy(options: Options): Promise<ModelFile | ImageSize> {
  const size = options.text("size");
  if (options.flag("raw-pixels") && options.has("weights")) {
    throw new TypeError("--weights goes with --model; leave it out where raw pixels are judged.");
  }
  if (!options.flag("raw-pixels")) {
    if (size !== undefined) {
      throw new TypeError("--size belongs to --raw-pixels; a model brings its own size.");
    }
    return await openModel(options.required("model"));
  }
  const model = options.text("model");
  if ((size === undefined) === (model === undefined)) {
    throw new TypeError(
      "--raw-pixels takes the size of the images either from --model or from --size HxW.",
    );
  }
  return size === undefined ? (await openModel(model!)).model.size : parseSize(size);
}

async function featuresOf(
  { judged, source, images }: Setting,
  { batch, precision, weights }: {
    readonly batch: number | undefined;
    readonly precision: ElementType;
    readonly weights: string | undefined;
  },
): Promise<{ adapter: string; features: CropFeatures; looked: AlignmentRemarks }> {
  if (!isModel(judged)) {
    const features = await cropFeatures(source, rawPixels(judged));
    return { adapter: "none (raw pixels)", features, looked: { remarks: [], warnings: [] } };
  }
  using gpu = await Gpu.request();
  await requirePrecision(gpu, precision);
  await useTuning(gpu);
  const looked = await alignmentWarnings(gpu, lookedAt(source, images), weights);
  using embedder = new Embedder(gpu, judged.model, { precision });
  const features = await cropFeatures(source, embeddings(embedder, batch));
  return { adapter: `${gpu.adapter.name} (${gpu.adapter.class})`, features, looked };
}

function isModel(judged: ModelFile | ImageSize): judged is ModelFile {
  return "model" in judged;
}

function describe({ judged }: Setting): string {
  return isModel(judged) ? describeModel(judged) : `Raw pixels at ${formatSize(judged)}`;
}

function countsOf({ pairs, list }: Setting): string {
  return `${pairs.same.length} pairs of ${pairs.images.length} images (${list})`;
}

function factsOf({ judged, images, list, pairs }: Setting): Record<string, string> {
  const configuration = isModel(judged) ? judged.model.configuration : undefined;
  return {
    ...(isModel(judged)
      ? {
        model: judged.path,
        net: judged.model.net,
        size: formatSize(judged.model.size),
        ...(configuration && { head: configuration.head, "trained on": configuration.data }),
      }
      : { features: "raw pixels", size: formatSize(judged) }),
    pairs: list,
    images: `${images} (${pairs.images.length} of them are used)`,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

interface PlainFigures {
  readonly accuracy: number;
  readonly threshold: number;
}

function plainOf({ accuracy, folds }: PairsResult): PlainFigures {
  return { accuracy, threshold: mean(folds.map(({ threshold }) => threshold)) };
}

function figuresOf(
  { judged, images, list, pairs }: Setting,
  result: PairsResult,
  plain: PlainFigures | undefined,
): Record<string, unknown> {
  const { folds, accuracy, standardDeviation, optimistic } = result;
  const { equalErrorRate, areaUnderCurve, trueAcceptRate, positives, negatives } = result;
  return {
    protocol: "pairs",
    features: isModel(judged) ? "embeddings" : "raw pixels",
    ...(isModel(judged) && { model: judged.path, net: judged.model.net }),
    size: formatSize(isModel(judged) ? judged.model.size : judged),
    list,
    folder: images,
    images: pairs.images.length,
    pairs: positives + negatives,
    positives,
    negatives,
    accuracy,
    standardDeviation,
    optimistic,
    folds,
    equalErrorRate,
    areaUnderCurve,
    trueAcceptRate,
    plainCosine: plain,
  };
}

const percent = (value: number): string => `${(100 * value).toFixed(2)} %`;

function describePlain({ accuracy, threshold }: PlainFigures): string {
  return `${percent(accuracy)} at the threshold ${threshold.toFixed(4)}`;
}

function tableOf(result: PairsResult, plain: PlainFigures | undefined): string {
  const { folds, positives, negatives, trueAcceptRate } = result;
  const rows = [
    ["accuracy", `${percent(result.accuracy)} ± ${percent(result.standardDeviation)}`],
    ["folds", folds.map((fold) => (100 * fold.accuracy).toFixed(2)).join(", ")],
    ["equal error rate", percent(result.equalErrorRate)],
    ["area under ROC", result.areaUnderCurve.toFixed(4)],
    ["TAR at FAR 1e-2", percent(trueAcceptRate["1e-2"])],
    ["TAR at FAR 1e-3", percent(trueAcceptRate["1e-3"])],
    ["pairs", `${positives} of one person, ${negatives} of two`],
    ...(plain ? [["plain cosine", `${describePlain(plain)} (for verify)`]] : []),
  ];
  const lines = rows.map(([name, value]) => `${name!.padEnd(18)}${value}`);
  return [
    ...lines,
    ...(result.optimistic
      ? ["The list has one fold: threshold and mean come from the pairs that they judge."]
      : []),
  ].join("\n");
}

function reportOf(
  setting: Setting,
  result: PairsResult,
  plain: PlainFigures | undefined,
  configuration: Readonly<Record<string, string>>,
  { remarks, warnings }: AlignmentRemarks,
): string {
  return evaluationReport({
    title: setting.list.split(/[\\/]/).at(-1)!,
    subtitle: describe(setting),
    result,
    same: setting.pairs.same,
    configuration,
    notes: [
      ...(plain
        ? [`On plain cosines, no mean subtracted, as verify compares: ${describePlain(plain)}.`]
        : []),
      ...remarks,
    ],
    warnings,
  });
}
