import { ImageDecodeError } from "../../faces/images/decode.ts";
import type { ImageSize } from "../dataset.ts";
import type { DecodePool } from "./decode_pool.ts";
import { type EncodedImages, imageSourceOf } from "../encoded_images.ts";

/** Hears what becomes of each image, in the order in which they are done. */
export interface DecodeListener {
  /** An image's pixels, `[height, width, 3]`. */
  image(index: number, pixels: Uint8Array<ArrayBuffer>): void;
  /** An image that cannot be used, and a sentence that says why. */
  damaged(index: number, reason: string): void;
}

/**
 * Decodes samples side by side, no more at once than the pool works on.
 *
 * @param images The set.
 * @param range The first sample and the one behind the last.
 * @param size Height and width that they are fitted to.
 * @throws Error when no image can be decoded here at all.
 */
export async function decodeAll(
  images: EncodedImages,
  range: readonly [first: number, end: number],
  pool: DecodePool,
  size: ImageSize,
  listener: DecodeListener,
): Promise<void> {
  let [next, end] = range;
  const lane = async () => {
    while (next < end) {
      const index = next++;
      try {
        const source = await imageSourceOf(images, index);
        listener.image(index, await pool.decode(source, size));
      } catch (error) {
        if (!(error instanceof ImageDecodeError)) {
          end = 0; // The other lanes would go on in vain.
          throw error;
        }
        listener.damaged(index, error.message);
      }
    }
  };
  await Promise.all(Array.from({ length: pool.capacity }, lane));
}
