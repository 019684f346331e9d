/** Unpacking of deflated data that may claim any size. */

/** Deflate packs at most this many bytes into one (RFC 1951: 258 bytes in 2 bits). */
export const LARGEST_DEFLATE_RATIO = 1032;

/**
 * Unpacks raw deflate data of a known size, and stops as soon as there is more of it.
 *
 * @param packed The data.
 * @param size The bytes that it should unpack to; allocated only where the data can justify them.
 * @returns The bytes, or null when the data is damaged or has another size.
 */
export async function inflateRaw(
  packed: Uint8Array<ArrayBuffer>,
  size: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  if (size > packed.length * LARGEST_DEFLATE_RATIO) return null;
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const reader = stream.getReader();
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
