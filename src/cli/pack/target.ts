/** What `pack` writes to: one class for each format. */

import type { EncodedImages } from "../../data/encoded_images.ts";
import { lastTwo, safePart, UniqueNames, withImageEnding } from "../../data/sets/sample_names.ts";
import type { Landmarks } from "../../faces/face.ts";

/** The formats that are written. */
export const PACK_FORMATS = ["folder", "rec", "bin", "zip", "tar"] as const;

/** One of them. */
export type PackFormat = (typeof PACK_FORMATS)[number];

/** An image file on its way into a set. */
export type PackedImage = Uint8Array<ArrayBuffer>;

/** A set that is being written beside its place. */
export interface PackTarget extends Disposable {
  /**
   * Takes the next sample in the order of {@linkcode packingOrder}; null for one that cannot be used. After
   * an interruption all are given again from the first on, and those that are there are not written.
   */
  add(sample: number, image: PackedImage | null): Promise<void>;
  /** Puts what was written on the disk; the bytes of the one file that grows, or 0. */
  sync(): Promise<number>;
  /**
   * Completes the set and puts it in its place.
   *
   * @param sizes How many images have each size, such as `112x112`, as far as they are known.
   * @returns Sentences for the log.
   */
  finish(sizes: ReadonlyMap<string, number>): Promise<string[]>;
}

/** A sample's place in a set of identity folders. */
export interface PackedName {
  /** Number of its identity: from 0, without gaps, in the order in which they come. */
  readonly label: number;
  /** `identity/file`. */
  readonly path: string;
}

/** Names samples after what they are called, so that no two are the same and none leads out of its set. */
export class PackedNames {
  readonly #images: EncodedImages;
  readonly #identities = new UniqueNames();
  #source = -1;
  #label = -1;
  #identity = "";
  #files = new UniqueNames();

  /** Names samples of a set, which come identity by identity. */
  constructor(images: EncodedImages) {
    this.#images = images;
  }

  /** Identities named so far. */
  get count(): number {
    return this.#label + 1;
  }

  /** Names the next sample. */
  take(sample: number, bytes: Uint8Array): PackedName {
    const { labels, identities, sampleNames } = this.#images;
    if (labels[sample] !== this.#source) {
      this.#source = labels[sample]!;
      this.#label++;
      this.#identity = this.#identities.take(safePart(identities[this.#source]!));
      this.#files = new UniqueNames();
    }
    const file = withImageEnding(safePart(lastTwo(sampleNames[sample]!).file), bytes);
    return { label: this.#label, path: `${this.#identity}/${this.#files.take(file)}` };
  }
}

/** Samples in the order in which they are written: identity by identity, or pair by pair. */
export function packingOrder(images: EncodedImages, format: PackFormat): Uint32Array {
  const { labels, pairs } = images;
  if (format === "bin") {
    return Uint32Array.from(
      { length: 2 * pairs!.same.length },
      (_, i) => (i % 2 === 0 ? pairs!.left : pairs!.right)[i >> 1]!,
    );
  }
  const order = Uint32Array.from(labels, (_, sample) => sample);
  return order.sort((a, b) => labels[a]! - labels[b]! || a - b);
}

/** A line of a list of landmarks: path, label, x and y of each by tabs, counted from 1 as such lists are. */
export function landmarkLine({ path, label }: PackedName, landmarks: Landmarks): string {
  const numbers = landmarks.flatMap(({ x, y }) => [x + 1, y + 1]);
  return [path, label, ...numbers].join("\t") + "\n";
}
