/** What stands before the arrays of a safetensors file; also for files that are written row by row. */

import type { SafetensorsDtype } from "./safetensors_entry.ts";

/** The header's key for the string map. */
export const METADATA_KEY = "__metadata__";

/** The limit of the format's reference reader: a longer header is an attack or not a header. */
export const MAX_HEADER_BYTES = 100_000_000;

const ALIGNMENT = 8;

/** An array's place in the header. */
export interface SafetensorsInfo {
  /** Its name. */
  readonly name: string;
  /** Element type. */
  readonly dtype: SafetensorsDtype;
  /** Extents, outermost first. */
  readonly shape: readonly number[];
  /** Bytes of its elements. */
  readonly byteLength: number;
}

/**
 * All bytes of a safetensors file before its arrays: the header's length, the header, and spaces up to a
 * multiple of 8 bytes.
 *
 * @param infos The arrays in the order of their bytes, without gaps.
 * @param metadata Strings to keep beside them.
 * @param leastBytes Length up to which spaces are added, a multiple of 8: room for a header that is not
 *   known yet.
 * @throws {RangeError} for too long a header.
 */
export function encodeSafetensorsHeader(
  infos: readonly SafetensorsInfo[],
  metadata: Readonly<Record<string, string>>,
  leastBytes = 0,
): Uint8Array<ArrayBuffer> {
  const header: [string, unknown][] = [];
  if (Object.keys(metadata).length > 0) header.push([METADATA_KEY, metadata]);
  let end = 0;
  for (const { name, dtype, shape, byteLength } of infos) {
    header.push([name, { dtype, shape, data_offsets: [end, end + byteLength] }]);
    end += byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const length = Math.max(Math.ceil(json.length / ALIGNMENT) * ALIGNMENT, leastBytes - 8);
  if (length > MAX_HEADER_BYTES) {
    throw new RangeError(
      `A safetensors header may have ${MAX_HEADER_BYTES} bytes, not ${length}: shorten the metadata.`,
    );
  }
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  return bytes;
}
