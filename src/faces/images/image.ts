/** An image as bytes, the form in which every decoder hands it over. */
export interface RgbImage {
  /** Rows. */
  readonly height: number;
  /** Columns. */
  readonly width: number;
  /** Red, green and blue of each pixel, row by row from the top left, `[height, width, 3]`. */
  readonly data: Uint8Array<ArrayBuffer>;
}

/**
 * Says that one file cannot be decoded as an image: it is damaged, of another type, or too large.
 * The message is a sentence that names the file; another file may well decode.
 */
export class ImageDecodeError extends Error {
  /** Always `ImageDecodeError`. */
  override readonly name = "ImageDecodeError";
}

/** More pixels than this in one image are refused, as a header may claim any size. */
export const MAX_IMAGE_PIXELS: number = 100_000_000;

/** Decoding one image takes no more bytes than this, so that all of a process stays under 512 MB. */
const MAX_DECODING_BYTES = 420 * 2 ** 20;

/**
 * Refuses images whose decoding would take more memory than one image should.
 *
 * @throws ImageDecodeError naming the size and a remedy.
 */
export function requireDecodingMemory(
  name: string,
  { width, height }: Pick<RgbImage, "width" | "height">,
  bytes: number,
): void {
  if (bytes <= MAX_DECODING_BYTES) return;
  throw new ImageDecodeError(
    `${name} is ${width} x ${height} pixels and would take ${Math.ceil(bytes / 2 ** 20)} MiB to ` +
      `decode, over the limit of ${MAX_DECODING_BYTES / 2 ** 20}: scale it down first.`,
  );
}

/**
 * Refuses sizes that no image here may have.
 *
 * @throws ImageDecodeError when the image is empty or over {@linkcode MAX_IMAGE_PIXELS}.
 */
export function requireDecodableSize(name: string, width: number, height: number): void {
  if (width < 1 || height < 1) {
    throw new ImageDecodeError(`${name} claims to be ${width} x ${height} pixels: it is damaged.`);
  }
  if (width * height > MAX_IMAGE_PIXELS) {
    throw new ImageDecodeError(
      `${name} is ${width} x ${height} pixels, over the limit of ` +
        `${MAX_IMAGE_PIXELS / 1e6} megapixels: scale it down first.`,
    );
  }
}
