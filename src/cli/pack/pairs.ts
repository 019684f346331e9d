/** Pairs of a set as LFW's list, and out of one. */

import type { EncodedImages, SamplePairs } from "../../data/encoded_images.ts";
import { isImageName } from "../../data/sets/sample_names.ts";
import { formatPairs, type ImagePair, type ImageReference } from "../../evaluate/pairs_list.ts";
import { readPairs } from "../../evaluate/path_pairs.ts";
import { nameSome } from "../read_input.ts";

/** Folds that a verification set without any is cut into, as InsightFace does. */
export const BIN_FOLDS = 10;

/** A name without the ending of an image, as lists of pairs have them. */
export function stemOf(name: string): string {
  return isImageName(name) ? name.slice(0, name.lastIndexOf(".")) : name;
}

/**
 * Finds the pairs of a list among a set's samples.
 *
 * @param images The set; samples are called such as `Ann_Lee/Ann_Lee_0001.jpg`.
 * @param text A list of pairs.
 * @param name The list's name, for messages.
 * @throws {SyntaxError} for a malformed list; {@linkcode Error} naming the images that the set lacks.
 */
export function findPairs(images: EncodedImages, text: string, name: string): SamplePairs {
  const indexed = readPairs(text, name);
  const sampleOf = samplesOf(images, indexed.images, name);
  return {
    left: indexed.left.map((image) => sampleOf[image]!),
    right: indexed.right.map((image) => sampleOf[image]!),
    same: indexed.same,
  };
}

/**
 * The sample of each image that a list names.
 *
 * @throws {Error} naming those that the set lacks.
 */
export function samplesOf(
  images: EncodedImages,
  stems: readonly string[],
  list: string,
): Uint32Array {
  const known = new Map<string, number>();
  images.sampleNames.forEach((sample, index) => known.set(stemOf(sample), index));
  const missing = stems.filter((stem) => !known.has(stem));
  if (missing.length > 0) {
    throw new Error(
      `${images.name} lacks ${missing.length} of the ${stems.length} images that ${list} names, where ` +
        `samples are called such as ${images.sampleNames[0]}:\n${nameSome(missing)}`,
    );
  }
  return Uint32Array.from(stems, (stem) => known.get(stem)!);
}

/** The fold of each pair where a set's pairs are cut into folds of the same length, one after another. */
export function cutIntoFolds(pairs: number, folds: number): Uint16Array {
  return Uint16Array.from({ length: pairs }, (_, pair) => Math.floor((pair * folds) / pairs));
}

/**
 * LFW's list of pairs, in ten folds or else in one; null where their kinds are not even in number.
 *
 * @param paths The path of each sample; none where it could not be used.
 */
export function pairsText(
  { left, right, same }: SamplePairs,
  paths: readonly (string | undefined)[],
): { text: string | null; remark: string } {
  const pairs: Omit<ImagePair, "fold">[] = [];
  for (const [i, isSame] of same.entries()) {
    const [a, b] = [referenceOf(paths[left[i]!]), referenceOf(paths[right[i]!])];
    if (a && b && (a.identity === b.identity) === (isSame === 1)) {
      pairs.push({ left: a, right: b, same: isSame === 1 });
    }
  }
  for (const folds of [BIN_FOLDS, 1]) {
    const fold = cutIntoFolds(pairs.length, folds);
    const pairsPerClass = pairs.length / folds / 2;
    try {
      const text = formatPairs({
        folds,
        pairsPerClass,
        pairs: pairs.map((pair, i) => ({ ...pair, fold: fold[i]! })),
      });
      const kind = folds === 1 ? "one fold" : `${folds} folds`;
      return { text, remark: `pairs.txt lists ${pairs.length} pairs in ${kind}.` };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return {
    text: null,
    remark:
      `There is no pairs.txt: of the ${pairs.length} pairs not as many show one person as two.`,
  };
}

/** `Ann/Ann_0001.jpg` as a list refers to it; null for another form. */
function referenceOf(path: string | undefined): ImageReference | null {
  const match = /^([^/]+)\/(.*)_(\d{4,9})$/.exec(path === undefined ? "" : stemOf(path));
  return match && match[1] === match[2] ? { identity: match[1]!, image: Number(match[3]) } : null;
}
