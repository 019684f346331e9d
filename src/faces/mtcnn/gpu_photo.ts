/**
 * A photo on the GPU, with its octaves: the photo at half its size, at a quarter, and so on. What is to be
 * resized is read from an octave that is a few times as fine, so that it costs the same however large the photo
 * is.
 */

import type { Slice } from "../../gpu/buffers.ts";
import type { Gpu } from "../../gpu/gpu.ts";
import { halvePhoto, type PhotoSource } from "../../kernels/photo.ts";
import type { RgbImage } from "../images/image.ts";

/** Words that are packed and uploaded at a time. */
const UPLOAD_WORDS = 1 << 20;

/** Side of the windows of a photo that is too large for one binding, and what neighbours have in common. */
const WINDOW_SIDE = 4096;
const WINDOW_COMMON = 1280;

/** Where a source begins, in pixels of its octave. */
export interface PlacedSource extends PhotoSource {
  /** Its first column. */
  readonly left: number;
  /** Its first row. */
  readonly top: number;
}

/** A rectangle in pixels of an octave. */
export interface Rectangle {
  /** First column. */
  readonly left: number;
  /** First row. */
  readonly top: number;
  /** The column after the last. */
  readonly right: number;
  /** The row after the last. */
  readonly bottom: number;
}

/** A photo on the GPU; freed by its owner. */
export class GpuPhoto implements Disposable {
  /** Number of octaves, the photo itself included. */
  readonly octaves: number;
  readonly #gpu: Gpu;
  readonly #image: RgbImage;
  readonly #slices: Slice[] = [];
  /** Sources by octave: one, or the windows of what is too large for a binding. */
  readonly #sources: PlacedSource[][] = [];

  /**
   * Uploads a photo.
   *
   * @param octaves How many octaves there shall be.
   */
  constructor(gpu: Gpu, image: RgbImage, octaves: number) {
    this.#gpu = gpu;
    this.#image = image;
    this.octaves = octaves;
    let finest = image;
    while (this.#wordsFrom(this.#sources.length) * 4 > gpu.bindingLimit) {
      this.#addWindows(finest);
      if (this.#sources.length === octaves) return;
      finest = halveImage(finest);
    }
    this.#addOctaves(finest);
  }

  /**
   * The octave to read from where a pixel takes `step` pixels of the photo: two to four times as fine, so that the
   * borders of areas hardly matter; once to twice where that octave is in windows, which would have to be larger.
   */
  octaveFor(step: number): number {
    const nearest = Math.min(this.octaves - 1, Math.max(0, Math.floor(Math.log2(step))));
    const finer = Math.max(0, nearest - 1);
    return this.#sources[finer]!.length === 1 ? finer : nearest;
  }

  /** Columns and rows of an octave; the last ones count by a part. */
  extents(octave: number): [columns: number, rows: number] {
    return [this.#image.width / 2 ** octave, this.#image.height / 2 ** octave];
  }

  /** The source that holds a rectangle of an octave, as far as it lies within the photo. */
  source(octave: number, { left, top, right, bottom }: Rectangle): PlacedSource {
    const [columns, rows] = this.extents(octave);
    const sources = this.#sources[octave]!;
    const holds = (it: PlacedSource) =>
      Math.max(0, left) >= it.left && Math.max(0, top) >= it.top &&
      Math.min(columns, right) <= it.left + it.columns &&
      Math.min(rows, bottom) <= it.top + it.rows;
    return sources.find(holds) ?? sources[0]!;
  }

  /** Frees it. */
  [Symbol.dispose](): void {
    for (const slice of this.#slices.splice(0)) this.#gpu.release(slice);
  }

  /** Words of all octaves from one on. */
  #wordsFrom(octave: number): number {
    if (octave >= this.octaves) return 0;
    const [columns, rows] = this.extents(octave).map(Math.ceil) as [number, number];
    return columns * rows + this.#wordsFrom(octave + 1);
  }

  #acquire(words: number): Slice {
    const slice = this.#gpu.acquire(words * 4);
    this.#slices.push(slice);
    return slice;
  }

  /** An octave, finished, and all after it in one memory. */
  #addOctaves(finest: RgbImage): void {
    const first = this.#sources.length;
    const slice = this.#acquire(this.#wordsFrom(first));
    const { width, height } = finest;
    uploadWindow(this.#gpu, finest, slice, { left: 0, top: 0, right: width, bottom: height });
    let [offset, stride, height_] = [0, width, height];
    for (let octave = first; octave < this.octaves; octave++) {
      const [columns, rows] = this.extents(octave);
      this.#sources.push([{ slice, offset, stride, columns, rows, left: 0, top: 0 }]);
      const next = offset + stride * height_;
      if (octave + 1 < this.octaves) halvePhoto(this.#gpu, slice, offset, stride, height_, next);
      [offset, stride, height_] = [next, Math.ceil(stride / 2), Math.ceil(height_ / 2)];
    }
  }

  /** An octave in windows that overlap, so that whatever is cut out lies within one of them. */
  #addWindows(image: RgbImage): void {
    const [columns, rows] = this.extents(this.#sources.length);
    const windows: PlacedSource[] = [];
    for (const [top, bottom] of windowsAlong(image.height)) {
      for (const [left, right] of windowsAlong(image.width)) {
        const stride = right - left;
        const slice = this.#acquire(stride * (bottom - top));
        uploadWindow(this.#gpu, image, slice, { left, top, right, bottom });
        const extents = {
          columns: Math.min(right, columns) - left,
          rows: Math.min(bottom, rows) - top,
        };
        windows.push({ slice, offset: 0, stride, ...extents, left, top });
      }
    }
    this.#sources.push(windows);
  }
}

/** Where windows begin and end along an extent. */
function windowsAlong(extent: number): (readonly [number, number])[] {
  const windows: (readonly [number, number])[] = [];
  for (let first = 0;; first += WINDOW_SIDE - WINDOW_COMMON) {
    const end = Math.min(first + WINDOW_SIDE, extent);
    windows.push([first, end]);
    if (end === extent) return windows;
  }
}

/** Writes a rectangle of an image as words. */
function uploadWindow(
  gpu: Gpu,
  { width, data }: RgbImage,
  slice: Slice,
  { left, top, right, bottom }: Rectangle,
): void {
  const columns = right - left;
  const rowsAtOnce = Math.max(1, Math.floor(UPLOAD_WORDS / columns));
  for (let first = top; first < bottom; first += rowsAtOnce) {
    const end = Math.min(first + rowsAtOnce, bottom);
    const words = new Uint32Array((end - first) * columns);
    let to = 0;
    for (let row = first; row < end; row++) {
      const stop = 3 * (row * width + right);
      for (let from = 3 * (row * width + left); from < stop; from += 3) {
        words[to++] = data[from]! | data[from + 1]! << 8 | data[from + 2]! << 16;
      }
    }
    const offset = slice.offset + 4 * (first - top) * columns;
    gpu.upload({ ...slice, offset, size: words.byteLength }, words);
  }
}

/** An image at half its size: each pixel is the mean of four, of those that there are at the border. */
export function halveImage({ width, height, data }: RgbImage): RgbImage {
  const [columns, rows] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const out = new Uint8Array(3 * columns * rows);
  let to = 0;
  for (let row = 0; row < rows; row++) {
    const upper = 6 * row * width;
    const lower = 2 * row + 1 < height ? upper + 3 * width : upper;
    for (let column = 0; column < columns; column++) {
      const left = 6 * column;
      const right = 2 * column + 1 < width ? left + 3 : left;
      for (let channel = 0; channel < 3; channel++) {
        out[to++] = (data[upper + left + channel]! + data[upper + right + channel]! +
          data[lower + left + channel]! + data[lower + right + channel]! + 2) >> 2;
      }
    }
  }
  return { width: columns, height: rows, data: out };
}
