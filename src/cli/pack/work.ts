/** Packing: images in their order, checked in workers, into a target that can be gone on with. */

import type { ImageSize } from "../../data/dataset.ts";
import { openPool } from "../../data/decoding/decoded_images.ts";
import type { DecodePool } from "../../data/decoding/decode_pool.ts";
import type { EncodedImages } from "../../data/encoded_images.ts";
import { ImageDecodeError } from "../../faces/images/decode.ts";
import { encodePng } from "../../faces/images/encode_png.ts";
import { formatSize } from "../../sphereface/configuration.ts";
import type { PackTarget } from "./target.ts";
import { Progress } from "../progress.ts";

/** Seconds of work that a process which is killed may lose. */
const SAVE_SECONDS = 10;

/** How far a packing has come. */
export interface PackState {
  /** How many places of the order are done. */
  readonly done: number;
  /** Bytes of the one file that grows. */
  readonly bytes: number;
  /** Places of images that cannot be used, and why. */
  readonly damaged: readonly (readonly [place: number, reason: string])[];
  /** How many images have each size. */
  readonly sizes: readonly (readonly [size: string, images: number])[];
}

/** What is to be packed. */
export interface PackWork {
  /** The set. */
  readonly images: EncodedImages;
  /** Samples in the order in which they are written. */
  readonly order: Uint32Array;
  /** What they are written to. */
  readonly target: PackTarget;
  /** Where an earlier run has stopped. */
  readonly start: PackState;
  /** Whether images are decoded to know that they are whole. */
  readonly check: boolean;
  /** The size that images are brought to, as PNG files; null to leave them as they are. */
  readonly size: ImageSize | null;
  /** Decode workers; by default one for each processor. */
  readonly workers?: number;
  /** Keeps what is needed to go on. */
  readonly save: (state: PackState) => Promise<void>;
  /** Whether to stop after the image at hand. */
  readonly interruption: { readonly asked: boolean };
}

/** Packs until all is done, or it is interrupted; then what was done is saved. */
export async function packImages(work: PackWork): Promise<PackState> {
  const { order, target, start, save, interruption } = work;
  const damaged = [...start.damaged];
  const sizes = new Map(start.sizes);
  const stateAt = async (done: number): Promise<PackState> => ({
    done,
    bytes: await target.sync(),
    damaged,
    sizes: [...sizes],
  });
  const progress = new Progress("packing", order.length, start.done);
  let savedAt = performance.now();
  try {
    for await (const { place, bytes, reason, size } of outcomes(work)) {
      if (place >= start.done) {
        if (reason !== undefined) damaged.push([place, reason]);
        if (size) sizes.set(formatSize(size), (sizes.get(formatSize(size)) ?? 0) + 1);
      }
      await target.add(order[place]!, bytes);
      if (place < start.done) continue;
      progress.update(place + 1);
      if (!interruption.asked && performance.now() - savedAt < 1000 * SAVE_SECONDS) continue;
      await save(await stateAt(place + 1));
      if (interruption.asked) break;
      savedAt = performance.now();
    }
  } finally {
    progress.end();
  }
  return await stateAt(order.length);
}

/** What becomes of one place of the order. */
interface Outcome {
  readonly place: number;
  readonly bytes: Uint8Array<ArrayBuffer> | null;
  readonly reason?: string;
  readonly size?: ImageSize;
}

/** All places in turn, while the next ones are being read and checked. */
async function* outcomes(work: PackWork): AsyncGenerator<Outcome, void, void> {
  const { order, workers, start } = work;
  const damaged = new Set(start.damaged.map(([place]) => place));
  using pool = openPool({ workers });
  const pending: Promise<Outcome | { failure: unknown }>[] = [];
  let next = 0;
  for (let place = 0; place < order.length; place++) {
    while (next < order.length && pending.length < pool.capacity) {
      // Never rejects, as a rejection that nobody awaits yet would end the process.
      pending.push(take(work, pool, next++, damaged).catch((failure) => ({ failure })));
    }
    const outcome = await pending.shift()!;
    if ("failure" in outcome) throw outcome.failure;
    yield outcome;
  }
}

/** `damaged` are the places that an earlier run found damaged. */
async function take(
  work: PackWork,
  pool: DecodePool,
  place: number,
  damaged: ReadonlySet<number>,
): Promise<Outcome> {
  const { images, order, start, check, size } = work;
  const done = place < start.done;
  if (damaged.has(place)) return { place, bytes: null };
  const sample = order[place]!;
  const name = images.sampleNames[sample]!;
  try {
    const bytes = await images.encoded(sample);
    if (size) {
      const pixels = await pool.decode({ name, bytes }, size);
      return { place, size, bytes: encodePng(pixels, size.height, size.width) };
    }
    if (done || !check) return { place, bytes };
    return { place, bytes, size: await pool.measure({ name, bytes }) };
  } catch (error) {
    if (!(error instanceof ImageDecodeError)) throw error;
    return { place, bytes: null, reason: error.message };
  }
}
