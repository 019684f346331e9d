/**
 * Image files as they stand in a set of any format: named, labelled, not yet decoded. Every format is read
 * into this shape and written from it, so that images pass from one to another bit for bit.
 */

import type { Landmarks } from "../faces/face.ts";

/** Labelled image files, addressed by sample index. */
export interface EncodedImages {
  /** For messages, such as a path. */
  readonly name: string;
  /** Identity names; a label is an index into this list. */
  readonly identities: readonly string[];
  /** The label of each sample, `[samples]`. */
  readonly labels: Uint32Array;
  /** A name for each sample, unique in the set, with `/` between folders, such as `p12/p12_0003.jpg`. */
  readonly sampleNames: readonly string[];
  /** Five landmarks of each sample where the set brings them. */
  readonly landmarks?: readonly (Landmarks | null)[];
  /** Pairs of the samples where the set is one for verification. */
  readonly pairs?: SamplePairs;
  /**
   * The JPEG or PNG file of a sample.
   *
   * @throws ImageDecodeError when this sample cannot be read; others may well be.
   */
  encoded(index: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Where a sample's file stands by itself on the disk, so that workers can read it; not for archives. */
  path?(index: number): string;
}

/** Pairs of samples, of which some show one person. */
export interface SamplePairs {
  /** The first sample of each pair. */
  readonly left: Uint32Array;
  /** The second sample of each pair. */
  readonly right: Uint32Array;
  /** 1 where both show one person, else 0. */
  readonly same: Uint8Array;
}

/** A set that is read from the disk. Dispose of it once it is no longer read. */
export interface OpenedImages extends EncodedImages, Disposable {
  /** The format's name for people, such as `identity folders`. */
  readonly format: string;
  /** Remarks for the log, such as files that are passed over. */
  readonly remarks: readonly string[];
  /** How many files were passed over, as they are no images; hidden ones aren't counted. */
  readonly ignored: number;
  /** Numbers below the largest label of the files that no image has, where labels are numbers; 0 is left out. */
  readonly labelGaps?: number;
  /**
   * What changes when the set's files do: their names, sizes and times of change, as one line for each. Reading
   * it may take a look at every file.
   */
  stamps(): AsyncIterable<string>;
}

/**
 * A set's image as a decode worker takes it: its path, or else its bytes.
 *
 * @throws ImageDecodeError when it cannot be read.
 */
export async function imageSourceOf(
  images: EncodedImages,
  index: number,
): Promise<{ name: string; path: string } | { name: string; bytes: Uint8Array<ArrayBuffer> }> {
  const name = images.sampleNames[index]!;
  if (images.path) return { name, path: images.path(index) };
  return { name, bytes: await images.encoded(index) };
}

/**
 * Refuses an index that is none of a set's.
 *
 * @throws RangeError naming the set and the number of its samples.
 */
export function requireSample(
  { name, labels }: Pick<EncodedImages, "name" | "labels">,
  index: number,
): void {
  if (Number.isInteger(index) && index >= 0 && index < labels.length) return;
  throw new RangeError(`There is no sample ${index} in the ${labels.length} of ${name}.`);
}
