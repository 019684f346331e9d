/** Pairs to be judged, and their images: a list and a set, or a verification set. */

import type { EncodedImages, OpenedImages } from "../data/encoded_images.ts";
import { openImages } from "../data/sets/open_images_files.ts";
import { findRecords } from "../data/sets/record_images_files.ts";
import type { IndexedPairs } from "../evaluate/pairs_list.ts";
import { readPairs } from "../evaluate/path_pairs.ts";
import type { CropSource } from "./crops.ts";
import { findImages } from "./image_paths.ts";
import { BIN_FOLDS, cutIntoFolds, samplesOf } from "./pack/pairs.ts";
import { readInput } from "./read_input.ts";

/** Pairs and their images. Dispose of it once the images are read. */
export interface PairsSource extends Disposable {
  /** The set of images, for messages. */
  readonly images: string;
  /** The pairs. */
  readonly pairs: IndexedPairs;
  /** The images that the pairs name, in their order. */
  readonly source: CropSource;
}

/**
 * Opens what is to be judged.
 *
 * @param list A list of pairs, or a verification set.
 * @param images The set of the list's images; none beside a verification set.
 * @param folds Folds of a verification set, which are cut one after another; 10 by default.
 * @throws {TypeError} for an argument too many or too few; {@linkcode Error} for what isn't there.
 */
export async function openPairs(
  list: string,
  images: string | undefined,
  folds: number | undefined,
): Promise<PairsSource> {
  const bytes = await readInput(list, "pairs list");
  if (bytes[0] === 0x80 || /\.bin$/i.test(list)) return await openBin(list, images, folds);
  if (folds !== undefined) {
    throw new TypeError("--folds belongs to a verification .bin; a list brings its own folds.");
  }
  if (images === undefined) throw new TypeError("--images is missing; see --help.");
  const pairs = readPairs(new TextDecoder().decode(bytes), list);
  if (await isPlainFolder(images)) {
    const source = await findImages(images, pairs.images, list);
    return { images, pairs, source, [Symbol.dispose]() {} };
  }
  const set = await openImages(images);
  try {
    const source = sampled(set, samplesOf(set, pairs.images, list));
    return { images, pairs, source, [Symbol.dispose]: () => set[Symbol.dispose]() };
  } catch (error) {
    set[Symbol.dispose]();
    throw error;
  }
}

/** A folder of people's folders, of which only those that a list names are looked at. */
async function isPlainFolder(path: string): Promise<boolean> {
  const stands = await Deno.stat(path).catch(() => null);
  if (stands === null) return true; // what looks for images there says so
  return stands.isDirectory && await findRecords(path) === null;
}

/** Samples of a set, as if there were no others. */
function sampled(set: OpenedImages, samples: Uint32Array): EncodedImages {
  return {
    name: set.name,
    identities: set.identities,
    labels: samples.map((sample) => set.labels[sample]!),
    sampleNames: Array.from(samples, (sample) => set.sampleNames[sample]!),
    encoded: (index) => set.encoded(samples[index]!),
    ...(set.path && { path: (index: number) => set.path!(samples[index]!) }),
  };
}

async function openBin(
  list: string,
  images: string | undefined,
  folds = BIN_FOLDS,
): Promise<PairsSource> {
  if (images !== undefined) {
    throw new TypeError(`${list} brings its own images; leave --images out.`);
  }
  const set = await openImages(list);
  const { pairs } = set;
  if (!pairs) {
    set[Symbol.dispose]();
    throw new Error(`${list} has no pairs; it is a set of ${set.format}.`);
  }
  const count = pairs.same.length;
  if (folds > count || folds > 65_535) {
    throw new RangeError(`--folds must be at most ${count}, the number of pairs, not ${folds}.`);
  }
  const { samples, imageOf } = await withoutCopies(set);
  const source = sampled(set, samples);
  return {
    images: list,
    pairs: {
      images: source.sampleNames,
      left: pairs.left.map((sample) => imageOf[sample]!),
      right: pairs.right.map((sample) => imageOf[sample]!),
      same: pairs.same,
      fold: cutIntoFolds(count, folds),
    },
    source,
    [Symbol.dispose]: () => set[Symbol.dispose](),
  };
}

/** A verification set has a copy of an image for each pair that it is in; one of them is enough. */
async function withoutCopies(
  set: OpenedImages,
): Promise<{ samples: Uint32Array; imageOf: Uint32Array }> {
  const seen = new Map<string, number>();
  const samples: number[] = [];
  const imageOf = new Uint32Array(set.labels.length);
  for (let sample = 0; sample < imageOf.length; sample++) {
    const hash = await crypto.subtle.digest("SHA-256", await set.encoded(sample));
    const key = String.fromCharCode(...new Uint16Array(hash));
    const image = seen.get(key) ?? samples.push(sample) - 1;
    seen.set(key, image);
    imageOf[sample] = image;
  }
  return { samples: Uint32Array.from(samples), imageOf };
}
