/**
 * Decoded crops of one size in a file: a head with a checksum for each, then their bytes, so that any of them is
 * read by itself and known to be whole.
 *
 * Little-endian: `SGCROPS1`; u32 images, u32 bytes of an image, u32 bytes of the list of damaged images, u32
 * checksum of what follows up to the pixels; u32 checksums `[images]`; the list as JSON, `[place, reason][]`;
 * the pixels `[images, bytes]`.
 */

const MAGIC = "SGCROPS1";
const FIXED_BYTES = 24;

/** What the head of a shard says. */
export interface ShardHead {
  /** Checksum of each image. */
  readonly checksums: Uint32Array;
  /** Images that could not be decoded, by their places in the shard, and why. */
  readonly damaged: readonly (readonly [place: number, reason: string])[];
  /** Where the pixels of the first image begin in the file. */
  readonly start: number;
}

/** A sum by which changed bytes are noticed; not against intent. */
export function checksumOf(bytes: Uint8Array): number {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, bytes.length >> 2);
  let sum = bytes.length | 0;
  for (let i = 0; i < words.length; i++) {
    sum = Math.imul(sum ^ words[i]!, 0x9e3779b1);
    sum = (sum << 13) | (sum >>> 19);
  }
  for (let i = words.length * 4; i < bytes.length; i++) {
    sum = Math.imul(sum ^ bytes[i]!, 0x85ebca6b);
  }
  return sum >>> 0;
}

/**
 * The head of a shard.
 *
 * @param pixels Bytes of all its images, `[images, imageBytes]`; those of damaged ones are of no matter.
 */
export function encodeShardHead(
  pixels: Uint8Array,
  imageBytes: number,
  damaged: ShardHead["damaged"],
): Uint8Array<ArrayBuffer> {
  const images = pixels.length / imageBytes;
  const list = new TextEncoder().encode(JSON.stringify(damaged));
  const head = new Uint8Array(FIXED_BYTES + 4 * images + list.length);
  const view = new DataView(head.buffer);
  head.set(new TextEncoder().encode(MAGIC));
  for (let i = 0; i < images; i++) {
    const sum = checksumOf(pixels.subarray(i * imageBytes, (i + 1) * imageBytes));
    view.setUint32(FIXED_BYTES + 4 * i, sum, true);
  }
  head.set(list, FIXED_BYTES + 4 * images);
  view.setUint32(8, images, true);
  view.setUint32(12, imageBytes, true);
  view.setUint32(16, list.length, true);
  view.setUint32(20, checksumOf(head.subarray(FIXED_BYTES)), true);
  return head;
}

/**
 * Reads the head of a shard; null where it is none of so many images of that size, or not whole.
 *
 * @param read Gives bytes of the file, fewer where it ends.
 * @param fileBytes Length of the file.
 */
export function decodeShardHead(
  read: (offset: number, length: number) => Uint8Array<ArrayBuffer>,
  fileBytes: number,
  images: number,
  imageBytes: number,
): ShardHead | null {
  const fixed = read(0, FIXED_BYTES);
  if (fixed.length < FIXED_BYTES) return null;
  const view = new DataView(fixed.buffer, fixed.byteOffset);
  const listBytes = view.getUint32(16, true);
  const start = FIXED_BYTES + 4 * images + listBytes;
  const fits = new TextDecoder().decode(fixed.subarray(0, 8)) === MAGIC &&
    view.getUint32(8, true) === images && view.getUint32(12, true) === imageBytes &&
    start + images * imageBytes === fileBytes;
  if (!fits) return null;
  const rest = read(FIXED_BYTES, start - FIXED_BYTES);
  if (checksumOf(rest) !== view.getUint32(20, true)) return null;
  const sums = new DataView(rest.buffer, rest.byteOffset);
  return {
    checksums: Uint32Array.from({ length: images }, (_, i) => sums.getUint32(4 * i, true)),
    damaged: JSON.parse(new TextDecoder().decode(rest.subarray(4 * images))),
    start,
  };
}
