/** Photos of any size to the input of networks that take small ones. */

import type { Slice } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { link } from "../gpu/kernel.ts";
import { grid } from "./grid.ts";
import * as wgsl from "./wgsl.ts";

/** A rectangle of a photo, or of a halved one, in memory that holds a word a pixel. */
export interface PhotoSource {
  /** The memory. */
  readonly slice: Slice;
  /** Its first word. */
  readonly offset: number;
  /** Words from a row to the next. */
  readonly stride: number;
  /** Its width, which need not be whole where the photo was halved: the last column counts by a part. */
  readonly columns: number;
  /** Its height, likewise. */
  readonly rows: number;
}

/** Words of a {@linkcode Crop} on the GPU. */
export const CROP_WORDS = 8;

/** A rectangle of a source to be cut out, in pixels whose borders are whole numbers. */
export interface Crop {
  /** Its left border; the right one with a negative width. */
  readonly left: number;
  /** Its upper border. */
  readonly top: number;
  /** Its width; negative to mirror it. */
  readonly width: number;
  /** Its height. */
  readonly height: number;
}

/** Appends the halving of `columns` × `rows` pixels at word `from` into the words from `to` on. */
export function halvePhoto(
  gpu: Gpu,
  photo: Slice,
  from: number,
  columns: number,
  rows: number,
  to: number,
): void {
  gpu.dispatch(
    link("halve photo", "w", [wgsl.photoHalve]),
    [photo],
    grid(Math.ceil(columns / 2) * Math.ceil(rows / 2)),
    Uint32Array.of(from, columns, rows, to),
  );
}

/** A part of a resized photo. */
export interface LevelPart {
  /** Pixels of the source for one of the level, to the right and downwards. */
  readonly step: readonly [number, number];
  /** First column and row of the part in the level. */
  readonly from: readonly [number, number];
  /** Columns and rows. */
  readonly extents: readonly [number, number];
  /** Where the source begins, in pixels of the whole photo of that size. */
  readonly origin: readonly [number, number];
}

/** Appends `out [1, rows, columns, 4]`, the part of a source resized as network input. */
export function photoLevel(gpu: Gpu, source: PhotoSource, out: Slice, part: LevelPart): void {
  const [left, top] = part.from;
  const [columns, rows] = part.extents;
  const words = [
    ...sourceWords(source),
    ...floatWords(part.step),
    left,
    top,
    columns,
    columns * rows,
    ...floatWords(part.origin),
  ];
  gpu.dispatch(
    link("photo level", "rw", [wgsl.photo, wgsl.photoLevel]),
    [source.slice, out],
    grid(columns * rows),
    Uint32Array.from(words),
  );
}

/** The words of a crop on the GPU. */
export function cropWords(crop: Crop, source: PhotoSource): number[] {
  const { left, top, width, height } = crop;
  return [...floatWords([left, top, width, height]), ...sourceWords(source)];
}

/**
 * Appends `out[crop, side, side, 4]` as network input for `count` crops from `first` on, all of one memory;
 * `crops` are their {@linkcode cropWords}.
 */
export function photoCrops(
  gpu: Gpu,
  photo: Slice,
  crops: Slice,
  out: Slice,
  { first, count, side }: { first: number; count: number; side: number },
): void {
  const pixels = count * side * side;
  gpu.dispatch(
    link("photo crops", "rrw", [wgsl.photo, wgsl.photoCrops]),
    [photo, crops, out],
    grid(pixels),
    Uint32Array.of(first, pixels, side),
  );
}

function sourceWords({ offset, stride, columns, rows }: PhotoSource): number[] {
  return [offset, stride, ...floatWords([columns, rows])];
}

function floatWords(values: readonly number[]): Uint32Array {
  return new Uint32Array(Float32Array.from(values).buffer);
}
