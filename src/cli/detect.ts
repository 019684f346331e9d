/** `detect`: faces and their landmarks in photos. */

import { basename, dirname, extname, join, relative } from "@std/path";
import { decodeImage } from "../faces/images/decode.ts";
import { drawFaces } from "../faces/draw_faces.ts";
import { encodePng } from "../faces/images/encode_png.ts";
import type { DetectedFace, FaceBox, Point } from "../faces/face.ts";
import { formatLandmarks } from "../faces/align/landmark_lists.ts";
import type { RgbImage } from "../faces/images/image.ts";
import type { MtcnnDetector } from "../faces/mtcnn/detector.ts";
import { Gpu } from "../gpu/gpu.ts";
import { DETECTOR_OPTIONS, detectorOptions, openDetector } from "./detector.ts";
import { listImages } from "./image_paths.ts";
import { type CommandSpec, Options } from "./options.ts";
import { Progress } from "./progress.ts";
import { nameSome, readInput } from "./read_input.ts";
import { useTuning } from "./tuning/tuning_files.ts";
import { reasonOf, requireWritable, writeWhole } from "./write_whole.ts";

const DETECT: CommandSpec = {
  usage: "deno task detect PHOTO|DIR... [--json] [--draw FILE|DIR] [OPTIONS]",
  summary:
    "Finds faces with MTCNN: of each its box, how sure the detector is, and five landmarks, the surest\n" +
    "face first. Folders are searched for JPEG and PNG files, folders within them too. Photos are turned\n" +
    "upright as their EXIF data say. Coordinates are pixels, x to the right and y down, the centre of the\n" +
    "first pixel at 0. `--json` prints one object, a list of faces for each photo, which align reads; photos\n" +
    "go by their paths, or below the folder where one folder is all that is given. `--draw` marks the faces\n" +
    "of one photo in a PNG file, those of several in a folder. Photos that cannot be used are named at the\n" +
    "end, and the exit code is 1 then.",
  options: {
    ...DETECTOR_OPTIONS,
    json: { help: "JSON on standard output" },
    draw: { value: "FILE|DIR", help: "a PNG file, or a folder for several photos" },
  },
};

/** A photo that could not be looked at. */
interface Unread {
  readonly path: string;
  readonly reason: string;
}

/** A photo that was looked at. */
interface Looked {
  readonly image: RgbImage;
  readonly faces: DetectedFace[];
}

/** Runs the command. */
export async function main(args: string[]): Promise<number> {
  const options = Options.parse(DETECT, args);
  if (options === null) return 0;
  detectorOptions(options); // before anything takes time
  if (options.positional.length === 0) {
    throw new TypeError("detect needs photos, or folders of photos, as arguments; see --help.");
  }
  const paths = await listImages(options.positional);
  const draw = options.text("draw");
  const pictures = draw === undefined ? null : await picturesOf(paths, draw);
  using gpu = await Gpu.request();
  await useTuning(gpu);
  using detector = await openDetector(gpu, options);
  const names = namesOf(paths, options.positional);
  const progress = new Progress("photos", paths.length);
  const found = new Map<string, DetectedFace[]>();
  const unread: Unread[] = [];
  const isJson = options.flag("json");
  let index = 0;
  for await (const outcome of lookAhead(detector, paths)) {
    const path = paths[index]!;
    if ("reason" in outcome) unread.push(outcome);
    else {
      found.set(names[index]!, outcome.faces);
      if (pictures !== null) await drawInto(pictures[index]!, outcome.image, outcome.faces);
      if (!isJson) console.log(describe(path, outcome.faces));
    }
    index++;
    if (paths.length > 1) progress.update(index);
  }
  progress.end();
  if (isJson) console.log(formatLandmarks(found).trimEnd());
  if (unread.length === 0) return 0;
  const reasons = unread.map(({ reason }) => reason);
  console.error(`${unread.length} of ${paths.length} photos cannot be used:\n${nameSome(reasons)}`);
  return 1;
}

/** Looks at photos in their order; the next one is being decoded and looked at while one is in use. */
async function* lookAhead(
  detector: MtcnnDetector,
  paths: readonly string[],
): AsyncGenerator<Looked | Unread, void, void> {
  const start = (path: string | undefined) =>
    path === undefined ? null : look(detector, path).then(
      (outcome) => ({ outcome }),
      (failure: unknown) => ({ failure }), // nobody awaits it yet
    );
  let next = start(paths[0]);
  for (let index = 0; next !== null; index++) {
    const current = next;
    next = start(paths[index + 1]);
    const settled = await current;
    if ("failure" in settled) throw settled.failure;
    yield settled.outcome;
  }
}

/** Faces of a photo, rounded to what is meaningful; or why there are none. */
async function look(
  detector: MtcnnDetector,
  path: string,
): Promise<Looked | Unread> {
  let image: RgbImage;
  try {
    image = await decodeImage(await readInput(path, "photo"), path);
  } catch (error) {
    return { path, reason: reasonOf(error) };
  }
  try {
    return { image, faces: (await detector.detect(image)).map(rounded) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // the GPU's failures concern all photos
    return { path, reason: `${path}: ${error.message}` };
  }
}

function rounded({ box, confidence, landmarks }: DetectedFace): DetectedFace {
  const hundredth = (value: number) => Math.round(100 * value) / 100;
  const point = ({ x, y }: Point): Point => ({ x: hundredth(x), y: hundredth(y) });
  const [a, b, c, d, e] = landmarks;
  const { x, y, width, height } = box;
  const roundedBox: FaceBox = {
    x: hundredth(x),
    y: hundredth(y),
    width: hundredth(width),
    height: hundredth(height),
  };
  return {
    box: roundedBox,
    confidence: Math.round(1e4 * confidence) / 1e4,
    landmarks: [point(a), point(b), point(c), point(d), point(e)],
  };
}

/** What JSON calls the photos: by their paths below the folder, if one folder was given, else as they were given. */
function namesOf(paths: readonly string[], args: readonly string[]): string[] {
  const [only] = args;
  const isFolder = args.length === 1 && paths[0] !== only;
  const shown = isFolder ? paths.map((path) => relative(only!, path)) : paths;
  return shown.map((path) => path.replaceAll("\\", "/"));
}

function describe(path: string, faces: readonly DetectedFace[]): string {
  const lines = faces.map(({ box, confidence, landmarks }) => {
    const { x, y, width, height } = box;
    const [left, right, nose, mouthLeft, mouthRight] = landmarks.map((point) =>
      `(${point.x.toFixed(1)}, ${point.y.toFixed(1)})`
    );
    return `  ${confidence.toFixed(4)}  ${width.toFixed(0)}×${height.toFixed(0)} at ` +
      `(${x.toFixed(0)}, ${y.toFixed(0)})  eyes ${left} ${right}  nose ${nose}  ` +
      `mouth ${mouthLeft} ${mouthRight}`;
  });
  const count = faces.length === 0
    ? "no face"
    : faces.length === 1
    ? "1 face"
    : `${faces.length} faces`;
  return [`${path}: ${count}`, ...lines].join("\n");
}

/** Where the marked photo of each path goes; folders are made, and it is seen to that they can be written. */
async function picturesOf(paths: readonly string[], draw: string): Promise<string[]> {
  const isFolder = await Deno.stat(draw).then((info) => info.isDirectory, () => false);
  if (paths.length === 1 && !isFolder) {
    if (extname(draw).toLowerCase() !== ".png") {
      throw new RangeError(
        `--draw writes PNG files, not ${draw}; give it a name that ends in .png.`,
      );
    }
    await requireWritable(draw);
    return [draw];
  }
  if (!isFolder && extname(draw).toLowerCase() === ".png") {
    throw new RangeError(
      `${paths.length} photos cannot all be drawn into ${draw}; give --draw a folder.`,
    );
  }
  await Deno.mkdir(draw, { recursive: true }).catch((error) => {
    throw new Error(
      `The folder ${draw} cannot be made (${reasonOf(error)}); choose another place.`,
    );
  });
  const taken = new Set<string>();
  const pictures = paths.map((path) => {
    const stem = basename(path, extname(path));
    let name = stem;
    for (let again = 2; taken.has(name.toLowerCase()); again++) name = `${stem}-${again}`;
    taken.add(name.toLowerCase());
    return join(draw, `${name}.png`);
  });
  const folders = await Promise.all(
    [...new Set(paths.map(dirname)), draw].map((folder) => Deno.realPath(folder)),
  );
  const over = paths.findIndex((path, i) =>
    basename(path) === basename(pictures[i]!) && folders.slice(0, -1).includes(folders.at(-1)!)
  );
  if (over >= 0) {
    throw new RangeError(
      `--draw ${draw} would write over ${paths[over]}; give it a folder without photos.`,
    );
  }
  await requireWritable(pictures[0]!);
  return pictures;
}

async function drawInto(
  path: string,
  image: RgbImage,
  faces: readonly DetectedFace[],
): Promise<void> {
  const { data, height, width } = drawFaces(image, faces);
  await writeWhole(path, encodePng(data, height, width));
}
