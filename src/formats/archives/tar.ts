/**
 * Tar archives, read at random after one walk through their headers: V7, ustar, pax and GNU's long names
 * (https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html). Not unpacked: `.tar.gz`.
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
import { windowed } from "../window.ts";

const BLOCK = 512;
/** Entries that say something of the next: pax, for all files, and GNU's long names and link targets. */
const ABOUT_FILES = "xgLK";
/** Long names and attributes of a file. */
const MAX_ATTRIBUTES_BYTES = 65_536;
/** Files are larger than headers, so that larger windows would read what is not needed. */
const WINDOW_BYTES = 65_536;

interface TarEntry extends ArchiveEntry {
  readonly offset: number;
}

/** What an entry before a file says of it. */
interface Attributes {
  path?: string;
  size?: number;
  sparse?: boolean;
}

/**
 * Opens a tar archive.
 *
 * @param source The archive.
 * @param limits Bounds of what it may claim.
 * @throws {SyntaxError} when it is cut off, damaged, compressed or no tar archive.
 * @throws {RangeError} when it has too many entries.
 *
 * @example
 * ```ts
 * import { bytesSource, openTar, TarWriter } from "@spheregrad/spheregrad";
 *
 * const pieces: Uint8Array[] = [];
 * const writer = new TarWriter({ write: async (bytes) => void pieces.push(bytes.slice()) });
 * await writer.add("ann/1.jpg", new Uint8Array([0xff, 0xd8]));
 * await writer.finish();
 * const bytes = new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer());
 * const tar = await openTar(bytesSource(bytes, "faces.tar"));
 * console.log(tar.entries[0]?.path); // ann/1.jpg
 * ```
 */
export async function openTar(source: ByteSource, limits: ArchiveLimits = {}): Promise<Archive> {
  const near = windowed(source, WINDOW_BYTES);
  const list = new EntryList<TarEntry>(source.name, limits);
  await requireUnpacked(near);
  let at = 0;
  let attributes: Attributes = {};
  while (true) {
    if (at + BLOCK > source.size) throw malformed(source.name, "it is cut off before its end");
    const header = readHeader(await near.read(at, BLOCK), at, source.name);
    if (header === null) break;
    list.count();
    const { type } = header;
    const isAbout = ABOUT_FILES.includes(type);
    const size = isAbout ? header.size : attributes.size ?? header.size;
    const start = at + BLOCK;
    if (!hasContent(type)) at = start;
    else {
      at = start + Math.ceil(size / BLOCK) * BLOCK;
      if (start + size > source.size) {
        const path = shortened(attributes.path ?? header.path);
        throw malformed(source.name, `${path} claims ${size} bytes and reaches over its end`);
      }
    }
    if (isAbout) {
      if (size > MAX_ATTRIBUTES_BYTES) {
        throw malformed(source.name, `a name or attributes take ${size} bytes`);
      }
      const bytes = await near.read(start, size);
      if (type === "x") attributes = { ...attributes, ...readPax(bytes, source.name) };
      else if (type === "L") attributes.path = pathText(untilZero(bytes));
      continue;
    }
    const path = attributes.path ?? header.path;
    const reason = attributes.sparse ? "it is sparse" : reasonAgainst(type);
    if (reason !== null) list.refuse(path, reason);
    else if (type !== "5" && !path.endsWith("/")) list.add(path, { offset: start, size });
    attributes = {};
  }
  const entries = list.files();
  return {
    name: source.name,
    entries,
    refused: list.refused,
    async read(index) {
      const entry = entries[index];
      if (entry === undefined) throw new RangeError(`${source.name} has no file ${index}.`);
      return await source.read(entry.offset, entry.size);
    },
  };
}

async function requireUnpacked(source: ByteSource): Promise<void> {
  const [a, b] = await source.read(0, Math.min(2, source.size));
  const packing = a === 0x1f && b === 0x8b ? "gzip" : a === 0x42 && b === 0x5a ? "bzip2" : null;
  if (packing !== null) {
    throw new SyntaxError(
      `${source.name} is compressed by ${packing}, where files cannot be read at random: unpack it first.`,
    );
  }
}

interface Header {
  readonly path: string;
  readonly size: number;
  readonly type: string;
}

/** A header, or null for the block of zeros at the end. */
function readHeader(block: Uint8Array, at: number, name: string): Header | null {
  if (block.every((byte) => byte === 0)) return null;
  const broken = (what: string) => malformed(name, `the header at byte ${at} ${what}`);
  const checksum = octal(block.subarray(148, 156));
  let sum = 8 * 0x20;
  block.forEach((byte, i) => sum += i >= 148 && i < 156 ? 0 : byte);
  if (checksum !== sum) throw broken("does not agree with its checksum");
  const size = sizeOf(block.subarray(124, 136));
  if (size === null) throw broken("has no size");
  const text = (from: number, to: number) => pathText(untilZero(block.subarray(from, to)));
  const isUstar = text(257, 265) === "ustar" && block[263] === 0x30;
  const prefix = isUstar ? text(345, 500) : "";
  const path = prefix === "" ? text(0, 100) : `${prefix}/${text(0, 100)}`;
  return { path, size, type: String.fromCharCode(block[156]!) };
}

/** Octal digits, or GNU's binary numbers for sizes of 8 GB and more. */
function sizeOf(field: Uint8Array): number | null {
  if ((field[0]! & 0x80) === 0) return octal(field);
  let value = BigInt(field[0]! & 0x7f);
  for (const byte of field.subarray(1)) value = (value << 8n) | BigInt(byte);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : null;
}

function octal(field: Uint8Array): number | null {
  const text = String.fromCharCode(...field).replace(/[\0 ]+$/, "").replace(/^ +/, "");
  return /^[0-7]*$/.test(text) ? parseInt(text || "0", 8) : null;
}

/** Links and devices claim sizes that no bytes follow. */
function hasContent(type: string): boolean {
  return !"123456".includes(type);
}

function reasonAgainst(type: string): string | null {
  if (type === "0" || type === "\0" || type === "7" || type === "5") return null;
  if (type === "1" || type === "2") return "it is a link";
  if (type === "3" || type === "4" || type === "6") return "it is a device";
  return `it is of the unknown kind ${JSON.stringify(type)}`;
}

/** Records `length key=value` of a pax header. */
function readPax(bytes: Uint8Array, name: string): Attributes {
  const attributes: Attributes = {};
  for (let at = 0; at < bytes.length && bytes[at] !== 0;) {
    const space = bytes.indexOf(0x20, at);
    const digits = space < 0
      ? ""
      : String.fromCharCode(...bytes.subarray(at, Math.min(space, at + 9)));
    const length = /^\d+$/.test(digits) ? Number(digits) : 0;
    const record = bytes.subarray(space + 1, at + length - 1);
    const equals = record.indexOf(0x3d);
    if (at + length > bytes.length || space + 2 > at + length || equals < 0) {
      throw malformed(name, "a file's attributes are damaged");
    }
    const key = pathText(record.subarray(0, equals));
    const value = record.subarray(equals + 1);
    if (key === "path") attributes.path = pathText(value.subarray(0, MAX_PATH_BYTES + 1));
    else if (key.startsWith("GNU.sparse")) attributes.sparse = true;
    else if (key === "size") {
      const size = pathText(value);
      if (!/^\d{1,15}$/.test(size)) throw malformed(name, "a file's size is no number");
      attributes.size = Number(size);
    }
    at += length;
  }
  return attributes;
}

function untilZero(bytes: Uint8Array): Uint8Array {
  const zero = bytes.indexOf(0);
  return zero < 0 ? bytes : bytes.subarray(0, zero);
}

function malformed(name: string, problem: string): SyntaxError {
  return new SyntaxError(
    `${name} is not a whole tar archive: ${problem}. Fetch or write the file again.`,
  );
}
