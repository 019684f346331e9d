/** `align`: from photos to aligned crops. */

import { join, resolve, SEPARATOR } from "@std/path";
import { FACE_CHOICES, type FaceChoice } from "../faces/align/choose_face.ts";
import { RELEASED_QUALITY } from "../faces/images/encode_jpeg.ts";
import { LANDMARK_ORDERS, parseLandmarks } from "../faces/align/landmark_lists.ts";
import { SIMILARITY_METHODS } from "../faces/align/similarity.ts";
import { faceTemplate, PIXEL_CONVENTIONS, TEMPLATES } from "../faces/align/template.ts";
import { Gpu } from "../gpu/gpu.ts";
import { AlignedFolder, type AlignSettings, cropFile, LEFT_OUT } from "./align/aligned_folder.ts";
import { alignPhotos, type AlignPhotosOptions, type Photo } from "./align/photos.ts";
import { landmarksFor, openPhotos, type PhotoSet } from "./align/source.ts";
import { DETECTOR_OPTIONS, detectorOptions, openDetector } from "./detector.ts";
import { INTERRUPTED, Interruption } from "./interruption.ts";
import { type CommandSpec, Options } from "./options.ts";
import { CROP_FORMATS } from "./align/photo_jobs.ts";
import { PhotoPool } from "./align/photo_pool.ts";
import { Progress } from "./progress.ts";
import { nameSome, readInput } from "./read_input.ts";
import { useTuning } from "./tuning/tuning_files.ts";

const ALIGN: CommandSpec = {
  usage: "deno task align FROM TO [--landmarks FILE | --weights DIR] [OPTIONS]",
  summary:
    "Cuts the faces out of photos, turned and scaled so that eyes, nose and mouth lie where the template has\n" +
    "them: the crops that train, embed and evaluate take. FROM is a folder of photos at any depth, a photo,\n" +
    "or a set such as a list file, a zip or a .rec; crops get the same names in the folder TO. MTCNN finds\n" +
    "the faces, or FILE knows their landmarks: a list as lfw_landmark.txt, a path and ten numbers a line, or\n" +
    "the JSON that detect --json prints. TO/landmarks.json keeps the landmarks, for another --landmarks;\n" +
    "TO/left_out.txt names the photos without a face and those that cannot be read. After Ctrl-C the same\n" +
    "command with --resume goes on.",
  options: {
    landmarks: { value: "FILE", help: "a list or JSON of landmarks, instead of a detector" },
    order: {
      value: LANDMARK_ORDERS.join("|"),
      help: "numbers in a list: x1 y1 x2 y2 … or x1 … x5 y1 … y5 (default: found out)",
    },
    ...DETECTOR_OPTIONS,
    template: { value: TEMPLATES.join("|"), help: "height and width of crops (default 112x96)" },
    method: {
      value: SIMILARITY_METHODS.join("|"),
      help: "how the transform is solved (default cp2tform, as released)",
    },
    convention: {
      value: PIXEL_CONVENTIONS.join("|"),
      help: "what the template and a list count pixels from: 1 as MATLAB, or 0 (default matlab)",
    },
    face: {
      value: FACE_CHOICES.join("|"),
      help: "which face of a photo (default centre, the nearest to it)",
    },
    antialias: { help: "average the pixels of large faces, which the released crops do not" },
    format: { value: CROP_FORMATS.join("|"), help: "files of the crops (default jpg)" },
    quality: {
      value: "N",
      help: `of JPEG files, 1 to 100 (default ${RELEASED_QUALITY}, as released)`,
    },
    workers: { value: "N", help: "threads that decode and encode (default: by processors)" },
    resume: { help: "go on with TO where an interrupted run has left it" },
    json: { help: "one line of JSON on standard output" },
  },
};

/** Runs the command; an error where no face is found at all. */
export async function main(args: string[]): Promise<number> {
  const options = Options.parse(ALIGN, args);
  if (options === null) return 0;
  const [from, to, ...others] = options.positional;
  if (from === undefined || to === undefined || others.length > 0) {
    throw new TypeError(
      `align takes FROM, the photos, and TO, the folder to write, not ${options.positional.length} ` +
        "arguments; see --help.",
    );
  }
  const plan = planOf(options);
  requireApart(from, to);
  using set = await openPhotos(from);
  requireDistinct(set.photos, plan.encoding.format);
  const list = await readList(options, set);
  using interruption = new Interruption();
  using gpu = await Gpu.request();
  await useTuning(gpu);
  using detector = list === null ? await openDetector(gpu, options) : null;
  const settings = { from, ...plan.settings };
  using folder = await AlignedFolder.open(
    to,
    plan.encoding.format,
    settings,
    options.flag("resume"),
  );
  using pool = new PhotoPool(options.integer("workers", 1));
  const left = set.photos.filter(({ name }) => !folder.results.has(name));
  const progress = new Progress("photos", set.photos.length, folder.results.size);
  folder.onDone = () => progress.update(folder.results.size, `${folder.crops} crops`);
  const faces = list ?? detector!;
  await alignPhotos(left, gpu, pool, { ...plan, faces }, folder, interruption);
  progress.end();
  if (interruption.asked && folder.results.size < set.photos.length) {
    console.error(
      `Interrupted after ${folder.results.size} of ${set.photos.length} photos. ` +
        "To go on: the same command with --resume.",
    );
    return INTERRUPTED;
  }
  await folder.finish(set.photos.map(({ name }) => name));
  return report(folder, set.photos, to, options.flag("json"));
}

interface Plan extends Omit<AlignPhotosOptions, "faces"> {
  readonly settings: AlignSettings;
}

/** What the options ask for; all of them are read before anything takes time. */
function planOf(options: Options): Plan {
  const template = options.choice("template", TEMPLATES) ?? "112x96";
  const convention = options.choice("convention", PIXEL_CONVENTIONS) ?? "matlab";
  const method = options.choice("method", SIMILARITY_METHODS) ?? "cp2tform";
  const choice: FaceChoice = options.choice("face", FACE_CHOICES) ?? "centre";
  const antialias = options.flag("antialias");
  const format = options.choice("format", CROP_FORMATS) ?? "jpg";
  const quality = options.integer("quality", 1) ?? RELEASED_QUALITY;
  if (quality > 100) throw new RangeError(`--quality must be at most 100, not ${quality}.`);
  if (format === "png" && options.has("quality")) {
    throw new TypeError("--quality is for JPEG files; leave it out with --format png.");
  }
  options.integer("workers", 1);
  options.choice("order", LANDMARK_ORDERS);
  const detection = detectorOptions(options);
  const landmarks = options.text("landmarks") ?? null;
  if (landmarks !== null && options.has("weights")) {
    throw new TypeError("Give --landmarks or --weights: the faces are known, or to be found.");
  }
  if (landmarks === null && convention === "zero-based") {
    throw new TypeError(
      "--convention zero-based is for landmarks of other programs; give them by --landmarks.",
    );
  }
  if (landmarks === null && options.has("order")) {
    throw new TypeError("--order tells of a list of landmarks; give it by --landmarks.");
  }
  const faces: AlignSettings = landmarks === null
    ? { detection: JSON.stringify(detection) }
    : { landmarks, order: options.text("order") ?? null };
  return {
    align: { template: faceTemplate(template, convention), method, antialias },
    choice,
    encoding: { format, quality },
    settings: {
      template,
      convention,
      method,
      face: choice,
      antialias,
      format,
      quality,
      ...faces,
    },
  };
}

/** The landmarks that are known already: of the file, or of the set; null for a detector to find them. */
async function readList(options: Options, { photos, landmarks }: PhotoSet) {
  const file = options.text("landmarks");
  if (file === undefined) return options.has("weights") ? null : landmarks;
  const text = new TextDecoder().decode(await readInput(file, "file of landmarks"));
  const order = options.choice("order", LANDMARK_ORDERS);
  const origin = options.text("convention") === "zero-based" ? 0 : 1;
  return landmarksFor(photos, parseLandmarks(text, file, { order, origin }), file);
}

/** Crops among the photos would be aligned again by the next run. */
function requireApart(from: string, to: string): void {
  const [source, target] = [resolve(from), resolve(to)];
  if (target === source || target.startsWith(source + SEPARATOR)) {
    throw new Error(`${to} lies in ${from}, the photos; give a folder beside it.`);
  }
}

/** Two photos whose names differ in their endings alone would become one crop. */
function requireDistinct(photos: readonly Photo[], ending: string): void {
  const taken = new Map<string, string>();
  const clashes: string[] = [];
  for (const { name } of photos) {
    const file = cropFile(name, 0, ending);
    const other = taken.get(file);
    if (other === undefined) taken.set(file, name);
    else clashes.push(`${other} and ${name}`);
  }
  if (clashes.length > 0) {
    throw new Error(
      `Some photos would become the same crop; rename one of each:\n${nameSome(clashes)}`,
    );
  }
}

function report(
  folder: AlignedFolder,
  photos: readonly Photo[],
  to: string,
  json: boolean,
): number {
  const leftOut = photos.flatMap(({ name }) => {
    const problem = folder.results.get(name)?.problem;
    return problem === undefined ? [] : [{ photo: name, reason: problem }];
  });
  if (leftOut.length > 0) {
    const lines = leftOut.map(({ photo, reason }) => `${photo}: ${reason}`);
    console.error(
      `${leftOut.length} of ${photos.length} photos are left out or gave fewer crops; ` +
        `${join(to, LEFT_OUT)} names them all:\n${nameSome(lines)}`,
    );
  }
  console.error(`Wrote ${folder.crops} crops of ${photos.length} photos to ${to}.`);
  if (json) {
    console.log(
      JSON.stringify({ folder: to, photos: photos.length, crops: folder.crops, leftOut }),
    );
  }
  return folder.crops > 0 ? 0 : 1;
}
