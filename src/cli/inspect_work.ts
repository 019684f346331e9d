/** Looking at every image of a set: sizes, damage, duplicates. */

import { openPool } from "../data/decoding/decoded_images.ts";
import type { EncodedImages } from "../data/encoded_images.ts";
import { ImageDecodeError } from "../faces/images/decode.ts";
import { formatSize } from "../sphereface/configuration.ts";

/** An image that cannot be used. */
export interface DamagedImage {
  /** Its name in the set. */
  readonly file: string;
  /** A sentence that says what is wrong with it. */
  readonly reason: string;
}

/** What the images of a set are like. */
export interface ImageFindings {
  /** Images of each size, the most frequent first. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Images that cannot be decoded, in the set's order. */
  readonly damaged: readonly DamagedImage[];
  /** Samples whose files are the same bit for bit, two or more each. */
  readonly duplicates: readonly (readonly number[])[];
  /** Bytes of all files that could be read. */
  readonly bytes: number;
}

/**
 * Reads and decodes all images, a few at once.
 *
 * @param onProgress Hears how many are done.
 */
export async function inspectImages(
  images: EncodedImages,
  onProgress: (done: number) => void,
): Promise<ImageFindings> {
  const total = images.labels.length;
  const hashes = new BigUint64Array(total);
  const readable = new Uint8Array(total);
  const sizes = new Map<string, number>();
  const reasons = new Map<number, string>();
  let bytes = 0;
  let [next, done] = [0, 0];
  using pool = openPool({});
  const lane = async () => {
    while (next < total) {
      const index = next++;
      try {
        const file = await images.encoded(index);
        bytes += file.length;
        hashes[index] = await hashOf(file);
        readable[index] = 1;
        const name = images.sampleNames[index]!;
        const size = formatSize(await pool.measure({ name, bytes: file }));
        sizes.set(size, (sizes.get(size) ?? 0) + 1);
      } catch (error) {
        if (!(error instanceof ImageDecodeError)) throw error;
        reasons.set(index, error.message);
      }
      onProgress(++done);
    }
  };
  await Promise.all(Array.from({ length: pool.capacity }, lane));
  const damaged = [...reasons.keys()].sort((a, b) => a - b).map((index) => ({
    file: images.sampleNames[index]!,
    reason: reasons.get(index)!,
  }));
  return {
    sizes: new Map([...sizes].sort(([, a], [, b]) => b - a)),
    damaged,
    duplicates: duplicatesOf(hashes, readable),
    bytes,
  };
}

/** 64 bits of the file's SHA-256: two different files among a million share them once in 37 million sets. */
async function hashOf(bytes: Uint8Array<ArrayBuffer>): Promise<bigint> {
  return new DataView(await crypto.subtle.digest("SHA-256", bytes)).getBigUint64(0);
}

/** Groups of samples with one hash, in the order of their first samples. */
function duplicatesOf(hashes: BigUint64Array, readable: Uint8Array): number[][] {
  const order = Uint32Array.from(hashes, (_, index) => index).filter((index) => readable[index]);
  order.sort((a, b) => hashes[a]! < hashes[b]! ? -1 : hashes[a]! > hashes[b]! ? 1 : a - b);
  const groups: number[][] = [];
  for (let first = 0; first < order.length;) {
    let end = first + 1;
    while (end < order.length && hashes[order[end]!] === hashes[order[first]!]) end++;
    if (end - first > 1) groups.push([...order.subarray(first, end)]);
    first = end;
  }
  return groups.sort(([a], [b]) => a! - b!);
}
