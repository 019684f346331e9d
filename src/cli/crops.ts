/** Reading aligned face crops, decoded in workers ahead of whoever takes them, in bounded memory. */

import type { ImageSize } from "../data/dataset.ts";
import { cutWindows, withMargin } from "../data/crop_windows.ts";
import { DecodePool } from "../data/decoding/decode_pool.ts";
import { type EncodedImages, imageSourceOf } from "../data/encoded_images.ts";
import { ImageDecodeError } from "../faces/images/decode.ts";

/** The most decode workers. */
const MOST_WORKERS = 4;

/** Images read ahead in any case. */
const READY = 8;

/** What a worker decodes in the time that it takes to start another. */
const IMAGES_A_WORKER = 200;

/** Where images come from: the paths of files, or a set of any format. */
export type CropSource = readonly string[] | EncodedImages;

/** What images are called: their paths, or their names in the set. */
export function namesOf(source: CropSource): readonly string[] {
  return "encoded" in source ? source.sampleNames : source;
}

/** An image that is ready for a net. */
export interface Crop {
  /** Where it stands in the source. */
  readonly index: number;
  /** RGB bytes, `[height, width, 3]`. */
  readonly pixels: Uint8Array<ArrayBuffer>;
}

/** An image that cannot be used. */
export interface BrokenCrop {
  /** Its path, or its name in the set. */
  readonly file: string;
  /** A sentence that says what is wrong with it. */
  readonly reason: string;
}

/** Options of {@linkcode readCrops}. */
export interface CropOptions {
  /** Size that the images are cropped and scaled to. */
  readonly size: ImageSize;
  /** Rows and columns that images are scaled to besides, to take the middle: what a net trained with jitter saw. */
  readonly margin?: number;
  /** How many images are decoded before they are asked for, besides a few that follow them. */
  readonly ahead: number;
  /** Where in the source to begin; 0 by default. */
  readonly first?: number;
  /** Hears of each image that cannot be used and its place, in the order of the source. */
  readonly onBroken: (broken: BrokenCrop, index: number) => void;
}

type Outcome =
  | { readonly pixels: Uint8Array<ArrayBuffer> }
  | { readonly reason: string }
  | { readonly failure: unknown };

/**
 * Reads images in the order of their source. While one is in use the next ones are being decoded, and
 * no more than `ahead` of them and a few wait in memory.
 *
 * @throws {Error} if no image can be decoded here at all; images that are broken are left out.
 */
export async function* readCrops(
  source: CropSource,
  { size, margin = 0, ahead, first = 0, onBroken }: CropOptions,
): AsyncGenerator<Crop, void, void> {
  const names = namesOf(source);
  const most = ahead + READY;
  // A software adapter keeps this thread from handing out work for as long as it computes.
  using pool = openPool(names.length - first, most);
  const pending: Promise<Outcome>[] = [];
  let started = first;
  for (let index = first; index < names.length; index++) {
    while (started < names.length && pending.length < most) {
      pending.push(decode(pool, source, started++, withMargin(size, margin)));
    }
    const outcome = await pending.shift()!;
    if ("failure" in outcome) throw outcome.failure;
    if ("reason" in outcome) onBroken({ file: names[index]!, reason: outcome.reason }, index);
    else yield { index, pixels: cutWindows(outcome.pixels, size, margin) };
  }
}

/** Workers for so many images, which are given so many of them at once. */
function openPool(images: number, atOnce: number): DecodePool {
  const wanted = Math.max(1, Math.ceil(images / IMAGES_A_WORKER));
  const workers = Math.min(MOST_WORKERS, navigator.hardwareConcurrency, wanted);
  return new DecodePool({
    workers,
    jobsPerWorker: Math.ceil(atOnce / workers),
    spawn: () =>
      new Worker(new URL("../data/decoding/decode_worker_files.ts", import.meta.url), {
        type: "module",
      }),
  });
}

/** Never rejects, as a rejection that nobody awaits yet would end the process. */
async function decode(
  pool: DecodePool,
  source: CropSource,
  index: number,
  size: ImageSize,
): Promise<Outcome> {
  try {
    const file = "encoded" in source
      ? await imageSourceOf(source, index)
      : { name: source[index]!, path: source[index]! };
    return { pixels: await pool.decode(file, size) };
  } catch (error) {
    return error instanceof ImageDecodeError ? { reason: error.message } : { failure: error };
  }
}
