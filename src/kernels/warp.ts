/** Crops out of photos by affine maps. */

import type { Slice } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { link } from "../gpu/kernel.ts";
import { grid } from "./grid.ts";
import * as wgsl from "./wgsl.ts";

/** Where the pixels of a crop come from. */
export interface WarpSource {
  /** First byte of the part of a photo that it is taken from. */
  readonly first: number;
  /** Columns of that part. */
  readonly width: number;
  /** Rows of that part. */
  readonly height: number;
  /** From pixels of the crop to pixels of the part, both counted from 0: two rows of three. */
  readonly matrix: readonly [number, number, number, number, number, number];
  /** Samples along each side of a crop's pixel, of which it is the mean; 1 is plain bilinear. */
  readonly samples: number;
}

const WORDS_A_CROP = 12;

/** The sources of crops as {@linkcode warp} takes them, in memory. */
export function packWarpSources(sources: readonly WarpSource[]): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(sources.length * WORDS_A_CROP);
  const floats = new Float32Array(words.buffer);
  for (const [i, { first, width, height, samples, matrix }] of sources.entries()) {
    words.set([first, width, height, samples], i * WORDS_A_CROP);
    floats.set(matrix.slice(0, 3), i * WORDS_A_CROP + 4);
    floats.set(matrix.slice(3), i * WORDS_A_CROP + 8);
  }
  return words;
}

/** Bytes of {@linkcode warp}'s output: whole groups of four pixels. */
export function warpedBytes(crops: number, height: number, width: number): number {
  return Math.ceil(crops * height * width / 4) * 12;
}

/**
 * Appends the warp of crops: bilinear, black where a photo ends, rounded to whole grey levels.
 *
 * @param photos RGB bytes of the parts of photos, row by row.
 * @param sources Packed by {@linkcode packWarpSources}.
 * @param out RGB bytes `[crops, height, width, 3]`, of {@linkcode warpedBytes}.
 */
export function warp(
  gpu: Gpu,
  photos: Slice,
  sources: Slice,
  out: Slice,
  crops: number,
  height: number,
  width: number,
): void {
  const pixels = crops * height * width;
  gpu.dispatch(
    link("warp", "rrw", [wgsl.warp]),
    [photos, sources, out],
    grid(Math.ceil(pixels / 4)),
    new Uint32Array([pixels, width, height * width]),
  );
}
