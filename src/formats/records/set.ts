/**
 * Sets of labelled face images in one `.rec` file, as InsightFace and MXNet's im2rec write them. In
 * InsightFace's, record 0 has no image: its two labels are the first number after the images and the
 * first after the identities, and each identity has a record of its own with the range of its images.
 */

import type { ByteSource } from "../byte_source.ts";
import { decodeImageRecord, IMAGE_RECORD_HEADER_BYTES, type RecordHeader } from "./image_record.ts";
import { parseRecordIndex, type RecordIndex } from "./lists.ts";
import { locateRecord, readRecord, readRecordStart, recordPlaces } from "./recordio.ts";
import { windowed } from "../window.ts";

/** An open set. */
export interface RecordSet {
  /** The `.rec` file's name. */
  readonly name: string;
  /** The number of each image's record. */
  readonly keys: Float64Array;
  /** The class of each image, as the file has it. */
  readonly labels: Uint32Array;
  /** Whether the set is InsightFace's, with a record for each identity. */
  readonly hasIdentityRecords: boolean;
  /**
   * An image file.
   *
   * @param index From 0, in the order of `keys`.
   * @throws {SyntaxError} when its record is damaged or another's.
   */
  image(index: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** What may stand beside a `.rec` file. */
export interface RecordSetIndex {
  /** The text of the `.idx` file. */
  readonly text: string;
  /** Its name, for messages. */
  readonly name: string;
}

/** Bytes that hold the header and as many labels as any record of a face set has. */
const HEAD_BYTES = IMAGE_RECORD_HEADER_BYTES + 8;
/** From here on 32-bit floats leave numbers out, so that ranges may be wrong by one. */
const LARGEST_EXACT = 2 ** 24;

const FAR_WINDOW_BYTES = 4096;

const UNKNOWN = -1;
const NO_IMAGE = -2;

/**
 * Opens a set. Of InsightFace's kind only one image's header is read for each identity, since their
 * records tell the ranges; else all headers are.
 *
 * @param source The `.rec` file, read at random places.
 * @param index The `.idx` file, where there is one; without it the file is walked through.
 * @throws {SyntaxError} when records are damaged, missing or at odds with each other.
 */
export async function openRecordSet(
  source: ByteSource,
  index: RecordSetIndex | null = null,
): Promise<RecordSet> {
  const near = windowed(source);
  const places = index === null ? await walk(near) : indexed(index, source);
  const labels = new Float64Array(places.keys.length).fill(UNKNOWN);
  const zero = places.keys[0] === 0 ? await headOf(near, places.offsets[0]!) : null;
  const hasIdentityRecords = zero !== null && zero.isEmpty && zero.header.labels.length === 2;
  if (hasIdentityRecords && zero.header.labels[1]! < LARGEST_EXACT) {
    await labelByRanges(source, places, labels, zero.header);
  }
  await labelOneByOne(near, places, labels);
  const images = Uint32Array.from(labels.keys()).filter((i) => labels[i]! >= 0);
  return {
    name: source.name,
    keys: Float64Array.from(images, (i) => places.keys[i]!),
    labels: Uint32Array.from(images, (i) => labels[i]!),
    hasIdentityRecords,
    async image(at) {
      const i = images[at];
      if (i === undefined) throw new RangeError(`${source.name} has no image ${at}.`);
      return await readImage(source, places.keys[i]!, places.offsets[i]!, labels[i]!);
    },
  };
}

async function readImage(
  source: ByteSource,
  key: number,
  offset: number,
  label: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const record = await readRecord(source, offset);
  const { header, image } = decodeImageRecord(record, `Record ${key} of ${source.name}`);
  if (header.labels[0] !== label) {
    throw malformed(
      source.name,
      `the image of record ${key} is of class ${header.labels[0]}, but its identity is ${label}`,
    );
  }
  return image.slice() as Uint8Array<ArrayBuffer>;
}

/** Numbers and places of all records, from the records themselves. */
async function walk(source: ByteSource): Promise<RecordIndex> {
  const keys: number[] = [];
  const offsets: number[] = [];
  for await (const place of recordPlaces(source)) {
    const start = await readRecordStart(source, place, IMAGE_RECORD_HEADER_BYTES);
    keys.push(idOf(start, `The record at byte ${place.offset} of ${source.name}`));
    offsets.push(place.offset);
  }
  return sorted(keys, offsets, source.name);
}

function indexed(index: RecordSetIndex, source: ByteSource): RecordIndex {
  const { keys, offsets } = parseRecordIndex(index.text, index.name);
  const astray = offsets.findIndex((offset) => offset % 4 !== 0 || offset >= source.size);
  if (astray >= 0) {
    throw malformed(
      index.name,
      `it places record ${keys[astray]} at byte ${offsets[astray]} of ${source.name}, which has ` +
        `${source.size}`,
    );
  }
  return sorted(keys, offsets, index.name);
}

/** The records by their numbers, as InsightFace writes record 0 after the images. */
function sorted(
  keys: ArrayLike<number>,
  offsets: ArrayLike<number>,
  name: string,
): RecordIndex {
  const order = Uint32Array.from({ length: keys.length }, (_, i) => i)
    .sort((a, b) => keys[a]! - keys[b]!);
  const index = {
    keys: Float64Array.from(order, (i) => keys[i]!),
    offsets: Float64Array.from(order, (i) => offsets[i]!),
  };
  const twice = index.keys.findIndex((key, i) => key === index.keys[i - 1]);
  if (twice >= 0) throw malformed(name, `there are two records ${index.keys[twice]}`);
  return index;
}

/** Where a number stands in an index, or -1. */
function find({ keys }: RecordIndex, key: number): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return keys[low] === key ? low : -1;
}

/** Sets the labels of images in the ranges of identities, and marks what is no image. */
async function labelByRanges(
  source: ByteSource,
  places: RecordIndex,
  labels: Float64Array,
  zero: RecordHeader,
): Promise<void> {
  const fail = (problem: string) => malformed(source.name, problem);
  const [imagesEnd, identitiesEnd] = rangeOf(zero, "record 0", fail, places.keys.at(-1)! + 1);
  labels[0] = NO_IMAGE;
  const ranges: [from: number, to: number][] = [];
  const near = windowed(source);
  for (let i = 1; i < places.keys.length; i++) {
    const identity = places.keys[i]!;
    if (identity < imagesEnd || identity >= identitiesEnd) continue;
    labels[i] = NO_IMAGE;
    const { header } = await headOf(near, places.offsets[i]!);
    ranges.push(rangeOf(header, `record ${identity}`, fail, imagesEnd));
  }
  // These stand far apart, unlike the records of the identities.
  const far = windowed(source, FAR_WINDOW_BYTES);
  for (const [from, to] of ranges) {
    if (from === to) continue;
    const first = find(places, from);
    if (first < 0) throw fail(`record ${from} is missing`);
    const image = await headOf(far, places.offsets[first]!);
    const label = labelOf(image.header, `record ${from}`, fail);
    for (let at = first; at < labels.length && places.keys[at]! < to; at++) {
      if (labels[at] !== UNKNOWN) throw fail(`record ${places.keys[at]} has two identities`);
      labels[at] = label;
    }
  }
}

/** Sets the labels that no range has told. */
async function labelOneByOne(
  source: ByteSource,
  places: RecordIndex,
  labels: Float64Array,
): Promise<void> {
  const fail = (problem: string) => malformed(source.name, problem);
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] !== UNKNOWN) continue;
    const { header, isEmpty } = await headOf(source, places.offsets[i]!);
    labels[i] = isEmpty ? NO_IMAGE : labelOf(header, `record ${places.keys[i]}`, fail);
  }
}

interface Head {
  readonly header: RecordHeader;
  /** Whether no image follows the labels. */
  readonly isEmpty: boolean;
}

/** A record's header, without its image. */
async function headOf(source: ByteSource, offset: number): Promise<Head> {
  const name = `The record at byte ${offset} of ${source.name}`;
  const place = await locateRecord(source, offset);
  let bytes = await readRecordStart(source, place, HEAD_BYTES + 1);
  const count = bytes.length < 4 ? 0 : new DataView(bytes.buffer).getUint32(0, true);
  if (count > 2) bytes = await readRecord(source, offset);
  const { header, image } = decodeImageRecord(bytes, name);
  return { header, isEmpty: image.length === 0 };
}

function idOf(start: Uint8Array, name: string): number {
  const header = start.slice(0, IMAGE_RECORD_HEADER_BYTES);
  // The labels are not wanted, so that they need not have been read.
  header.fill(0, 0, 4);
  return decodeImageRecord(header, name).header.id;
}

type Fail = (problem: string) => Error;

function rangeOf(
  { labels }: RecordHeader,
  what: string,
  fail: Fail,
  most: number,
): [from: number, to: number] {
  const [from, to] = labels;
  const sound = labels.length === 2 && Number.isInteger(from) && Number.isInteger(to) &&
    from! >= 1 && from! <= to! && to! <= most;
  if (!sound) throw fail(`${what} gives the range ${labels.slice(0, 2).join(" to ")}`);
  return [from!, to!];
}

function labelOf({ labels }: RecordHeader, what: string, fail: Fail): number {
  const label = labels[0]!;
  if (!Number.isInteger(label) || label < 0 || label >= 2 ** 32) {
    throw fail(`${what} is of class ${label}`);
  }
  return label;
}

function malformed(name: string, problem: string): SyntaxError {
  return new SyntaxError(
    `${name} is no sound set of image records: ${problem}. Fetch or write the file again.`,
  );
}
