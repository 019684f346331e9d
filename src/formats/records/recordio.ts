/**
 * MXNet's RecordIO: records one after another, each behind a magic number and its length, padded to 4
 * bytes. A record that holds the magic number at a multiple of 4 bytes is split there, so that a reader
 * may look for the next record from anywhere.
 */

import type { ByteSink, ByteSource } from "../byte_source.ts";

/** Begins every record and every part of one. */
export const RECORD_MAGIC = 0xced7230a;
const HEADER_BYTES = 8;
/** Three of the 32 bits say which part of a record it is. */
const MAX_PART_BYTES = 2 ** 29 - 1;

const WHOLE = 0;
const FIRST = 1;
const MIDDLE = 2;
const LAST = 3;

/** Where a record stands. */
export interface RecordPlace {
  /** Its first byte in the file. */
  readonly offset: number;
  /** The byte after it and its padding. */
  readonly end: number;
  /** The bytes of its first part: all of it unless it is split. */
  readonly first: { readonly start: number; readonly length: number };
  /** Whether it was split. */
  readonly split: boolean;
}

/**
 * Finds the end of a record, reading headers alone.
 *
 * @param source The `.rec` file; for many records in turn, a window over it.
 * @param offset The record's first byte.
 * @throws {SyntaxError} when no whole record stands there, naming the file.
 */
export async function locateRecord(source: ByteSource, offset: number): Promise<RecordPlace> {
  const head = await readPart(source, offset);
  const first = { start: head.start, length: head.length };
  if (head.kind === WHOLE) return { offset, end: head.end, first, split: false };
  if (head.kind !== FIRST) {
    throw malformed(source, offset, "a later part of a record stands where one should begin");
  }
  let part = head;
  while (part.kind !== LAST) {
    part = await readPart(source, part.end);
    if (part.kind !== MIDDLE && part.kind !== LAST) {
      throw malformed(source, part.offset, "a record ends before its last part");
    }
  }
  return { offset, end: part.end, first, split: true };
}

/**
 * Reads one record.
 *
 * @param source The `.rec` file.
 * @param offset The record's first byte, such as the `.idx` file tells.
 * @throws {SyntaxError} when no whole record stands there, naming the file.
 */
export async function readRecord(
  source: ByteSource,
  offset: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const { first, split } = await locateRecord(source, offset);
  if (!split) return await source.read(first.start, first.length);
  const parts: Uint8Array[] = [];
  let part = await readPart(source, offset);
  while (true) {
    parts.push(await source.read(part.start, part.length));
    if (part.kind === LAST) break;
    part = await readPart(source, part.end);
  }
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  const record = new Uint8Array(size + 4 * (parts.length - 1));
  const view = new DataView(record.buffer);
  let at = 0;
  parts.forEach((bytes, i) => {
    if (i > 0) {
      view.setUint32(at, RECORD_MAGIC, true);
      at += 4;
    }
    record.set(bytes, at);
    at += bytes.length;
  });
  return record;
}

/**
 * A record's first bytes, of a split one too.
 *
 * @param source The `.rec` file.
 * @param place The record.
 * @param length How many; fewer come where the record is shorter.
 */
export async function readRecordStart(
  source: ByteSource,
  place: RecordPlace,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (place.split && place.first.length < length) {
    return (await readRecord(source, place.offset)).slice(0, length);
  }
  return await source.read(place.first.start, Math.min(length, place.first.length));
}

/**
 * The places of all records from the file's beginning to its end.
 *
 * @param source The `.rec` file; a window over it, as headers are read one by one.
 * @throws {SyntaxError} where a record is cut off or damaged, naming the file.
 */
export async function* recordPlaces(source: ByteSource): AsyncGenerator<RecordPlace> {
  let offset = 0;
  while (offset < source.size) {
    const place = await locateRecord(source, offset);
    yield place;
    offset = place.end;
  }
}

/**
 * A record in the form in which files hold it, with its padding.
 *
 * @param record Any bytes, under 2^29.
 * @throws {RangeError} for a record that is too long.
 */
export function frameRecord(record: Uint8Array): Uint8Array<ArrayBuffer> {
  if (record.length > MAX_PART_BYTES) {
    throw new RangeError(
      `A record of RecordIO has at most ${MAX_PART_BYTES} bytes, not ${record.length}.`,
    );
  }
  const cuts = magicPlaces(record);
  // Each cut takes 4 bytes out and puts 8 in; only the last part needs padding.
  const size = HEADER_BYTES + record.length + 4 * cuts.length;
  const framed = new Uint8Array(Math.ceil(size / 4) * 4);
  const view = new DataView(framed.buffer);
  let from = 0;
  let at = 0;
  for (const cut of [...cuts, record.length]) {
    const last = cut === record.length;
    const kind = last ? (from === 0 ? WHOLE : LAST) : from === 0 ? FIRST : MIDDLE;
    view.setUint32(at, RECORD_MAGIC, true);
    view.setUint32(at + 4, ((kind << 29) | (cut - from)) >>> 0, true);
    framed.set(record.subarray(from, cut), at + HEADER_BYTES);
    at += HEADER_BYTES + cut - from;
    from = cut + 4;
  }
  return framed;
}

/** Writes records one after another. */
export class RecordWriter {
  readonly #sink: ByteSink;
  #size: number;

  /**
   * Appends to a sink.
   *
   * @param sink Where the file's bytes go.
   * @param size How many bytes of whole records it has already.
   */
  constructor(sink: ByteSink, size = 0) {
    this.#sink = sink;
    this.#size = size;
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#size;
  }

  /**
   * Appends a record.
   *
   * @returns The offset for the `.idx` file.
   * @throws {RangeError} for a record that is too long.
   */
  async write(record: Uint8Array): Promise<number> {
    const framed = frameRecord(record);
    const offset = this.#size;
    this.#size += framed.length;
    await this.#sink.write(framed);
    return offset;
  }
}

interface Part {
  readonly kind: number;
  readonly offset: number;
  readonly start: number;
  readonly length: number;
  readonly end: number;
}

async function readPart(source: ByteSource, offset: number): Promise<Part> {
  if (offset % 4 !== 0 || offset < 0 || offset + HEADER_BYTES > source.size) {
    throw malformed(source, offset, "no record's header fits there");
  }
  const view = new DataView((await source.read(offset, HEADER_BYTES)).buffer);
  if (view.getUint32(0, true) !== RECORD_MAGIC) {
    throw malformed(source, offset, "no record begins there");
  }
  const word = view.getUint32(4, true);
  const length = word & MAX_PART_BYTES;
  const start = offset + HEADER_BYTES;
  if (start + length > source.size) {
    throw malformed(source, offset, `a record claims ${length} bytes and reaches over the end`);
  }
  return { kind: word >>> 29, offset, start, length, end: start + Math.ceil(length / 4) * 4 };
}

/** Multiples of 4 at which a record holds the magic number. */
function magicPlaces(record: Uint8Array): number[] {
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const places: number[] = [];
  for (let at = 0; at + 4 <= record.length; at += 4) {
    if (view.getUint32(at, true) === RECORD_MAGIC) places.push(at);
  }
  return places;
}

function malformed(source: ByteSource, offset: number, problem: string): SyntaxError {
  return new SyntaxError(
    `${source.name} is not a whole RecordIO file: ${problem} (at byte ${offset} of ` +
      `${source.size}). Fetch or write the file again.`,
  );
}
