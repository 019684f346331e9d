/**
 * The safetensors container: named arrays and a map of strings in one file. Layout: the header's length as
 * a little-endian u64, a JSON header padded with spaces, then the arrays' bytes without gaps
 * (https://huggingface.co/docs/safetensors). Names say nothing here; what a model file holds is decided
 * by its reader.
 */

import { duplicateKey } from "./json_keys.ts";
import {
  ARRAY_CLASS,
  type ArrayClass,
  knownDtypes,
  type SafetensorsData,
  type SafetensorsDtype,
  type SafetensorsEntry,
} from "./safetensors_entry.ts";
import { encodeSafetensorsHeader, MAX_HEADER_BYTES, METADATA_KEY } from "./safetensors_header.ts";

export {
  type SafetensorsData,
  type SafetensorsDtype,
  type SafetensorsEntry,
  safetensorsFloats,
} from "./safetensors_entry.ts";

/** What a safetensors file holds. */
export interface SafetensorsFile {
  /** Arrays by name, in the order of their bytes in the file. */
  readonly tensors: Readonly<Record<string, SafetensorsEntry>>;
  /** The file's string map, empty where it has none. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Writes arrays and a string map as the bytes of a safetensors file.
 *
 * Wider element types come first (in the order given among equals) and the header is padded to 8 bytes, so
 * that every array is aligned and a reader needs no copy.
 *
 * @param tensors Arrays by name.
 * @param metadata Strings to keep beside them, such as a model's configuration.
 * @returns The whole file.
 * @throws {TypeError} for an unknown dtype, an array of the wrong class, a metadata value that is no string,
 *   or the reserved name `__metadata__`.
 * @throws {RangeError} for a shape that doesn't match the number of elements, or too long a header.
 *
 * @example
 * ```ts
 * import { decodeSafetensors, encodeSafetensors } from "@spheregrad/spheregrad";
 *
 * const weight = { dtype: "F32", shape: [1, 2], data: new Float32Array([3, 4]) } as const;
 * const bytes = encodeSafetensors({ weight }, { net: "tiny" });
 * console.log(decodeSafetensors(bytes, "tiny.safetensors").tensors["weight"]?.shape); // [1, 2]
 * ```
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, SafetensorsEntry>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(tensors);
  for (const [name, entry] of entries) checkEntry(name, entry);
  entries.sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);

  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== "string") {
      throw new TypeError(`Metadata ${quote(key)} must be a string, not ${typeof value}.`);
    }
  }
  const infos = entries.map(([name, { dtype, shape, data }]) => ({
    name,
    dtype,
    shape,
    byteLength: data.byteLength,
  }));
  const header = encodeSafetensorsHeader(infos, metadata);
  const dataBytes = infos.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const file = new Uint8Array(header.length + dataBytes);
  file.set(header);
  let offset = header.length;
  for (const [, { data }] of entries) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return file;
}

/**
 * Reads the bytes of a safetensors file and checks all of it: nothing may overlap, be left over or be missing.
 *
 * The arrays are views of `bytes` wherever the alignment allows it and copies elsewhere; treat them as
 * read-only.
 *
 * @param bytes The whole file.
 * @param name The file's name, for messages.
 * @throws {SyntaxError} for anything that the format doesn't allow, naming the file, the tensor and a remedy.
 *
 * @example
 * ```ts
 * import { decodeSafetensors, encodeSafetensors } from "@spheregrad/spheregrad";
 *
 * const bytes = encodeSafetensors({}, { made: "by hand" });
 * console.log(decodeSafetensors(bytes, "empty.safetensors").metadata["made"]); // by hand
 * ```
 */
export function decodeSafetensors(bytes: Uint8Array, name: string): SafetensorsFile {
  const { header, dataStart } = readHeader(bytes, name);
  const metadata = readMetadata(header[METADATA_KEY], name);
  const infos = Object.entries(header)
    .filter(([tensor]) => tensor !== METADATA_KEY)
    .map(([tensor, info]) => readInfo(info, tensor, name))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);

  const dataBytes = bytes.length - dataStart;
  let expected = 0;
  for (const { tensor, begin, end } of infos) {
    if (begin !== expected) {
      const what = begin < expected ? "overlaps the tensor before it" : "leaves a gap before it";
      throw malformed(
        name,
        `tensor ${quote(tensor)} ${what} (starts at ${begin}, not ${expected})`,
      );
    }
    if (end > dataBytes) {
      throw malformed(
        name,
        `tensor ${
          quote(tensor)
        } ends at byte ${end} of the data, but only ${dataBytes} bytes are there`,
      );
    }
    expected = end;
  }
  if (expected !== dataBytes) {
    throw malformed(name, `${dataBytes - expected} bytes after the last tensor belong to none`);
  }
  const tensors = infos.map(({ tensor, dtype, arrayClass, shape, begin, end }) => {
    const data = view(bytes, dataStart + begin, dataStart + end, arrayClass);
    return [tensor, { dtype, shape, data }] as const;
  });
  return { tensors: Object.fromEntries(tensors), metadata };
}

function checkEntry(name: string, { dtype, shape, data }: SafetensorsEntry): void {
  if (name === METADATA_KEY) {
    throw new TypeError(
      `A tensor may not be called ${METADATA_KEY}: the format reserves that name.`,
    );
  }
  const arrayClass = ARRAY_CLASS.get(dtype);
  if (arrayClass === undefined) {
    throw new TypeError(
      `Tensor ${quote(name)} has the unknown dtype ${dtype}: use one of ${knownDtypes()}.`,
    );
  }
  if (!(data instanceof arrayClass)) {
    throw new TypeError(
      `Tensor ${quote(name)} of dtype ${dtype} must hold its elements in a ${arrayClass.name}.`,
    );
  }
  if (!shape.every(isCount) || elementCount(shape) !== data.length) {
    throw new RangeError(
      `Tensor ${
        quote(name)
      } has the shape [${shape}] but ${data.length} elements: make them agree.`,
    );
  }
}

function readHeader(
  bytes: Uint8Array,
  name: string,
): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.length < 8) {
    throw malformed(name, `it has ${bytes.length} bytes, too few for a safetensors file`);
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw malformed(
      name,
      `its header claims ${length} bytes, over the limit of ${MAX_HEADER_BYTES}`,
    );
  }
  const dataStart = 8 + Number(length);
  if (dataStart > bytes.length) {
    throw malformed(
      name,
      `its header claims ${length} bytes, but the file ends after ${bytes.length - 8} of them`,
    );
  }
  let text: string;
  let header: unknown;
  try {
    const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    text = utf8.decode(bytes.subarray(8, dataStart));
    header = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw malformed(name, `its header is not JSON (${reason})`, cause);
  }
  if (!isObject(header)) throw malformed(name, "its header is not a JSON object");
  const twice = duplicateKey(text);
  if (twice !== null) throw malformed(name, `its header has the key ${quote(twice)} twice`);
  return { header, dataStart };
}

function readMetadata(metadata: unknown, name: string): Record<string, string> {
  if (metadata === undefined) return {};
  if (!isObject(metadata)) throw malformed(name, `its ${METADATA_KEY} is not a JSON object`);
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== "string") {
      throw malformed(name, `its metadata ${quote(key)} is not a string`);
    }
  }
  return metadata as Record<string, string>;
}

interface TensorInfo {
  readonly tensor: string;
  readonly dtype: SafetensorsDtype;
  readonly arrayClass: ArrayClass;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function readInfo(info: unknown, tensor: string, name: string): TensorInfo {
  const fail = (problem: string) => malformed(name, `tensor ${quote(tensor)} ${problem}`);
  if (!isObject(info)) throw fail("has no description");
  const { dtype, shape, data_offsets: offsets } = info;
  const arrayClass = typeof dtype === "string" ? ARRAY_CLASS.get(dtype) : undefined;
  if (arrayClass === undefined) {
    throw fail(`has the unknown dtype ${JSON.stringify(dtype)}; known are ${knownDtypes()}`);
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    throw fail(`has the shape ${JSON.stringify(shape)}, which is no list of extents`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw fail(`has the data_offsets ${JSON.stringify(offsets)}, which are no two byte positions`);
  }
  const [begin, end] = offsets as [number, number];
  const bytesNeeded = elementCount(shape) * arrayClass.BYTES_PER_ELEMENT;
  if (!Number.isSafeInteger(bytesNeeded) || end - begin !== bytesNeeded) {
    throw fail(
      `of dtype ${dtype} and shape [${shape}] needs ${bytesNeeded} bytes, but its offsets span ${
        end - begin
      }`,
    );
  }
  return { tensor, dtype: dtype as SafetensorsDtype, arrayClass, shape, begin, end };
}

function view(
  bytes: Uint8Array,
  begin: number,
  end: number,
  arrayClass: ArrayClass,
): SafetensorsData {
  const size = arrayClass.BYTES_PER_ELEMENT;
  const start = bytes.byteOffset + begin;
  if (start % size === 0) return new arrayClass(bytes.buffer, start, (end - begin) / size);
  return new arrayClass(bytes.slice(begin, end).buffer, 0, (end - begin) / size);
}

function malformed(name: string, problem: string, cause?: unknown): SyntaxError {
  return new SyntaxError(
    `${name} is not a whole safetensors file: ${problem}. Fetch or write the file again.`,
    { cause },
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((count, extent) => count * extent, 1);
}

function quote(text: string): string {
  return JSON.stringify(text);
}
