import type { DataSet, ImageSize } from "../data/dataset.ts";
import { requireIdentities } from "../data/dataset.ts";
import {
  DecodedImages,
  type DecodedImagesOptions,
  selectGood,
} from "../data/decoding/decoded_images.ts";
import type { SkippedImage } from "../data/decoding/decoded_images.ts";
import { requireSample } from "../data/encoded_images.ts";
import type { OpenedImages } from "../data/encoded_images.ts";
import { selectImages } from "../data/exclusion.ts";
import { CropCache, type CropCacheOptions } from "./crop_cache.ts";

/** A data set whose crops are read from a cache on the disk; other sizes, and crops damaged there, are decoded. */
export class CachedImages implements DataSet, Disposable {
  /** The set's name. */
  readonly name: string;
  /** The identities' names. */
  readonly identities: readonly string[];
  /** The label of each sample, `[samples]`. */
  readonly labels: Uint32Array;
  /** The name of each sample in the set. */
  readonly sampleNames: readonly string[];
  /** The images that are damaged and not used. */
  readonly skipped: readonly SkippedImage[];
  readonly #cache: CropCache;
  /** Where each sample stands in the whole set. */
  readonly #samples: Uint32Array;
  readonly #decoded: DecodedImages;

  private constructor(
    decoded: DecodedImages,
    cache: CropCache,
    samples: Uint32Array,
    skipped: readonly SkippedImage[],
  ) {
    this.name = decoded.name;
    this.identities = decoded.identities;
    this.labels = decoded.labels;
    this.sampleNames = decoded.sampleNames;
    this.skipped = skipped;
    this.#cache = cache;
    this.#samples = samples;
    this.#decoded = decoded;
  }

  /**
   * Takes the crops of a set from its cache, which is made where it isn't there.
   *
   * @throws {Error} if the cache cannot be made, or too few identities are left.
   */
  static async open(
    images: OpenedImages,
    options: DecodedImagesOptions,
    cached: CropCacheOptions,
  ): Promise<CachedImages> {
    const { minImages = 1, minIdentities = 2 } = options;
    const cache = await CropCache.open(images, cached);
    try {
      const selection = selectGood(images, (sample) => !cache.damaged.has(sample), minImages);
      const good = selectImages(images, selection);
      requireIdentities(good, minIdentities, minImages);
      const decoded = await DecodedImages.from(good, { ...options, cacheBytes: 0 });
      const skipped = [...cache.damaged].map(([index, reason]) => ({
        file: images.sampleNames[index]!,
        reason,
      }));
      return new CachedImages(decoded, cache, selection.samples, skipped);
    } catch (error) {
      cache[Symbol.dispose]();
      throw error;
    }
  }

  /** Reads samples, see {@linkcode DataSet.read}. */
  async read(indices: readonly number[], size: ImageSize): Promise<Uint8Array<ArrayBuffer>> {
    const kept = this.#cache.size;
    if (size.height !== kept.height || size.width !== kept.width) {
      return await this.#decoded.read(indices, size);
    }
    const bytes = size.height * size.width * 3;
    const out = new Uint8Array(indices.length * bytes);
    for (const [i, index] of indices.entries()) {
      requireSample(this, index);
      const pixels = this.#cache.read(this.#samples[index]!) ??
        await this.#decoded.read([index], size);
      out.set(pixels, i * bytes);
    }
    return out;
  }

  /** Closes the cache and ends the workers. */
  [Symbol.dispose](): void {
    this.#cache[Symbol.dispose]();
    this.#decoded.dispose();
  }
}
