import { join } from "@std/path";
import { ImageDecodeError } from "../faces/decode.ts";
import { type DataSet, type ImageSize, requireIdentities } from "./dataset.ts";
import { DecodePool } from "./decode_pool.ts";
import { listIdentities } from "./folder_listing_files.ts";

/**
 * Images that a worker is given at once while batches are read: those of the batches ahead, for the main thread
 * is busy for most of a training step, or blocked until the GPU has done it, and hands out no more meanwhile.
 */
const JOBS_READ_AHEAD = 256;

/** Options of {@linkcode ImageFolder.open}. */
export interface ImageFolderOptions {
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
  /** Hears while the images are decoded into memory how many are done, and of how many. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** An image that isn't used. */
export interface SkippedImage {
  /** Its path within the folder. */
  readonly file: string;
  /** A sentence that says what is wrong with it. */
  readonly reason: string;
}

/** Decoded images of all samples at one size. */
interface Cache {
  readonly size: ImageSize;
  readonly pixels: Uint8Array;
}

interface Samples {
  readonly identities: readonly string[];
  readonly names: readonly string[];
  readonly labels: Uint32Array;
}

interface FolderState {
  readonly ignored: number;
  readonly skipped: Map<string, string>;
  readonly workers: number | undefined;
  readonly cache: Cache | null;
}

/**
 * A data set of image files, `dir/identity/image.jpg|jpeg|png`.
 *
 * Images are cropped to the aspect ratio asked for and scaled (see `fitCrop`). If all of them fit
 * into the cache, they are decoded once when the folder is opened, and damaged ones are left out;
 * otherwise they are decoded on every read, and one found damaged then is replaced by the next good
 * one of its identity. Either way {@linkcode ImageFolder.skipped} tells which and why.
 *
 * The folder must be disposed of, as its workers may keep the process alive.
 */
export class ImageFolder implements DataSet, Disposable {
  /** The folder's path as it was given. */
  readonly name: string;
  /** The identities' names, which are those of their folders, in order. */
  readonly identities: readonly string[];
  /** The label of each sample, `[samples]`. */
  readonly labels: Uint32Array;
  /** The path of each sample within the folder, `identity/image.jpg`. */
  readonly sampleNames: readonly string[];
  /** How many files, and folders in identity folders, aren't images; hidden ones aren't counted. */
  readonly ignored: number;
  readonly #skipped: Map<string, string>;
  readonly #workers: number | undefined;
  readonly #cache: Cache | null;
  /** The first sample of each label, as samples stand in the order of their labels, and the end. */
  readonly #starts: Uint32Array;
  #pool: DecodePool | null = null;

  private constructor(name: string, samples: Samples, state: FolderState) {
    this.name = name;
    this.identities = samples.identities;
    this.labels = samples.labels;
    this.sampleNames = samples.names;
    this.ignored = state.ignored;
    this.#skipped = state.skipped;
    this.#workers = state.workers;
    this.#cache = state.cache;
    this.#starts = new Uint32Array(samples.identities.length + 1);
    samples.labels.forEach((label, i) => this.#starts[label + 1] = i + 1);
  }

  /**
   * Lists a folder, and decodes its images if they fit into memory.
   *
   * @param dir The folder of identity folders.
   * @param options Size, filters and memory.
   * @throws Error when there is no such folder, it holds no images in identity folders, none of
   * them can be decoded, or too few identities are left.
   */
  static async open(dir: string, options: ImageFolderOptions): Promise<ImageFolder> {
    const { size, minImages = 1, minIdentities = 2, cacheBytes = 2 ** 30 } = options;
    const listing = await listIdentities(dir);
    const enough = listing.identities.filter(({ images }) => images.length >= minImages);
    let samples: Samples = {
      identities: enough.map((identity) => identity.name),
      names: enough.flatMap(({ name, images }) => images.map((image) => `${name}/${image}`)),
      labels: Uint32Array.from(enough.flatMap(({ images }, label) => images.map(() => label))),
    };
    requireIdentities({ name: dir, identities: samples.identities }, minIdentities, minImages);
    const skipped = new Map<string, string>();
    let cache: Cache | null = null;
    if (samples.names.length * pixelBytes(size) <= cacheBytes) {
      const pixels = await decodeAll(dir, samples.names, options, skipped);
      requireSomeGood(dir, samples.names, skipped);
      const kept = selectGood(samples, skipped, minImages);
      compact(pixels, kept.indices, pixelBytes(size));
      cache = { size: { height: size.height, width: size.width }, pixels };
      samples = kept.samples;
      requireIdentities({ name: dir, identities: samples.identities }, minIdentities, minImages);
    }
    const { ignored } = listing;
    return new ImageFolder(dir, samples, { ignored, skipped, cache, workers: options.workers });
  }

  /** The images found damaged so far, which are not used. */
  get skipped(): readonly SkippedImage[] {
    return [...this.#skipped].map(([file, reason]) => ({ file, reason }));
  }

  /**
   * Reads samples.
   *
   * @param indices Which samples; any number of times each.
   * @param size Height and width. Another size than the folder was opened for is decoded anew.
   * @returns RGB bytes, `[indices.length, size.height, size.width, 3]`.
   * @throws RangeError for an index that isn't one; Error when all images of an identity are damaged.
   */
  async read(indices: readonly number[], size: ImageSize): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = pixelBytes(size);
    const out = new Uint8Array(indices.length * bytes);
    for (const index of indices) this.#requireIndex(index);
    const cache = this.#cache;
    if (cache && cache.size.height === size.height && cache.size.width === size.width) {
      indices.forEach((index, i) =>
        out.set(cache.pixels.subarray(index * bytes, (index + 1) * bytes), i * bytes)
      );
      return out;
    }
    await Promise.all(indices.map(async (index, i) => {
      out.set(await this.#decode(index, size), i * bytes);
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
  async #decode(index: number, size: ImageSize): Promise<Uint8Array<ArrayBuffer>> {
    this.#pool ??= openPool(this.#workers, JOBS_READ_AHEAD);
    for (const candidate of this.#sameIdentity(index)) {
      const name = this.sampleNames[candidate]!;
      if (this.#skipped.has(name)) continue;
      try {
        return await this.#pool.decode({ name, path: join(this.name, name) }, size);
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

  /** The samples of this one's identity, from this one on and around to the one before it. */
  *#sameIdentity(index: number): Iterable<number> {
    const label = this.labels[index]!;
    for (let i = index; i < this.#starts[label + 1]!; i++) yield i;
    for (let i = this.#starts[label]!; i < index; i++) yield i;
  }

  #requireIndex(index: number): void {
    if (!(index >= 0 && index < this.labels.length)) {
      throw new RangeError(
        `There is no sample ${index} in the ${this.labels.length} of ${this.name}.`,
      );
    }
  }
}

function pixelBytes(size: ImageSize): number {
  return size.height * size.width * 3;
}

function openPool(workers: number | undefined, jobsPerWorker?: number): DecodePool {
  return new DecodePool({
    workers,
    jobsPerWorker,
    spawn: () =>
      new Worker(new URL("./decode_worker_files.ts", import.meta.url), { type: "module" }),
  });
}

/** Decodes files side by side into one array; what is damaged leaves a gap and a reason. */
async function decodeAll(
  dir: string,
  names: readonly string[],
  { size, workers, onProgress }: ImageFolderOptions,
  skipped: Map<string, string>,
): Promise<Uint8Array> {
  const pixels = new Uint8Array(names.length * pixelBytes(size));
  const reasons: (string | undefined)[] = [];
  using pool = openPool(workers);
  let next = 0;
  let done = 0;
  const lane = async () => {
    while (next < names.length) {
      const index = next++;
      const name = names[index]!;
      try {
        const image = await pool.decode({ name, path: join(dir, name) }, size);
        pixels.set(image, index * image.length);
      } catch (error) {
        if (!(error instanceof ImageDecodeError)) throw error;
        reasons[index] = error.message;
      }
      onProgress?.(++done, names.length);
    }
  };
  await Promise.all(Array.from({ length: pool.capacity }, lane));
  // In the order of the files, whichever was done first.
  names.forEach((name, i) => reasons[i] !== undefined && skipped.set(name, reasons[i]));
  return pixels;
}

/** The good samples of the identities of which enough are left, and where they stood before. */
function selectGood(
  { identities, names, labels }: Samples,
  skipped: ReadonlyMap<string, string>,
  minImages: number,
): { indices: number[]; samples: Samples } {
  const good = names.map((name) => !skipped.has(name));
  const counts = new Uint32Array(identities.length);
  labels.forEach((label, i) => good[i] && counts[label]!++);
  const stays = identities.map((_, label) => counts[label]! >= Math.max(1, minImages));
  let next = 0;
  const newLabels = stays.map((staying) => staying ? next++ : -1);
  const indices: number[] = [];
  labels.forEach((label, i) => good[i] && stays[label] && indices.push(i));
  const samples = {
    identities: identities.filter((_, label) => stays[label]),
    names: indices.map((i) => names[i]!),
    labels: Uint32Array.from(indices, (i) => newLabels[labels[i]!]!),
  };
  return { indices, samples };
}

/** Moves the images that stay to the front, in place. */
function compact(pixels: Uint8Array, indices: readonly number[], bytes: number): void {
  indices.forEach((from, to) => {
    if (from !== to) pixels.copyWithin(to * bytes, from * bytes, (from + 1) * bytes);
  });
}

function requireSomeGood(
  dir: string,
  names: readonly string[],
  skipped: ReadonlyMap<string, string>,
): void {
  if (skipped.size < names.length) return;
  throw new Error(
    `None of the ${names.length} images in ${dir} can be decoded; the first: ` +
      skipped.get(names[0]!),
  );
}
