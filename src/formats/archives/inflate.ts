/** Unpacking of deflated data that may claim any size. */

/** Deflate packs at most this many bytes into one (RFC 1951: 258 bytes in 2 bits). */
export const LARGEST_DEFLATE_RATIO = 1032;

/** What is unpacked at once: a stream may give all that it makes of a piece as one. */
const PIECE_BYTES = 16_384;

/**
 * Unpacks deflated data in pieces of at most 16 MiB, made as they are read.
 *
 * @param data The pieces of the data, together one stream.
 * @param format `deflate` with zlib's header and checksum, `deflate-raw` without.
 */
export function inflating(
  data: readonly Uint8Array[],
  format: "deflate" | "deflate-raw",
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const pieces = cut(data);
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const { done, value } = pieces.next();
      if (done) controller.close();
      else controller.enqueue(value.slice());
    },
  }, { highWaterMark: 0 });
  return source.pipeThrough(new DecompressionStream(format));
}

function* cut(data: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const bytes of data) {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      yield bytes.subarray(at, at + PIECE_BYTES);
    }
  }
}

/**
 * Unpacks raw deflate data of a known size, and stops as soon as there is more of it.
 *
 * @param packed The data.
 * @param size The bytes that it should unpack to; allocated only where the data can justify them.
 * @returns The bytes, or null when the data is damaged or has another size.
 */
export async function inflateRaw(
  packed: Uint8Array,
  size: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  if (size > packed.length * LARGEST_DEFLATE_RATIO) return null;
  const reader = inflating([packed], "deflate-raw").getReader();
  const bytes = new Uint8Array(size);
  let at = 0;
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) return at === size ? bytes : null;
      if (at + value.length > size) {
        await reader.cancel();
        return null;
      }
      bytes.set(value, at);
      at += value.length;
    }
  } catch {
    return null;
  }
}
