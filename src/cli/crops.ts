/** Reading aligned face crops, decoded in workers ahead of whoever takes them, in bounded memory. */

import type { ImageSize } from "../data/dataset.ts";
import { DecodePool } from "../data/decode_pool.ts";
import { ImageDecodeError } from "../faces/decode.ts";

/** The most decode workers. */
const MOST_WORKERS = 4;

/** Images that go through a net together. */
export interface CropBatch {
  /** Where each stands in the list of paths, rising. */
  readonly indices: readonly number[];
  /** RGB bytes, `[indices.length, height, width, 3]`. */
  readonly pixels: Uint8Array<ArrayBuffer>;
}

/** An image that cannot be used. */
export interface BrokenCrop {
  /** Its path. */
  readonly file: string;
  /** A sentence that says what is wrong with it. */
  readonly reason: string;
}

/** Options of {@linkcode readCrops}. */
export interface CropOptions {
  /** Size that the images are cropped and scaled to. */
  readonly size: ImageSize;
  /** Images in a batch; the last one may have fewer. */
  readonly batch: number;
  /** Hears of each image that cannot be used, in the order of the paths. */
  readonly onBroken: (broken: BrokenCrop) => void;
}

type Outcome =
  | { readonly pixels: Uint8Array<ArrayBuffer> }
  | { readonly reason: string }
  | { readonly failure: unknown };

/**
 * Reads image files in the order of their paths. While a batch is in use the next one is being decoded;
 * there are never more than about three batches in memory.
 *
 * @throws {Error} if no image can be decoded here at all; images that are broken are left out.
 */
export async function* readCrops(
  paths: readonly string[],
  { size, onBroken, ...options }: CropOptions,
): AsyncGenerator<CropBatch, void, void> {
  const batch = Math.min(options.batch, paths.length);
  using pool = openPool(paths.length);
  const ahead = batch + pool.capacity;
  const pending: Promise<Outcome>[] = [];
  let started = 0;
  const keepBusy = () => {
    while (started < paths.length && pending.length < ahead) {
      pending.push(decode(pool, paths[started++]!, size));
    }
  };
  const bytes = size.height * size.width * 3;
  let indices: number[] = [];
  let pixels = new Uint8Array(batch * bytes);
  for (let index = 0; index < paths.length; index++) {
    keepBusy();
    const outcome = await pending.shift()!;
    if ("failure" in outcome) throw outcome.failure;
    if ("reason" in outcome) {
      onBroken({ file: paths[index]!, reason: outcome.reason });
      continue;
    }
    pixels.set(outcome.pixels, indices.length * bytes);
    indices.push(index);
    if (indices.length < batch) continue;
    keepBusy();
    yield { indices, pixels };
    indices = [];
    pixels = new Uint8Array(batch * bytes);
  }
  if (indices.length > 0) yield { indices, pixels: pixels.slice(0, indices.length * bytes) };
}

function openPool(images: number): DecodePool {
  return new DecodePool({
    workers: Math.max(1, Math.min(MOST_WORKERS, navigator.hardwareConcurrency, images)),
    spawn: () =>
      new Worker(new URL("../data/decode_worker_files.ts", import.meta.url), { type: "module" }),
  });
}

/** Never rejects, as a rejection that nobody awaits yet would end the process. */
async function decode(pool: DecodePool, path: string, size: ImageSize): Promise<Outcome> {
  try {
    return { pixels: await pool.decode({ name: path, path }, size) };
  } catch (error) {
    return error instanceof ImageDecodeError ? { reason: error.message } : { failure: error };
  }
}
