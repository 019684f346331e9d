/** Running the alignment doctor over a sample of a set. */

import type { EncodedImages } from "../data/encoded_images.ts";
import { readImageFile } from "../data/sets/single_files.ts";
import {
  type AlignmentDiagnosis,
  diagnoseAlignment,
  type ExaminedImage,
  examineImage,
} from "../faces/doctor/doctor.ts";
import { decodeImage, ImageDecodeError } from "../faces/images/decode.ts";
import type { Landmarks } from "../faces/face.ts";
import type { RgbImage } from "../faces/images/image.ts";
import { MtcnnDetector } from "../faces/mtcnn/detector.ts";
import { fitCrop } from "../faces/images/resample.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { NamedValues } from "../nn/parameters.ts";
import type { CropSource } from "./crops.ts";
import { loadMtcnnWeights, mtcnnCacheFolder } from "./mtcnn_weights_files.ts";
import type { OptionSpec } from "./options.ts";
import { Progress } from "./progress.ts";

/** `--weights` of the commands that look at the alignment by the way. */
export const ALIGNMENT_WEIGHTS: OptionSpec = {
  value: "DIR",
  help: "MTCNN's weights, to look at a sample's alignment (default: those downloaded before)",
};

/** The part of a set that is looked at. */
export type LookedAt = Pick<EncodedImages, "name" | "sampleNames" | "encoded">;

/** Images of a set, or files, as what is looked at. */
export function lookedAt(source: CropSource, name: string): LookedAt {
  if ("encoded" in source) return source;
  return { name, sampleNames: source, encoded: (i) => readImageFile(source[i]!, source[i]!) };
}

/** Options of {@linkcode examineAlignment}. */
export interface AlignmentSample {
  /** Images that are looked at, spread over the set; 32 by default. */
  readonly images?: number;
  /** No image is begun so many seconds after the first one is done; 5 by default. */
  readonly seconds?: number;
  /** Hears how many images are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Larger images are shrunk before faces are looked for. */
const LONGEST_SIDE = 640;

/** A face smaller than this share of the image's shorter side is not the one that a set is about. */
const LEAST_SHARE = 0.15;

/** Of fewer images nothing is said by the way. */
const FEWEST = 12;

/** The least size that the detector's first net makes sense of. */
const LEAST_FACE = 20;

/**
 * Finds the faces in a sample of a set, and says how they are aligned. Images that cannot be decoded are passed over.
 *
 * @param images The set.
 * @param detector A detector.
 */
export async function examineAlignment(
  images: LookedAt,
  detector: Pick<MtcnnDetector, "detect">,
  { images: wanted = 32, seconds = 5, onProgress }: AlignmentSample = {},
): Promise<AlignmentDiagnosis> {
  const samples = sampleOf(images, wanted);
  let started = Infinity; // the first image waits for kernels to be compiled
  const examined: ExaminedImage[] = [];
  for (const [done, index] of samples.entries()) {
    if (performance.now() - started > 1000 * seconds) break;
    try {
      const name = images.sampleNames[index]!;
      examined.push(await examine(await decodeImage(await images.encoded(index), name), detector));
    } catch (error) {
      if (!(error instanceof ImageDecodeError)) throw error;
    }
    started = Math.min(started, performance.now());
    onProgress?.(done + 1, samples.length);
  }
  return diagnoseAlignment(examined);
}

/** Samples evenly spread over a set, in an order of which every beginning is spread as well. */
function sampleOf({ sampleNames: { length } }: LookedAt, wanted: number): number[] {
  const count = Math.min(wanted, length);
  const samples = Array.from(
    { length: count },
    (_, i) => Math.floor((i + 0.5) * length / count),
  );
  const bits = Math.ceil(Math.log2(Math.max(2, count)));
  const reversed = (i: number) =>
    parseInt([...i.toString(2).padStart(bits, "0")].reverse().join(""), 2);
  return samples
    .map((sample, i) => [reversed(i), sample] as const)
    .sort(([a], [b]) => a - b)
    .map(([, sample]) => sample);
}

async function examine(
  image: RgbImage,
  detector: Pick<MtcnnDetector, "detect">,
): Promise<ExaminedImage> {
  const { height, width } = image;
  const scale = Math.min(1, LONGEST_SIDE / Math.max(height, width));
  const small = scale < 1 ? shrunk(image, scale) : image;
  const minSize = Math.max(LEAST_FACE, LEAST_SHARE * Math.min(small.height, small.width));
  const [face] = await detector.detect(small, { minSize });
  const seen = examineImage(small, face ?? null);
  const landmarks = seen.landmarks?.map(({ x, y }) => ({
    x: (x + 0.5) / scale - 0.5,
    y: (y + 0.5) / scale - 0.5,
  }));
  return { ...seen, height, width, landmarks: (landmarks ?? null) as Landmarks | null };
}

function shrunk(image: RgbImage, scale: number): RgbImage {
  const size = {
    height: Math.max(1, Math.round(scale * image.height)),
    width: Math.max(1, Math.round(scale * image.width)),
  };
  return { ...size, data: fitCrop(image, size) };
}

/** What {@linkcode alignmentWarnings} says. */
export interface AlignmentRemarks {
  /** What is as it should be. */
  readonly remarks: readonly string[];
  /** What is likely to do harm. */
  readonly warnings: readonly string[];
}

/**
 * Looks at a set's alignment by the way, where MTCNN's weights are at hand; says nothing where they are not.
 *
 * @param where The folder or file that `--weights` names; what was downloaded before if left out.
 * @throws {Error} if weights are named and are not there, or not read from the disk.
 */
export async function alignmentWarnings(
  gpu: Gpu,
  images: LookedAt,
  where: string | undefined,
  sample: AlignmentSample = {},
): Promise<AlignmentRemarks> {
  const weights = await weightsAtHand(where);
  if (weights === null) return { remarks: [], warnings: [] };
  using detector = MtcnnDetector.create(gpu, weights);
  let progress: Progress | null = null;
  const { findings, images: seen } = await examineAlignment(images, detector, {
    onProgress: (done, total) =>
      (progress ??= new Progress("looking at how faces are aligned", total)).update(done),
    ...sample,
  });
  (progress as Progress | null)?.end();
  // A busy machine may have had time for a few of them alone.
  if (seen < Math.min(FEWEST, images.sampleNames.length)) return { remarks: [], warnings: [] };
  const texts = (warning: boolean) =>
    findings.filter((one) => one.warning === warning).map(({ text }) => `${images.name}: ${text}`);
  return { remarks: texts(false), warnings: texts(true) };
}

/** Weights on the disk: those named, or else those that were downloaded before, if they are whole. */
async function weightsAtHand(where: string | undefined): Promise<NamedValues | null> {
  if (where !== undefined) {
    if (!await exists(where)) {
      throw new Error(
        `--weights ${where}: there is no such folder or file; this command fetches none, deno task detect does.`,
      );
    }
    return await loadMtcnnWeights(where);
  }
  const folder = mtcnnCacheFolder();
  if (folder === null || !await exists(folder)) return null;
  return await loadMtcnnWeights(undefined).catch(() => null); // an unfinished download is no matter here
}

function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}
