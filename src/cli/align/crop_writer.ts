/** Makes crops on the GPU, encodes and writes them. */

import { batchBytes, beginCrops, type PendingCrops } from "../../faces/align/align.ts";
import type { KnownFace } from "../../faces/align/choose_face.ts";
import type { FaceCut } from "../../faces/align/face_cut.ts";
import type { RgbImage } from "../../faces/images/image.ts";
import type { Gpu } from "../../gpu/gpu.ts";
import type { CropEncoding } from "./photo_jobs.ts";
import type { PhotoPool } from "./photo_pool.ts";

/** What became of a photo. */
export interface PhotoResult {
  /** The photo's name. */
  readonly name: string;
  /** The faces that were found or known; null where the photo could not be looked at. */
  readonly faces: readonly KnownFace[] | null;
  /** The files of its crops. */
  readonly crops: readonly string[];
  /** Why there is no crop, or one less. */
  readonly problem?: string;
}

/** Where crops go. */
export interface CropSink {
  /** Names of the files of a photo's crops. */
  filesOf(photo: string, crops: number): string[];
  /** Writes a crop. */
  write(file: string, bytes: Uint8Array): Promise<void>;
  /** Hears of a photo when all of its crops are written. */
  done(result: PhotoResult): Promise<void>;
}

/** Crops of a dispatch: enough that reading them back does not cost more than making them. */
const CROPS_A_BATCH = 16;

/** Crops that are made and not yet written. */
const MOST_UNWRITTEN = 64;

/** A crop to make, and what to do with it. */
interface Order {
  readonly cut: FaceCut;
  readonly file: string;
  readonly written: () => void;
  readonly failed: (error: unknown) => void;
}

/** Makes crops in batches, one while the one before is brought back, encodes and writes them. */
export class CropWriter {
  readonly #gpu: Gpu;
  readonly #pool: PhotoPool;
  readonly #encoding: CropEncoding;
  readonly #sink: CropSink;
  #orders: Order[] = [];
  #bytes = 0;
  #working: { readonly orders: readonly Order[]; readonly pending: PendingCrops } | null = null;
  readonly #open = new Set<Promise<void>>();
  #unwritten = 0;
  #failure: { readonly error: unknown } | null = null;

  /** A writer of crops in one encoding. */
  constructor(gpu: Gpu, pool: PhotoPool, encoding: CropEncoding, sink: CropSink) {
    this.#gpu = gpu;
    this.#pool = pool;
    this.#encoding = encoding;
    this.#sink = sink;
  }

  /** Orders the crops of a photo; waits while too many are unwritten. */
  async add(cuts: readonly FaceCut[], result: PhotoResult): Promise<void> {
    const written: Promise<void>[] = [];
    for (const [i, cut] of cuts.entries()) {
      const full = this.#orders.length >= CROPS_A_BATCH ||
        this.#bytes + cut.bytes.length > batchBytes(this.#gpu);
      if (full) await this.#begin();
      const file = result.crops[i]!;
      written.push(
        new Promise((written, failed) => this.#orders.push({ cut, file, written, failed })),
      );
      this.#bytes += cut.bytes.length;
      this.#unwritten++;
    }
    this.#track(Promise.all(written).then(() => this.#sink.done(result)));
    // What is ordered but not begun is written by nobody yet.
    while (this.#unwritten - this.#orders.length > MOST_UNWRITTEN + this.#inWork) {
      await Promise.race(this.#open);
      if (this.#failure !== null) break;
    }
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Waits until all is written. */
  async finish(): Promise<void> {
    await this.#begin();
    await this.#begin();
    while (this.#open.size > 0) await Promise.race(this.#open);
    if (this.#failure !== null) throw this.#failure.error;
  }

  get #inWork(): number {
    return this.#working?.orders.length ?? 0;
  }

  /** Gives the GPU what was ordered, and takes back what it had before. */
  async #begin(): Promise<void> {
    const before = this.#working;
    const orders = this.#orders;
    [this.#orders, this.#bytes, this.#working] = [[], 0, null];
    if (orders.length > 0) {
      const pending = beginCrops(this.#gpu, orders.map(({ cut }) => cut));
      this.#working = { orders, pending };
    }
    if (before === null) return;
    for (const [i, crop] of (await before.pending.crops()).entries()) {
      const { file, written, failed } = before.orders[i]!;
      this.#track(this.#write(crop, file).then(written, failed));
    }
  }

  async #write(crop: RgbImage, file: string): Promise<void> {
    const { height, width, data } = crop;
    const bytes = await this.#pool.encode({ height, width, data }, this.#encoding);
    await this.#sink.write(file, bytes);
    this.#unwritten--;
  }

  #track(work: Promise<void>): void {
    const tracked = work.catch((error) => {
      this.#failure ??= { error };
    }).finally(() => this.#open.delete(tracked));
    this.#open.add(tracked);
  }
}
