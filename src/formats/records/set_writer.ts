/** Writes a set of labelled images as InsightFace does: images, record 0, a record for each identity. */

import type { ByteSink } from "../byte_source.ts";
import { encodeImageRecord } from "./image_record.ts";
import { formatRecordIndex, formatRecordList, type ListedImage } from "./lists.ts";
import { RecordWriter } from "./recordio.ts";

/** What stands beside the `.rec` file. */
export interface RecordSetTexts {
  /** The `.idx` file: each record's number and first byte. */
  readonly index: string;
  /** The `.lst` file: each image's path and class. */
  readonly list: string;
  /** Number of different classes, for the `property` file. */
  readonly classes: number;
}

/** Records' numbers stand in 32-bit floats. */
const MOST_RECORDS = 2 ** 24;

/**
 * Writes a `.rec` file image by image.
 *
 * @example
 * ```ts
 * import { RecordSetWriter } from "@spheregrad/spheregrad";
 *
 * const pieces: Uint8Array[] = [];
 * const writer = new RecordSetWriter({ write: async (bytes) => void pieces.push(bytes.slice()) });
 * await writer.add(0, new Uint8Array([0xff, 0xd8]), "ann/1.jpg");
 * console.log((await writer.finish()).list); // 1 ann/1.jpg 0, with tabs between
 * ```
 */
export class RecordSetWriter {
  readonly #records: RecordWriter;
  readonly #offsets: number[] = [];
  readonly #keys: number[] = [];
  readonly #images: Omit<ListedImage, "id">[] = [];
  /** Number of the first image of each identity. */
  readonly #firsts: number[] = [];
  readonly #classes: Set<number> = new Set();
  #label = -1;

  /**
   * Starts an empty set.
   *
   * @param sink Where the `.rec` file's bytes go.
   */
  constructor(sink: ByteSink) {
    this.#records = new RecordWriter(sink);
  }

  /**
   * Appends an image.
   *
   * @param label Its class; all images of a class must follow each other.
   * @param image The image file, kept bit for bit.
   * @param path Its name for the list.
   * @throws {RangeError} when the class was there before and another came between, for labels that are
   *   none, for an empty image, and for more records than the format can number.
   */
  async add(label: number, image: Uint8Array, path: string): Promise<void> {
    this.#requireNext(label, path);
    if (image.length === 0) {
      throw new RangeError(`${path} is empty: only a record of an identity has no image.`);
    }
    const key = this.#images.length + 1;
    if (label !== this.#label) this.#firsts.push(key);
    this.#label = label;
    this.#classes.add(label);
    this.#images.push({ path, label });
    await this.#write(key, [label], image);
  }

  /**
   * Appends the records of the identities.
   *
   * @returns The texts of the files beside.
   * @throws {RangeError} when there are more records than the format can number.
   */
  async finish(): Promise<RecordSetTexts> {
    const end = this.#images.length + 1;
    if (end + this.#firsts.length >= MOST_RECORDS) throw tooMany();
    const nothing = new Uint8Array();
    await this.#write(0, [end, end + this.#firsts.length], nothing);
    for (const [i, first] of this.#firsts.entries()) {
      await this.#write(end + i, [first, this.#firsts[i + 1] ?? end], nothing);
    }
    return {
      index: formatRecordIndex({
        keys: Float64Array.from(this.#keys),
        offsets: Float64Array.from(this.#offsets),
      }),
      list: formatRecordList(this.#images),
      classes: this.#classes.size,
    };
  }

  async #write(id: number, labels: readonly number[], image: Uint8Array): Promise<void> {
    const offset = await this.#records.write(encodeImageRecord({ labels, id }, image));
    this.#keys.push(id);
    this.#offsets.push(offset);
  }

  #requireNext(label: number, path: string): void {
    if (!Number.isInteger(label) || label < 0 || label >= MOST_RECORDS) {
      throw new RangeError(`The class of ${path} must be an integer from 0 on, not ${label}.`);
    }
    if (label !== this.#label && this.#classes.has(label)) {
      throw new RangeError(
        `${path} is of class ${label}, whose images ended before: sort the images by class.`,
      );
    }
    if (/[\t\r\n]/.test(path)) {
      throw new RangeError(`${JSON.stringify(path)} cannot stand in a list: rename the image.`);
    }
    if (this.#images.length + 2 >= MOST_RECORDS) throw tooMany();
  }
}

function tooMany(): RangeError {
  return new RangeError(
    `A record set numbers its records by 32-bit floats, up to ${MOST_RECORDS}: split the set.`,
  );
}
