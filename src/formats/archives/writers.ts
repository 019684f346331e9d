/** Writing of archives: images do not get smaller, so that zip files are stored, not deflated. */

import { safePath } from "./archive.ts";
import type { ByteSink } from "../byte_source.ts";
import { crc32 } from "./crc32.ts";

/** Writes an archive file by file. */
export interface ArchiveWriter {
  /**
   * Appends a file.
   *
   * @param path Its relative path, with `/`.
   * @param bytes Its content.
   * @throws {RangeError} for a path that is unsafe, too long, or there already.
   */
  add(path: string, bytes: Uint8Array): Promise<void>;
  /** Writes the archive's end. */
  finish(): Promise<void>;
}

/** Writes a zip archive with stored files; of any size, as zip64 where it must be. */
export class ZipWriter implements ArchiveWriter {
  readonly #sink: ByteSink;
  readonly #paths: Set<string> = new Set();
  readonly #directory: Uint8Array[] = [];
  #size = 0;

  /**
   * Starts an empty archive.
   *
   * @param sink Where its bytes go.
   */
  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  /** Appends a file; see {@linkcode ArchiveWriter}. */
  async add(path: string, bytes: Uint8Array): Promise<void> {
    requireNewPath(path, this.#paths);
    const name = new TextEncoder().encode(path);
    if (name.length > 0xffff || bytes.length >= 0xffffffff) {
      throw new RangeError(`${path} is too long for a zip archive.`);
    }
    const crc = crc32(bytes);
    const offset = this.#size;
    const isFar = offset >= 0xffffffff;
    const common = fields([
      [isFar ? 45 : 20, 2],
      [UTF8_NAMES, 2],
      [0, 2],
      [MIDNIGHT, 2],
      [
        FIRST_DAY,
        2,
      ],
      [crc, 4],
      [bytes.length, 4],
      [bytes.length, 4],
      [name.length, 2],
    ]);
    const extra = isFar ? fields([[1, 2], [8, 2], [offset, 8]]) : new Uint8Array();
    this.#directory.push(
      joined([
        fields([[0x02014b50, 4], [0x032d, 2]]),
        common,
        fields([[extra.length, 2], [0, 2], [0, 2], [0, 2], [REGULAR_FILE, 4], [
          isFar ? 0xffffffff : offset,
          4,
        ]]),
        name,
        extra,
      ]),
    );
    await this.#write(joined([fields([[0x04034b50, 4]]), common, fields([[0, 2]]), name]));
    await this.#write(bytes);
  }

  /** Writes the directory. */
  async finish(): Promise<void> {
    const start = this.#size;
    for (const entry of this.#directory) await this.#write(entry);
    const size = this.#size - start;
    const count = this.#directory.length;
    if (count >= 0xffff || start >= 0xffffffff || size >= 0xffffffff) {
      const end = this.#size;
      await this.#write(
        fields([
          [0x06064b50, 4],
          [44, 8],
          [0x032d, 2],
          [45, 2],
          [0, 4],
          [0, 4],
          [count, 8],
          [
            count,
            8,
          ],
          [size, 8],
          [start, 8],
          [0x07064b50, 4],
          [0, 4],
          [end, 8],
          [1, 4],
        ]),
      );
    }
    const few = Math.min(count, 0xffff);
    const near = (value: number) => Math.min(value, 0xffffffff);
    await this.#write(
      fields([[0x06054b50, 4], [0, 2], [0, 2], [few, 2], [few, 2], [near(size), 4], [
        near(start),
        4,
      ], [0, 2]]),
    );
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#size += bytes.length;
    await this.#sink.write(bytes);
  }
}

/** Writes a tar archive (ustar, with pax headers for names that need them). */
export class TarWriter implements ArchiveWriter {
  readonly #sink: ByteSink;
  readonly #paths: Set<string> = new Set();

  /**
   * Starts an empty archive.
   *
   * @param sink Where its bytes go.
   */
  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  /** Appends a file; see {@linkcode ArchiveWriter}. */
  async add(path: string, bytes: Uint8Array): Promise<void> {
    requireNewPath(path, this.#paths);
    const name = new TextEncoder().encode(path);
    if (name.length > 100 || name.length !== path.length) {
      const record = paxRecord("path", path);
      await this.#sink.write(tarHeader(name.subarray(0, 0), record.length, "x"));
      await this.#sink.write(padded(record));
    }
    await this.#sink.write(tarHeader(name.subarray(0, 100), bytes.length, "0"));
    await this.#sink.write(bytes);
    await this.#sink.write(new Uint8Array((BLOCK - bytes.length % BLOCK) % BLOCK));
  }

  /** Writes the two blocks of zeros that end a tar archive. */
  async finish(): Promise<void> {
    await this.#sink.write(new Uint8Array(2 * BLOCK));
  }
}

const BLOCK = 512;
const UTF8_NAMES = 0x800;
/** The earliest date of zip, so that the same files give the same archive. */
const MIDNIGHT = 0;
const FIRST_DAY = (1 << 5) | 1;
/** A file that all may read, in the upper half as Unix has it. */
const REGULAR_FILE = 0o100644 * 65536;

function requireNewPath(path: string, paths: Set<string>): void {
  const safe = safePath(path);
  const problem = "reason" in safe
    ? safe.reason
    : safe.path !== path
    ? "its path has empty parts"
    : paths.has(path)
    ? "it is there already"
    : null;
  if (problem !== null) {
    throw new RangeError(`${JSON.stringify(path)} cannot go into an archive: ${problem}.`);
  }
  paths.add(path);
}

/** Little-endian numbers, each with its count of bytes. */
function fields(list: readonly (readonly [value: number, bytes: number])[]): Uint8Array {
  const result = new Uint8Array(list.reduce((sum, [, bytes]) => sum + bytes, 0));
  const view = new DataView(result.buffer);
  let at = 0;
  for (const [value, bytes] of list) {
    if (bytes === 2) view.setUint16(at, value, true);
    else if (bytes === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += bytes;
  }
  return result;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    result.set(piece, at);
    at += piece.length;
  }
  return result;
}

/** `length key=value`, where the length counts its own digits. */
function paxRecord(key: string, value: string): Uint8Array {
  const rest = new TextEncoder().encode(` ${key}=${value}\n`);
  let length = rest.length;
  while (String(length).length + rest.length !== length) {
    length = String(length).length + rest.length;
  }
  return joined([new TextEncoder().encode(String(length)), rest]);
}

function padded(bytes: Uint8Array): Uint8Array {
  return joined([bytes, new Uint8Array((BLOCK - bytes.length % BLOCK) % BLOCK)]);
}

function tarHeader(name: Uint8Array, size: number, type: string): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = (at: number, text: string) => block.set(new TextEncoder().encode(text), at);
  const digits = (value: number, width: number) => value.toString(8).padStart(width, "0") + "\0";
  if (type === "x") put(0, "pax_header");
  else block.set(name, 0);
  put(100, digits(0o644, 7));
  put(108, digits(0, 7));
  put(116, digits(0, 7));
  put(124, digits(size, 11));
  put(136, digits(0, 11));
  put(148, " ".repeat(8));
  put(156, type);
  put(257, "ustar\0" + "00");
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, sum.toString(8).padStart(6, "0") + "\0 ");
  return block;
}
