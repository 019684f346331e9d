/** Windows of images that are a little larger than a net takes. */

import type { DataSet, ImageSize } from "./dataset.ts";

/** The size of images that leave room for windows of a size at `margin` + 1 places in each direction. */
export function withMargin({ height, width }: ImageSize, margin: number): ImageSize {
  return { height: height + margin, width: width + margin };
}

/** Where the window in the middle begins, in rows and in columns; the upper left one of two. */
export function centreOf(margin: number): number {
  return Math.floor(margin / 2);
}

/**
 * Cuts a window out of each image.
 *
 * @param pixels RGB bytes, `[images, height + margin, width + margin, 3]`.
 * @param size Height and width of the windows.
 * @param margin Rows and columns that images have besides.
 * @param place The first row and column of an image's window, 0 to `margin`; the middle by default.
 * @returns RGB bytes, `[images, height, width, 3]`; `pixels` itself where there is no margin.
 */
export function cutWindows(
  pixels: Uint8Array<ArrayBuffer>,
  size: ImageSize,
  margin: number,
  place: (image: number) => readonly [top: number, left: number] = () => [
    centreOf(margin),
    centreOf(margin),
  ],
): Uint8Array<ArrayBuffer> {
  if (margin === 0) return pixels;
  const row = size.width * 3;
  const stride = (size.width + margin) * 3;
  const sourceBytes = (size.height + margin) * stride;
  const images = pixels.length / sourceBytes;
  const out = new Uint8Array(images * size.height * row);
  for (let image = 0, to = 0; image < images; image++) {
    const [top, left] = place(image);
    let from = image * sourceBytes + top * stride + left * 3;
    for (let y = 0; y < size.height; y++, from += stride, to += row) {
      out.set(pixels.subarray(from, from + row), to);
    }
  }
  return out;
}

/**
 * A data set whose images are the middle of those of another, read larger by a margin: what a net that is trained
 * with jitter is judged on.
 */
export function centred(dataset: DataSet, margin: number): DataSet {
  if (margin === 0) return dataset;
  const { name, identities, labels, sampleNames } = dataset;
  return {
    name,
    identities,
    labels,
    sampleNames,
    async read(indices, size) {
      return cutWindows(await dataset.read(indices, withMargin(size, margin)), size, margin);
    },
  };
}
