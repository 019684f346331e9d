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
  /**
   * The JPEG or PNG file of a sample.
   *
   * @throws ImageDecodeError when this sample cannot be read; others may well be.
   */
  encoded(index: number): Promise<Uint8Array<ArrayBuffer>>;
}
