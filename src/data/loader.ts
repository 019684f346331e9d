import { Random } from "../random.ts";
import { cutWindows, withMargin } from "./crop_windows.ts";
import type { DataSet, ImageSize } from "./dataset.ts";

/** Options of {@linkcode BatchLoader}. */
export interface LoaderOptions {
  /** Samples in a batch. */
  readonly batch: number;
  /** Height and width of the images. */
  readonly size: ImageSize;
  /** Determines every batch. */
  readonly seed: number;
  /** Whether half of the images, drawn at random, are to be mirrored. */
  readonly flip: boolean;
  /**
   * Rows and columns by which images are read larger than `size`; each gets a window drawn at random, such as
   * 112 x 96 of 116 x 100 with a jitter of 4. 0 by default.
   */
  readonly jitter?: number | undefined;
  /** How many batches are read ahead of the one asked for; 2 by default. */
  readonly prefetch?: number;
}

/** One training step's samples. */
export interface Batch {
  /** The number of the batch, from 0. */
  readonly iteration: number;
  /** RGB bytes, not yet mirrored, `[batch, height, width, 3]`. */
  readonly pixels: Uint8Array<ArrayBuffer>;
  /** Labels, `[batch]`. */
  readonly labels: Uint32Array<ArrayBuffer>;
  /** 1 for each image to be mirrored left to right, which the GPU does, `[batch]`. */
  readonly flips: Uint8Array<ArrayBuffer>;
  /** The samples' places in the data set, `[batch]`. */
  readonly indices: readonly number[];
}

/** More would leave little of the face to every window. */
const MOST_JITTER = 255;

/** The order of one epoch's samples, which of them are mirrored, and where their windows begin. */
interface EpochPlan {
  readonly epoch: number;
  readonly order: Uint32Array;
  readonly flips: Uint8Array;
  /** First row and column of each window, where there is jitter. */
  readonly places: Uint8Array;
}

/**
 * Endless full batches of a data set, read ahead of their use.
 *
 * Every epoch is a shuffle of all samples of its own, and a batch may run over the border of two
 * epochs. Batch `i` is determined by the seed, `i` and the data set alone, so that
 * {@linkcode BatchLoader.seek} is all that a checkpoint needs to go on in the middle of an epoch.
 *
 * The loader must be disposed of before the data set that it reads.
 */
export class BatchLoader implements Disposable {
  readonly #dataset: DataSet;
  readonly #options: LoaderOptions;
  readonly #random: Random;
  readonly #prefetch: number;
  #plan: EpochPlan | null = null;
  #iteration = 0;
  /** The batches from `#iteration` on that are being read. */
  #ahead: Promise<Batch>[] = [];
  #disposed = false;

  /**
   * Starts at batch 0; nothing is read before {@linkcode next} is called.
   *
   * @throws RangeError when the data set is empty or an option isn't a sensible number.
   */
  constructor(dataset: DataSet, options: LoaderOptions) {
    const { batch, prefetch = 2, jitter = 0 } = options;
    if (!Number.isInteger(batch) || batch < 1) {
      throw new RangeError(`A batch takes at least 1 sample, not ${batch}.`);
    }
    if (!Number.isInteger(prefetch) || prefetch < 0) {
      throw new RangeError(`The batches to read ahead must be 0 or more, not ${prefetch}.`);
    }
    if (!Number.isInteger(jitter) || jitter < 0 || jitter > MOST_JITTER) {
      throw new RangeError(
        `The jitter of crops must be 0 to ${MOST_JITTER} whole pixels, not ${jitter}.`,
      );
    }
    if (dataset.labels.length === 0) {
      throw new RangeError(`${dataset.name} holds no samples to make batches of.`);
    }
    this.#dataset = dataset;
    this.#options = options;
    this.#prefetch = prefetch;
    this.#random = new Random(options.seed);
  }

  /** The number of the batch that {@linkcode next} gives next. */
  get iteration(): number {
    return this.#iteration;
  }

  /**
   * The next batch.
   *
   * @throws Error when the loader has been disposed of, or whatever the data set's `read` throws.
   */
  next(): Promise<Batch> {
    if (this.#disposed) return Promise.reject(new Error("The loader has been disposed of."));
    while (this.#ahead.length <= this.#prefetch) {
      const batch = this.#read(this.#iteration + this.#ahead.length);
      // An error is thrown to whoever takes this batch, and to nobody when nobody does.
      batch.catch(() => {});
      this.#ahead.push(batch);
    }
    this.#iteration++;
    return this.#ahead.shift()!;
  }

  /**
   * Goes to a batch, so that {@linkcode next} gives it.
   *
   * @throws RangeError when the iteration isn't a whole number from 0.
   */
  seek(iteration: number): void {
    if (!Number.isSafeInteger(iteration) || iteration < 0) {
      throw new RangeError(`There is no batch ${iteration}; batches are counted from 0.`);
    }
    if (iteration === this.#iteration) return;
    this.#iteration = iteration;
    this.#ahead = [];
  }

  /** Stops reading ahead. The data set stays open. */
  dispose(): void {
    this.#disposed = true;
    this.#ahead = [];
    this.#plan = null;
  }

  /** The same as {@linkcode dispose}. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  async #read(iteration: number): Promise<Batch> {
    const { batch, size, jitter = 0 } = this.#options;
    const samples = this.#dataset.labels.length;
    const indices: number[] = [];
    const flips = new Uint8Array(batch);
    const labels = new Uint32Array(batch);
    const places: (readonly [number, number])[] = [];
    for (let i = 0; i < batch; i++) {
      const position = iteration * batch + i;
      const plan = this.#planOf(Math.floor(position / samples));
      const sample = plan.order[position % samples]!;
      indices.push(sample);
      labels[i] = this.#dataset.labels[sample]!;
      flips[i] = plan.flips[position % samples]!;
      const at = 2 * (position % samples);
      if (jitter > 0) places.push([plan.places[at]!, plan.places[at + 1]!]);
    }
    const whole = await this.#dataset.read(indices, withMargin(size, jitter));
    const pixels = cutWindows(whole, size, jitter, (image) => places[image]!);
    return { iteration, pixels, labels, flips, indices };
  }

  #planOf(epoch: number): EpochPlan {
    if (this.#plan?.epoch === epoch) return this.#plan;
    const samples = this.#dataset.labels.length;
    const random = this.#random.fork(epoch);
    const order = random.fork(0).shuffle(Uint32Array.from({ length: samples }, (_, i) => i));
    const { flip, jitter = 0 } = this.#options;
    const flips = new Uint8Array(samples);
    // Of its own stream, so that the order is the same with flips and without.
    const coin = random.fork(1);
    if (flip) flips.forEach((_, i) => flips[i] = coin.below(2));
    const places = new Uint8Array(jitter > 0 ? 2 * samples : 0);
    const die = random.fork(2);
    places.forEach((_, i) => places[i] = die.below(jitter + 1));
    return this.#plan = { epoch, order, flips, places };
  }
}
