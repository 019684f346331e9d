/** Any number of images to embeddings, in bounded memory, with a GPU that never waits for the next ones. */

import type { Gpu } from "../gpu/gpu.ts";
import { STAGE_CHANNELS } from "./table2.ts";
import type { ImageSize } from "../data/dataset.ts";

/** How images are led past a GPU. */
export interface StreamPlan {
  /** Images that go through the net together, each with its mirror. */
  readonly batch: number;
  /** Batches given to the GPU before the first of them is awaited. */
  readonly inFlight: number;
}

/** Pixels of the paper's images, for which {@linkcode BATCHES} are. */
const PAPER_PIXELS = 112 * 96;

/** A software adapter gains nothing beyond its caches; a GPU wants to be filled. */
const BATCHES = { software: 16, gpu: 64 } as const;

/** Of images so small that the work for each hardly counts. */
const LARGEST_BATCH = 256;

/** Kernels may want a range of a few times an activation, as Winograd's transforms do. */
const ACTIVATIONS_A_BINDING = 4;

/**
 * The plan that suits an adapter: enough work that its fixed cost does not count, and so little that memory
 * stays small. Deno notices only every 10 ms what a GPU has done, so that a fast one is given more batches.
 */
export function streamPlan({ adapter, bindingLimit }: StreamTarget, size: ImageSize): StreamPlan {
  const { height, width } = size;
  const wanted = BATCHES[adapter.class] * PAPER_PIXELS / (height * width);
  const floats = 2 * Math.ceil(height / 2) * Math.ceil(width / 2) * STAGE_CHANNELS[0]!;
  const room = bindingLimit / (4 * floats * ACTIVATIONS_A_BINDING);
  const batch = Math.max(1, Math.min(wanted, room, LARGEST_BATCH));
  return {
    batch: 2 ** Math.floor(Math.log2(batch)),
    inFlight: adapter.class === "gpu" ? 4 : 2,
  };
}

/** What a plan depends on. */
export type StreamTarget = Pick<Gpu, "adapter" | "bindingLimit">;

/**
 * Packs items of equal length into batches, the last of which may have fewer.
 *
 * @throws {RangeError} for an item of another length.
 */
export async function* packed(
  items: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { batch, bytes, describe }: PackOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  let pixels = new Uint8Array(batch * bytes);
  let count = 0;
  for await (const item of items) {
    if (item.length !== bytes) throw new RangeError(describe(item.length));
    pixels.set(item, count * bytes);
    if (++count < batch) continue;
    yield pixels;
    pixels = new Uint8Array(batch * bytes);
    count = 0;
  }
  if (count > 0) yield pixels.subarray(0, count * bytes);
}

/** Options of {@linkcode packed}. */
export interface PackOptions {
  /** Items in a batch. */
  readonly batch: number;
  /** Length of an item. */
  readonly bytes: number;
  /** What to say of an item of another length. */
  readonly describe: (length: number) => string;
}

/**
 * Starts work on each item and gives the results in the items' order, with up to `inFlight` items started
 * and not yet taken. Results that nobody takes, because the reader or another item failed, are let go.
 */
export async function* overlapped<Item, Result>(
  items: AsyncIterable<Item>,
  start: (item: Item) => Promise<Result>,
  inFlight: number,
): AsyncGenerator<Result, void, void> {
  const started: Promise<Result>[] = [];
  for await (const item of items) {
    const result = start(item);
    // A rejection that nobody awaits yet would end the process.
    result.catch(() => {});
    started.push(result);
    if (started.length >= inFlight) yield await started.shift()!;
  }
  while (started.length > 0) yield await started.shift()!;
}
