/** `inspect`: what is in a set of images. */

import type { OpenedImages } from "../data/encoded_images.ts";
import { imagesOfEach } from "../data/exclusion.ts";
import { openImages } from "../data/sets/open_images_files.ts";
import type { AlignmentDiagnosis } from "../faces/doctor/doctor.ts";
import { Gpu } from "../gpu/gpu.ts";
import { classHistogramChart } from "../report/class_histogram_chart.ts";
import { examineAlignment } from "./alignment.ts";
import { DETECTOR_OPTIONS, openDetector } from "./detector.ts";
import { type ImageFindings, inspectImages } from "./inspect_work.ts";
import { type CommandSpec, Options } from "./options.ts";
import { Progress } from "./progress.ts";
import { nameSome } from "./read_input.ts";
import { requireWritable, writeWhole } from "./write_whole.ts";

const INSPECT: CommandSpec = {
  usage: "deno task inspect DATASET [OPTIONS]",
  summary:
    "Tells what is in a set of images of any format: identities, images, sizes, damaged images,\n" +
    "duplicates, gaps in the labels, landmarks. Every image is decoded. With --alignment, says in words how\n" +
    "the faces of a sample lie: aligned, aligned twice or to another template, with channels swapped, or not\n" +
    "aligned. That takes MTCNN's weights.",
  options: {
    root: { value: "DIR", help: "where the paths of a list file begin (default: its folder)" },
    plot: { value: "FILE", help: "write the number of images of each identity as a chart, an SVG" },
    "no-check": { help: "do not read the images: neither sizes, damage nor duplicates" },
    alignment: { help: "find the faces of a sample, and say how they are aligned" },
    weights: DETECTOR_OPTIONS["weights"]!,
    sample: { value: "N", help: "images that --alignment looks at (default 48)" },
    json: { help: "one line of JSON on standard output, with all damaged and duplicate images" },
  },
};

/** Damaged or duplicate images that are named. */
const MOST_NAMED = 10;

/** Sizes that are named. */
const MOST_SIZES = 5;

/** Images that the alignment is told by. */
const ALIGNMENT_SAMPLE = 48;

/** Runs the command. */
export async function main(args: string[]): Promise<number> {
  const options = Options.parse(INSPECT, args);
  if (options === null) return 0;
  const [path, ...more] = options.positional;
  if (path === undefined || more.length > 0) {
    throw new TypeError(
      `inspect takes one set of images, not ${options.positional.length}; see --help.`,
    );
  }
  if (options.has("weights") && !options.flag("alignment")) {
    throw new TypeError("--weights belongs to --alignment; give both.");
  }
  const plot = options.text("plot");
  if (plot !== undefined) await requireWritable(plot);
  using images = await openImages(path, { root: options.text("root") });
  const alignment = options.flag("alignment") ? await lookAtFaces(images, options) : null;
  const found = options.flag("no-check") ? null : await lookAtAll(images);
  const counts = imagesOfEach(images);
  if (plot !== undefined) {
    await writeWhole(plot, classHistogramChart({ title: path, images: [...counts] }));
  }
  console.log(
    options.flag("json")
      ? JSON.stringify({ ...factsOf(images, counts, found), ...(alignment && { alignment }) })
      : [
        tableOf(images, counts, found),
        ...alignment?.findings.map(({ text }) => `\n${text}`) ?? [],
      ].join("\n"),
  );
  for (const remark of images.remarks) console.error(remark);
  if (plot !== undefined) console.error(`Wrote ${plot}.`);
  return 0;
}

/** Says how the faces of a sample are aligned. */
async function lookAtFaces(images: OpenedImages, options: Options): Promise<AlignmentDiagnosis> {
  const sample = options.integer("sample", 1) ?? ALIGNMENT_SAMPLE;
  using gpu = await Gpu.request();
  using detector = await openDetector(gpu, options);
  const progress = new Progress("finding faces", Math.min(sample, images.labels.length));
  try {
    return await examineAlignment(images, detector, {
      images: sample,
      seconds: Infinity,
      onProgress: (done) => progress.update(done),
    });
  } finally {
    progress.end();
  }
}

async function lookAtAll(images: OpenedImages): Promise<ImageFindings> {
  const progress = new Progress("inspecting", images.labels.length);
  try {
    return await inspectImages(images, (done) => progress.update(done));
  } finally {
    progress.end();
  }
}

interface Counts {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Of identities that have images. */
function spreadOf(counts: Uint32Array): Counts {
  const sorted = counts.filter((count) => count > 0).sort();
  const at = (place: number) => sorted[place] ?? 0;
  const middle = sorted.length >> 1;
  return {
    min: at(0),
    median: sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2,
    max: at(sorted.length - 1),
  };
}

function landmarksOf({ landmarks }: OpenedImages): number {
  return landmarks?.filter((face) => face !== null).length ?? 0;
}

/** Images that are copies of another. */
function copiesIn({ duplicates }: ImageFindings): number {
  return duplicates.reduce((sum, group) => sum + group.length - 1, 0);
}

/** Groups of duplicates that stand under several identities. */
function conflicting(
  { labels }: OpenedImages,
  groups: ImageFindings["duplicates"],
): readonly (readonly number[])[] {
  return groups.filter((group) => group.some((sample) => labels[sample] !== labels[group[0]!]));
}

function factsOf(
  images: OpenedImages,
  counts: Uint32Array,
  found: ImageFindings | null,
): Record<string, unknown> {
  const names = (group: readonly number[]) => group.map((sample) => images.sampleNames[sample]!);
  return {
    name: images.name,
    format: images.format,
    identities: counts.filter((count) => count > 0).length,
    images: images.labels.length,
    imagesPerIdentity: spreadOf(counts),
    labelGaps: images.labelGaps ?? 0,
    landmarks: landmarksOf(images),
    pairs: images.pairs?.same.length ?? 0,
    ignored: images.ignored,
    ...(found && {
      bytes: found.bytes,
      sizes: Object.fromEntries(found.sizes),
      damaged: found.damaged,
      duplicates: found.duplicates.map(names),
      conflicting: conflicting(images, found.duplicates).length,
    }),
    remarks: images.remarks,
  };
}

function tableOf(images: OpenedImages, counts: Uint32Array, found: ImageFindings | null): string {
  const { min, median, max } = spreadOf(counts);
  const rows: [string, string][] = [
    ["format", images.format],
    ["identities", images.pairs ? "unknown" : String(counts.filter((n) => n > 0).length)],
    ["images", String(images.labels.length)],
    ...(images.pairs ? [] : [
      ["an identity", `${min} to ${max} images, median ${median}`] as [string, string],
    ]),
    ["label gaps", String(images.labelGaps ?? 0)],
    ["landmarks", landmarksOf(images) === 0 ? "none" : `of ${landmarksOf(images)} images`],
    ...(images.pairs ? [pairsRow(images.pairs)] : []),
    ...(images.ignored > 0 ? [["other files", String(images.ignored)] as [string, string]] : []),
  ];
  if (found === null) return format(rows);
  const { sizes, damaged } = found;
  // A verification set names its images by pairs, and takes many of them several times.
  const duplicates = images.pairs ? [] : found.duplicates;
  const shown = [...sizes].slice(0, MOST_SIZES).map(([size, count]) => `${count} of ${size}`);
  const moreSizes = sizes.size > MOST_SIZES ? `, ${sizes.size - MOST_SIZES} other sizes` : "";
  const conflicts = conflicting(images, duplicates).length;
  rows.push(
    ["sizes", shown.length === 0 ? "none" : shown.join(", ") + moreSizes],
    ["bytes", `${(found.bytes / 2 ** 20).toFixed(1)} MiB`],
    ["damaged", String(damaged.length)],
    images.pairs ? ["different", `${images.labels.length - copiesIn(found)} images`] : [
      "duplicates",
      `${copiesIn(found)}${
        conflicts > 0 ? `; ${conflicts} images stand under several identities` : ""
      }`,
    ],
  );
  const named = duplicates.map((group) =>
    group.map((sample) => images.sampleNames[sample]!).join(" = ")
  );
  return [
    format(rows),
    ...(damaged.length > 0
      ? ["", "Damaged:", nameSome(damaged.map(({ reason }) => reason), MOST_NAMED)]
      : []),
    ...(named.length > 0 ? ["", "The same bit for bit:", nameSome(named, MOST_NAMED)] : []),
  ].join("\n");
}

function pairsRow({ same }: NonNullable<OpenedImages["pairs"]>): [string, string] {
  const positives = same.reduce((sum, isSame) => sum + isSame, 0);
  return ["pairs", `${positives} of one person, ${same.length - positives} of two`];
}

function format(rows: readonly (readonly [string, string])[]): string {
  return rows.map(([name, value]) => `${name.padEnd(14)}${value}`).join("\n");
}
