/** Small reads of neighbouring places, out of larger pieces of a source. */

import { type ByteSource, requireInside } from "./byte_source.ts";

const WINDOW_BYTES = 2 ** 20;

/**
 * A source over another that keeps the last piece, so that a walk through a file's headers does not ask
 * for each of them. Reads larger than half a window go straight through.
 *
 * @param source Where the bytes come from.
 * @param windowBytes Size of the piece that is kept.
 */
export function windowed(source: ByteSource, windowBytes: number = WINDOW_BYTES): ByteSource {
  const { name, size } = source;
  let start = 0;
  let piece: Uint8Array<ArrayBuffer> = new Uint8Array();
  return {
    name,
    size,
    async read(offset, length) {
      requireInside(name, offset, length, size);
      if (length > windowBytes / 2) return await source.read(offset, length);
      // Kept here, since another read may replace it meanwhile.
      let [from, bytes] = [start, piece];
      if (offset < from || offset + length > from + bytes.length) {
        from = offset;
        bytes = await source.read(offset, Math.min(windowBytes, size - offset));
        [start, piece] = [from, bytes];
      }
      return bytes.slice(offset - from, offset - from + length);
    },
  };
}
