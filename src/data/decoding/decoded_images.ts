import { ImageDecodeError } from "../../faces/images/decode.ts";
import { ByteGate } from "./byte_gate.ts";
import { type DataSet, type ImageSize, requireIdentities } from "../dataset.ts";
import { decodeAll } from "./decode_all.ts";
import { DecodePool } from "./decode_pool.ts";
import { type EncodedImages, requireSample } from "../encoded_images.ts";
import { selectIdentities, selectImages, type Selection } from "../exclusion.ts";

/**
 * Images that a worker is given at once while batches are read: those of the batches ahead, for the main thread
 * is busy for most of a training step, or blocked until the GPU has done it, and hands out no more meanwhile.
 */
const JOBS_READ_AHEAD = 256;

/** Options of {@linkcode DecodedImages.from}. */
export interface DecodedImagesOptions {
  /** The size that the images are wanted at; they are kept decoded at it where memory allows. */
  readonly size: ImageSize;
  /** Identities with fewer images are left out; 1 by default. */
  readonly minImages?: number;
  /** Fewer identities are an error; 2 by default, as training tells them apart. */
  readonly minIdentities?: number;
  /** Decode workers; by default one for each processor, at most 4. */
  readonly workers?: number;
  /** The most bytes of decoded images to keep; 1 GiB by default, 0 to decode on every read. */
  readonly cacheBytes?: number;
  /** Makes a decode worker; by default one that is handed bytes, which sets with paths can't be read by. */
  readonly spawn?: () => Worker;
  /** Hears while the images are decoded into memory how many are done, and of how many. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** An image that isn't used. */
export interface SkippedImage {
  /** Its name in the set. */
  readonly file: string;
  /** A sentence that says what is wrong with it. */
  readonly reason: string;
}

/** Decoded images of all samples at one size. */
export interface KeptPixels {
  /** Their size. */
  readonly size: ImageSize;
  /** RGB bytes, `[samples, height, width, 3]`. */
  readonly pixels: Uint8Array;
}

/** What {@linkcode prepareImages} makes of a set. */
export interface PreparedImages {
  /** The samples that are used. */
  readonly images: EncodedImages;
  /** Their pixels, if memory allows. */
  readonly cache: KeptPixels | null;
  /** Reasons of the images that are not used, by their names. */
  readonly skipped: Map<string, string>;
  /** How to start workers. */
  readonly options: Pick<DecodedImagesOptions, "workers" | "spawn">;
}

/**
 * A data set of image files in whatever format.
 *
 * Images are cropped to the aspect ratio asked for and scaled (see `fitCrop`). If all of them fit
 * into the cache, they are decoded once at first, and damaged ones are left out; otherwise they are
 * decoded on every read, and one found damaged then is replaced by the next good one of its identity.
 * Either way {@linkcode DecodedImages.skipped} tells which and why.
 *
 * It must be disposed of, as its workers may keep the process alive; the set that it reads outlives it.
 *
 * @example
 * ```ts
 * import { DecodedImages, type EncodedImages, encodePng } from "@spheregrad/spheregrad";
 *
 * const files = [10, 20].map((grey) => encodePng(new Uint8Array(12).fill(grey), 2, 2));
 * const set: EncodedImages = {
 *   name: "two people",
 *   identities: ["Ann", "Bo"],
 *   labels: Uint32Array.of(0, 1),
 *   sampleNames: ["Ann/1.png", "Bo/1.png"],
 *   encoded: (index) => Promise.resolve(files[index]!),
 * };
 * const size = { height: 1, width: 1 };
 * using images = await DecodedImages.from(set, { size, workers: 1 });
 * console.assert((await images.read([1], size))[0] === 20);
 * ```
 */
export class DecodedImages implements DataSet, Disposable {
  /** The set's name. */
  readonly name: string;
  /** The identities' names. */
  readonly identities: readonly string[];
  /** The label of each sample, `[samples]`. */
  readonly labels: Uint32Array;
  /** The name of each sample in the set. */
  readonly sampleNames: readonly string[];
  readonly #images: EncodedImages;
  readonly #cache: KeptPixels | null;
  readonly #skipped: Map<string, string>;
  readonly #options: Pick<DecodedImagesOptions, "workers" | "spawn">;
  readonly #gate = new ByteGate();
  #members: Members | null = null;
  #pool: DecodePool | null = null;

  /** Takes what {@linkcode prepareImages} has made. */
  protected constructor({ images, cache, skipped, options }: PreparedImages) {
    this.name = images.name;
    this.identities = images.identities;
    this.labels = images.labels;
    this.sampleNames = images.sampleNames;
    this.#images = images;
    this.#cache = cache;
    this.#skipped = skipped;
    this.#options = options;
  }

  /**
   * Takes a set, and decodes its images if they fit into memory.
   *
   * @param images The image files, which must stay readable.
   * @param options Size, filters and memory.
   * @throws Error when none of the images can be decoded, or too few identities are left.
   */
  static async from(images: EncodedImages, options: DecodedImagesOptions): Promise<DecodedImages> {
    return new DecodedImages(await prepareImages(images, options));
  }

  /** The images found damaged so far, which are not used. */
  get skipped(): readonly SkippedImage[] {
    return [...this.#skipped].map(([file, reason]) => ({ file, reason }));
  }

  /**
   * Reads samples.
   *
   * @param indices Which samples; any number of times each.
   * @param size Height and width. Another size than that of the cache is decoded anew.
   * @returns RGB bytes, `[indices.length, size.height, size.width, 3]`.
   * @throws RangeError for an index that isn't one; Error when all images of an identity are damaged.
   */
  async read(indices: readonly number[], size: ImageSize): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = pixelBytes(size);
    const out = new Uint8Array(indices.length * bytes);
    for (const index of indices) requireSample(this, index);
    const cache = this.#cache;
    if (cache && cache.size.height === size.height && cache.size.width === size.width) {
      indices.forEach((index, i) =>
        out.set(cache.pixels.subarray(index * bytes, (index + 1) * bytes), i * bytes)
      );
      return out;
    }
    await Promise.all(indices.map(async (index, i) => {
      out.set(await this.#replace(index, size), i * bytes);
    }));
    return out;
  }

  /** Ends the decode workers, if any. Reading at the cached size goes on working. */
  dispose(): void {
    this.#pool?.dispose();
    this.#pool = null;
  }

  /** The same as {@linkcode dispose}. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** The sample's pixels, or those of the next good sample of its identity. */
  async #replace(index: number, size: ImageSize): Promise<Uint8Array<ArrayBuffer>> {
    for (const candidate of this.#sameIdentity(index)) {
      const name = this.sampleNames[candidate]!;
      if (this.#skipped.has(name)) continue;
      try {
        return await this.#decode(candidate, size);
      } catch (error) {
        if (!(error instanceof ImageDecodeError)) throw error;
        this.#skipped.set(name, error.message);
      }
    }
    const identity = this.identities[this.labels[index]!]!;
    throw new Error(
      `None of the images of ${identity} in ${this.name} can be decoded; the first: ` +
        this.#skipped.get(this.sampleNames[index]!),
    );
  }

  #decode(index: number, size: ImageSize): Promise<Uint8Array<ArrayBuffer>> {
    const pool = this.#pool ??= openPool(this.#options, JOBS_READ_AHEAD);
    const images = this.#images;
    const name = this.sampleNames[index]!;
    if (images.path) return pool.decode({ name, path: images.path(index) }, size);
    return this.#gate.pass(
      () => images.encoded(index),
      (bytes) => pool.decode({ name, bytes }, size),
    );
  }

  /** The samples of this one's identity, from this one on and around to the one before it. */
  *#sameIdentity(index: number): Iterable<number> {
    yield index;
    const { starts, samples } = this.#members ??= membersOf(this.#images);
    const label = this.labels[index]!;
    const own = samples.subarray(starts[label]!, starts[label + 1]!);
    const at = own.indexOf(index);
    for (let i = at + 1; i < own.length; i++) yield own[i]!;
    for (let i = 0; i < at; i++) yield own[i]!;
  }
}

/** The samples of each label: `samples[starts[label]]` to `samples[starts[label + 1] - 1]`. */
interface Members {
  readonly starts: Uint32Array;
  readonly samples: Uint32Array;
}

function membersOf({ identities, labels }: EncodedImages): Members {
  const starts = new Uint32Array(identities.length + 1);
  for (const label of labels) starts[label + 1]!++;
  for (let label = 0; label < identities.length; label++) starts[label + 1]! += starts[label]!;
  const next = starts.slice();
  const samples = new Uint32Array(labels.length);
  labels.forEach((label, sample) => samples[next[label]!++] = sample);
  return { starts, samples };
}

/**
 * Leaves out identities with too few images, and decodes the others if they fit into memory.
 *
 * @throws Error when none of the images can be decoded, or too few identities are left.
 */
export async function prepareImages(
  images: EncodedImages,
  options: DecodedImagesOptions,
): Promise<PreparedImages> {
  const { size, minImages = 1, minIdentities = 2, cacheBytes = 2 ** 30 } = options;
  const enough = keepEnough(images, minImages);
  requireIdentities(enough, minIdentities, minImages);
  const skipped = new Map<string, string>();
  if (enough.labels.length * pixelBytes(size) > cacheBytes) {
    return { images: enough, cache: null, skipped, options };
  }
  const pixels = await decodeIntoMemory(enough, options, skipped);
  requireSomeGood(enough, skipped);
  const selection = selectGood(
    enough,
    (sample) => !skipped.has(enough.sampleNames[sample]!),
    minImages,
  );
  compact(pixels, selection.samples, pixelBytes(size));
  const cache = { size: { height: size.height, width: size.width }, pixels };
  const good = skipped.size === 0 ? enough : selectImages(enough, selection);
  requireIdentities(good, minIdentities, minImages);
  return { images: good, cache, skipped, options };
}

/** The set without identities of fewer images than that, and in any case without those of none. */
export function keepEnough(images: EncodedImages, minImages: number): EncodedImages {
  const selection = selectIdentities(images, (_, __, count) => count >= Math.max(1, minImages));
  return selection.identities.length === images.identities.length
    ? images
    : selectImages(images, selection);
}

/** The good samples of the identities of which enough are left. */
export function selectGood(
  { identities, labels }: Pick<EncodedImages, "identities" | "labels">,
  isGood: (sample: number) => boolean,
  minImages: number,
): Selection {
  const good = Uint32Array.from(labels, (_, sample) => sample).filter(isGood);
  const { samples, ...rest } = selectIdentities(
    { identities, labels: good.map((sample) => labels[sample]!) },
    (_, __, count) => count >= Math.max(1, minImages),
  );
  return { ...rest, samples: samples.map((place) => good[place]!) };
}

/**
 * Refuses a set of which every image is damaged.
 *
 * @throws Error with the reason of the first.
 */
export function requireSomeGood(
  { name, sampleNames }: EncodedImages,
  skipped: ReadonlyMap<string, string>,
): void {
  if (skipped.size < sampleNames.length) return;
  throw new Error(
    `None of the ${sampleNames.length} images in ${name} can be decoded; the first: ` +
      skipped.get(sampleNames[0]!),
  );
}

/** Bytes of an image as RGB. */
export function pixelBytes(size: ImageSize): number {
  return size.height * size.width * 3;
}

/** Starts workers, which are given so many images at once. */
export function openPool(
  { workers, spawn }: Pick<DecodedImagesOptions, "workers" | "spawn">,
  jobsPerWorker?: number,
): DecodePool {
  return new DecodePool({ workers, jobsPerWorker, spawn });
}

/** Decodes all images into one array; what is damaged leaves a gap and a reason. */
async function decodeIntoMemory(
  images: EncodedImages,
  options: DecodedImagesOptions,
  skipped: Map<string, string>,
): Promise<Uint8Array> {
  const { size, onProgress } = options;
  const bytes = pixelBytes(size);
  const total = images.labels.length;
  const pixels = new Uint8Array(total * bytes);
  const reasons = new Map<number, string>();
  let done = 0;
  using pool = openPool(options);
  await decodeAll(images, [0, total], pool, size, {
    image(index, image) {
      pixels.set(image, index * bytes);
      onProgress?.(++done, total);
    },
    damaged(index, reason) {
      reasons.set(index, reason);
      onProgress?.(++done, total);
    },
  });
  // In the order of the files, whichever was done first.
  for (const index of [...reasons.keys()].sort((a, b) => a - b)) {
    skipped.set(images.sampleNames[index]!, reasons.get(index)!);
  }
  return pixels;
}

/** Moves the images that stay to the front, in place. */
function compact(pixels: Uint8Array, samples: Uint32Array, bytes: number): void {
  samples.forEach((from, to) => {
    if (from !== to) pixels.copyWithin(to * bytes, from * bytes, (from + 1) * bytes);
  });
}
