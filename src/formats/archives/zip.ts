/**
 * Zip archives, read at random through their directory: stored and deflated files, zip64, no encryption
 * (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT). Only what the directory lists counts.
 */

import {
  type Archive,
  type ArchiveEntry,
  type ArchiveLimits,
  EntryList,
  MAX_PATH_BYTES,
  pathText,
  shortened,
} from "./archive.ts";
import type { ByteSource } from "../byte_source.ts";
import { crc32 } from "./crc32.ts";
import { inflateRaw, LARGEST_DEFLATE_RATIO } from "./inflate.ts";
import { windowed } from "../window.ts";

const END = 0x06054b50;
const END_BYTES = 22;
const END64 = 0x06064b50;
const END64_BYTES = 56;
const LOCATOR64 = 0x07064b50;
const LOCATOR64_BYTES = 20;
const DIRECTORY = 0x02014b50;
const DIRECTORY_BYTES = 46;
const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;
const MAX_COMMENT = 0xffff;

const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 1;
const UNIX = 3;

interface ZipEntry extends ArchiveEntry {
  readonly offset: number;
  readonly packed: number;
  readonly crc: number;
  readonly deflated: boolean;
}

/**
 * Opens a zip archive.
 *
 * @param source The archive.
 * @param limits Bounds of what it may claim.
 * @throws {SyntaxError} when it is cut off, damaged or no zip archive.
 * @throws {RangeError} when it has too many entries.
 *
 * @example
 * ```ts
 * import { bytesSource, openZip, ZipWriter } from "@spheregrad/spheregrad";
 *
 * const pieces: Uint8Array[] = [];
 * const writer = new ZipWriter({ write: async (bytes) => void pieces.push(bytes.slice()) });
 * await writer.add("ann/1.jpg", new Uint8Array([0xff, 0xd8]));
 * await writer.finish();
 * const bytes = new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer());
 * const zip = await openZip(bytesSource(bytes, "faces.zip"));
 * console.log(zip.entries[0]?.path); // ann/1.jpg
 * ```
 */
export async function openZip(source: ByteSource, limits: ArchiveLimits = {}): Promise<Archive> {
  const directory = await findDirectory(source);
  const list = new EntryList<ZipEntry>(source.name, limits);
  const near = windowed(source);
  let at = directory.start;
  let packed = 0;
  for (let i = 0; i < directory.count; i++) {
    const { entry, next } = await readDirectoryEntry(near, at, directory);
    list.count();
    packed += entry.packed;
    // Entries that share their bytes are how a small archive unpacks to a huge one.
    if (packed > source.size) throw malformed(source.name, "its files overlap");
    at = next;
    const reason = reasonAgainst(entry);
    if (reason !== null) list.refuse(entry.path, reason);
    else if (!entry.path.endsWith("/")) {
      const { offset, packed, crc, size, method } = entry;
      list.add(entry.path, { offset, packed, crc, size, deflated: method === DEFLATED });
    }
  }
  const entries = list.files();
  return {
    name: source.name,
    entries,
    refused: list.refused,
    async read(index) {
      const entry = entries[index];
      if (entry === undefined) throw new RangeError(`${source.name} has no file ${index}.`);
      return await readFile(source, entry);
    },
  };
}

interface Directory {
  readonly start: number;
  readonly end: number;
  readonly count: number;
  /** What stands before the archive, such as a program that unpacks it. */
  readonly base: number;
}

async function findDirectory(source: ByteSource): Promise<Directory> {
  const tailStart = Math.max(0, source.size - END_BYTES - MAX_COMMENT);
  const tail = await source.read(tailStart, source.size - tailStart);
  const view = new DataView(tail.buffer);
  let at = tail.length - END_BYTES;
  while (at >= 0 && !isEnd(view, at)) at--;
  if (at < 0) throw malformed(source.name, "its directory's end is not there");
  const [disk, directoryDisk] = [view.getUint16(at + 4, true), view.getUint16(at + 6, true)];
  let count = view.getUint16(at + 10, true);
  let size = view.getUint32(at + 12, true);
  let offset = view.getUint32(at + 16, true);
  let end = tailStart + at;
  if (count === 0xffff || size === 0xffffffff || offset === 0xffffffff) {
    const large = await readEnd64(source, end);
    if (large !== null) ({ count, size, offset, end } = large);
  } else if (disk !== 0 || directoryDisk !== 0) {
    throw malformed(source.name, "it is one part of several");
  }
  const start = end - size;
  const base = start - offset;
  if (start < 0 || base < 0 || count * DIRECTORY_BYTES > size) {
    throw malformed(source.name, `its directory of ${count} entries in ${size} bytes cannot be`);
  }
  return { start, end, count, base };
}

function isEnd(view: DataView, at: number): boolean {
  return view.getUint32(at, true) === END &&
    at + END_BYTES + view.getUint16(at + 20, true) <= view.byteLength;
}

async function readEnd64(
  source: ByteSource,
  end: number,
): Promise<{ count: number; size: number; offset: number; end: number } | null> {
  const locator = end - LOCATOR64_BYTES;
  if (locator < 0) return null;
  const pointer = new DataView((await source.read(locator, LOCATOR64_BYTES)).buffer);
  if (pointer.getUint32(0, true) !== LOCATOR64) return null;
  // The end stands right before its locator; the place that the locator tells is off where bytes
  // stand before the archive.
  const at = locator - END64_BYTES;
  const view = at < 0 ? null : new DataView((await source.read(at, END64_BYTES)).buffer);
  if (view === null || view.getUint32(0, true) !== END64) {
    throw malformed(source.name, "its directory's end for large archives is not there");
  }
  const [count, size, offset] = [32, 40, 48].map((field) => wide(view, field, source.name));
  return { count: count!, size: size!, offset: offset!, end: at };
}

interface DirectoryEntry {
  path: string;
  flags: number;
  method: number;
  crc: number;
  packed: number;
  size: number;
  offset: number;
  /** Kind of file where a Unix wrote it, else 0. */
  kind: number;
}

async function readDirectoryEntry(
  source: ByteSource,
  at: number,
  { end, base }: Directory,
): Promise<{ entry: DirectoryEntry; next: number }> {
  const broken = () => malformed(source.name, `its directory is damaged at byte ${at}`);
  if (at + DIRECTORY_BYTES > end) throw broken();
  const view = new DataView((await source.read(at, DIRECTORY_BYTES)).buffer);
  if (view.getUint32(0, true) !== DIRECTORY) throw broken();
  const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((p) => view.getUint16(p, true));
  const next = at + DIRECTORY_BYTES + nameBytes! + extraBytes! + commentBytes!;
  if (next > end || nameBytes! > MAX_PATH_BYTES) throw broken();
  const tail = await source.read(at + DIRECTORY_BYTES, nameBytes! + extraBytes!);
  const isUnix = view.getUint8(5) === UNIX;
  const entry: DirectoryEntry = {
    path: pathText(tail.subarray(0, nameBytes)),
    flags: view.getUint16(8, true),
    method: view.getUint16(10, true),
    crc: view.getUint32(16, true),
    packed: view.getUint32(20, true),
    size: view.getUint32(24, true),
    offset: view.getUint32(42, true),
    kind: isUnix ? (view.getUint32(38, true) >>> 28) : 0,
  };
  widen(entry, tail.subarray(nameBytes), source.name);
  entry.offset += base;
  return { entry, next };
}

/** Takes sizes and the offset from the zip64 field where they are too large for their own. */
function widen(entry: DirectoryEntry, extra: Uint8Array, name: string): void {
  const view = new DataView(extra.buffer, extra.byteOffset, extra.byteLength);
  for (let at = 0; at + 4 <= extra.length;) {
    const length = view.getUint16(at + 2, true);
    const end = Math.min(at + 4 + length, extra.length);
    if (view.getUint16(at, true) === 1) {
      let field = at + 4;
      for (const key of ["size", "packed", "offset"] as const) {
        if (entry[key] !== 0xffffffff) continue;
        if (field + 8 > end) throw malformed(name, `${shortened(entry.path)} has no size`);
        entry[key] = wide(view, field, name);
        field += 8;
      }
    }
    at += 4 + length;
  }
}

const LINK = 0xa;
const REGULAR = 8;
const FOLDER = 4;

function reasonAgainst({ flags, method, packed, size, kind }: DirectoryEntry): string | null {
  if (kind === LINK) return "it is a link";
  if (kind !== 0 && kind !== REGULAR && kind !== FOLDER) return "it is a device";
  if (flags & ENCRYPTED) return "it is encrypted";
  if (method !== STORED && method !== DEFLATED) return `it is packed by method ${method}`;
  if (method === STORED && size !== packed) return "its sizes disagree";
  if (size > packed * LARGEST_DEFLATE_RATIO) return `it claims ${size} bytes out of ${packed}`;
  return null;
}

async function readFile(source: ByteSource, entry: ZipEntry): Promise<Uint8Array<ArrayBuffer>> {
  const { path, offset, packed, size, crc, deflated } = entry;
  const damaged = (problem: string) => malformed(source.name, `${shortened(path)} ${problem}`);
  if (offset + LOCAL_BYTES > source.size) throw damaged("begins after its end");
  const view = new DataView((await source.read(offset, LOCAL_BYTES)).buffer);
  if (view.getUint32(0, true) !== LOCAL) throw damaged("does not begin where it should");
  const start = offset + LOCAL_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
  if (start + packed > source.size) throw damaged("reaches over its end");
  const bytes = await source.read(start, packed);
  const file = deflated ? await inflateRaw(bytes, size) : bytes;
  if (file === null) throw damaged(`does not unpack to ${size} bytes`);
  if (crc32(file) !== crc) throw damaged("does not agree with its checksum");
  return file;
}

function wide(view: DataView, at: number, name: string): number {
  const value = Number(view.getBigUint64(at, true));
  if (!Number.isSafeInteger(value)) throw malformed(name, "it has a size that cannot be");
  return value;
}

function malformed(name: string, problem: string): SyntaxError {
  return new SyntaxError(
    `${name} is not a whole zip archive: ${problem}. Fetch or write the file again.`,
  );
}
