import { type FaceParameters, faceParameters } from "../faces/synthetic/parameters.ts";
import { renderFaces } from "../faces/synthetic/renderer.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { DataSet, ImageSize } from "./dataset.ts";

/** Options of {@linkcode SyntheticFaces}. */
export interface SyntheticOptions {
  /** How many people. */
  readonly identities: number;
  /** How many images of each. */
  readonly imagesPerIdentity: number;
  /** Determines every face; any safe integer, 0 by default. */
  readonly seed?: number;
  /** The number of the first person, 0 by default; sets of other numbers have no person in common. */
  readonly firstIdentity?: number;
  /** Most memory for images once drawn, in bytes; 512 MiB by default. What doesn't fit is drawn anew. */
  readonly cacheBytes?: number;
}

/** Images handed to the GPU before the progress is told. */
const PREPARE_BATCH = 64;

/**
 * Faces that nobody has, drawn on the GPU when they are first read and kept as bytes from then on.
 *
 * @example
 * ```ts
 * import { Gpu, SyntheticFaces } from "@spheregrad/spheregrad";
 *
 * using gpu = await Gpu.request();
 * const faces = new SyntheticFaces(gpu, { identities: 3, imagesPerIdentity: 2 });
 * const pixels = await faces.read([0, 5], { height: 56, width: 48 }); // [2, 56, 48, 3]
 * console.assert(faces.sampleNames[5] === "s00002/s00002_0001");
 * console.assert(pixels.length === 2 * 56 * 48 * 3);
 * ```
 */
export class SyntheticFaces implements DataSet {
  /** Always `synthetic`. */
  readonly name = "synthetic";
  /** Names such as `s00012`. */
  readonly identities: readonly string[];
  /** The label of each sample, `[identities * imagesPerIdentity]`. */
  readonly labels: Uint32Array<ArrayBuffer>;
  /** Names such as `s00012/s00012_0003`. */
  readonly sampleNames: readonly string[];
  readonly #gpu: Gpu;
  readonly #options: Required<SyntheticOptions>;
  readonly #cache = new Map<number, Uint8Array<ArrayBuffer>>();
  #cachedSize: ImageSize = { height: 0, width: 0 };

  /**
   * Draws nothing yet.
   *
   * @param gpu Draws the faces; it must outlive the set, or at least its last new image.
   * @throws RangeError when a number of the options isn't a whole number in its range.
   */
  constructor(gpu: Gpu, options: SyntheticOptions) {
    const { identities, imagesPerIdentity, seed = 0, firstIdentity = 0, cacheBytes = 2 ** 29 } =
      options;
    requireCount("identities", identities, 1);
    requireCount("images of an identity", imagesPerIdentity, 1);
    requireCount("number of the first identity", firstIdentity, 0);
    if (!Number.isSafeInteger(seed)) {
      throw new RangeError(`The seed of synthetic faces must be a safe integer, not ${seed}.`);
    }
    this.#gpu = gpu;
    this.#options = { identities, imagesPerIdentity, seed, firstIdentity, cacheBytes };
    this.identities = Array.from({ length: identities }, (_, i) => identityName(firstIdentity + i));
    const samples = identities * imagesPerIdentity;
    this.labels = Uint32Array.from(
      { length: samples },
      (_, i) => Math.floor(i / imagesPerIdentity),
    );
    this.sampleNames = Array.from({ length: samples }, (_, i) => {
      const identity = this.identities[this.labels[i]!]!;
      return `${identity}/${identity}_${String(i % imagesPerIdentity).padStart(4, "0")}`;
    });
  }

  /**
   * What a sample shows, its landmarks' source too.
   *
   * @throws RangeError when there is no such sample.
   */
  face(index: number): FaceParameters {
    const label = this.labels[index];
    if (label === undefined) {
      throw new RangeError(
        `There is no sample ${index} in the ${this.labels.length} of the synthetic faces.`,
      );
    }
    const { seed, firstIdentity, imagesPerIdentity } = this.#options;
    const sample = index % imagesPerIdentity;
    return faceParameters({ seed, identity: firstIdentity + label, sample });
  }

  /**
   * Reads samples; those that aren't in memory are drawn. Reading another size than the last forgets the
   * images of that one.
   *
   * @param indices Which samples; any number of times each.
   * @param size Height and width.
   * @returns RGB bytes, `[indices.length, size.height, size.width, 3]`.
   * @throws RangeError for an index that isn't one or a size that isn't of whole numbers from 1.
   */
  async read(indices: readonly number[], size: ImageSize): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = size.height * size.width * 3;
    if (!this.#holds(size)) {
      this.#cache.clear();
      this.#cachedSize = { height: size.height, width: size.width };
    }
    // Taken before the wait, since a read of another size may forget them meanwhile.
    const images = new Map(indices.map((index) => [index, this.#cache.get(index)]));
    const missing = [...images.keys()].filter((index) => images.get(index) === undefined);
    const drawn = await renderFaces(this.#gpu, missing.map((index) => this.face(index)), size);
    missing.forEach((index, i) => {
      const image = drawn.slice(i * bytes, (i + 1) * bytes);
      images.set(index, image);
      this.#keep(index, image, size);
    });
    const out = new Uint8Array(indices.length * bytes);
    indices.forEach((index, i) => out.set(images.get(index)!, i * bytes));
    return out;
  }

  /**
   * Draws all samples that memory may hold, so that reading them costs nothing later.
   *
   * @param size Height and width.
   * @param onProgress Hears how many samples are done, and of how many.
   */
  async prepare(
    size: ImageSize,
    onProgress?: (done: number, total: number) => void,
  ): Promise<void> {
    const room = Math.floor(this.#options.cacheBytes / (size.height * size.width * 3));
    const total = Math.min(this.labels.length, room);
    for (let start = 0; start < total; start += PREPARE_BATCH) {
      const count = Math.min(PREPARE_BATCH, total - start);
      await this.read(Array.from({ length: count }, (_, i) => start + i), size);
      onProgress?.(start + count, total);
    }
  }

  /**
   * Once memory is full, what is in stays: epochs that go through all samples in turn would otherwise
   * push out every image shortly before its next use.
   */
  #keep(index: number, image: Uint8Array<ArrayBuffer>, size: ImageSize): void {
    const full = (this.#cache.size + 1) * image.length > this.#options.cacheBytes;
    if (this.#holds(size) && !full) this.#cache.set(index, image);
  }

  #holds({ height, width }: ImageSize): boolean {
    return this.#cachedSize.height === height && this.#cachedSize.width === width;
  }
}

function identityName(number: number): string {
  return `s${String(number).padStart(5, "0")}`;
}

function requireCount(what: string, value: number, minimum: number): void {
  if (!Number.isSafeInteger(value) || value < minimum) {
    throw new RangeError(
      `The ${what} of synthetic faces must be a whole number from ${minimum}, not ${value}.`,
    );
  }
}
