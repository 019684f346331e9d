/**
 * Products of features with many class weights, and their gradients, in passes that load every weight once:
 * eight samples at a time stand in registers. For few samples; `matmul.ts` does the same for many.
 */

import type { Slice } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { link } from "../gpu/kernel.ts";
import { grid } from "./grid.ts";
import type { RowWindow } from "./windows.ts";
import * as wgsl from "./wgsl.ts";

/** Samples of a pass. */
export const SAMPLES = 8;

/** Values of a feature that an invocation of {@linkcode classProducts} holds. */
const PRODUCT_BLOCK = 32;

/** Classes that it walks over. */
const PRODUCT_PIECE = 128;

/** Parts of a product that {@linkcode classProducts} leaves to be added up. */
export function partsOf(features: number): number {
  return features / PRODUCT_BLOCK;
}

/**
 * Whether {@linkcode classProducts} can be used, and is faster than a matrix product: on a GPU it is not, for
 * the parts would be many.
 */
export function streamsProducts(gpu: Gpu, features: number): boolean {
  return gpu.adapter.class === "software" && features % PRODUCT_BLOCK === 0;
}

/** Samples from which matrix products are taken for the gradients on a GPU. */
const MANY_SAMPLES = 64;

/**
 * Whether {@linkcode classGradients} can be used, and is faster than two matrix products: one of them sums over
 * all classes, and has few outputs for a GPU to be busy with.
 */
export function streamsGradients(gpu: Gpu, features: number, batch: number): boolean {
  return gpu.adapter.class === "software" ? features % 16 === 0 : batch < MANY_SAMPLES;
}

/** Invocations of {@linkcode classGradients} that share the classes: enough to fill the adapter. */
export function gradientPieces(gpu: Gpu): number {
  return gpu.adapter.class === "software" ? 64 : 256;
}

/** A pass over samples. */
export interface SamplePass {
  /** Samples in all. */
  readonly batch: number;
  /** Length of a feature, a multiple of 32 for products, of 4 for gradients. */
  readonly features: number;
  /** First sample of the pass, a multiple of 8. */
  readonly firstSample: number;
}

/**
 * Appends `parts [rows, features / 32, 8]` of the products of eight features of `x [batch, features]` with each
 * row of `w [rows, features]`, and, unless null, `squares [rows, features / 32]` of each row.
 */
export function classProducts(
  gpu: Gpu,
  w: Slice,
  x: Slice,
  parts: Slice,
  squares: Slice | null,
  rows: number,
  { batch, features, firstSample }: SamplePass,
): void {
  const blocks = partsOf(features);
  const unread = squares === null ? gpu.acquire(16) : null;
  gpu.dispatch(
    link("class products", "rrww", [wgsl.classProducts], {
      SQUARES: squares !== null,
    }),
    [w, x, parts, squares ?? unread!],
    grid(Math.ceil(rows / PRODUCT_PIECE) * blocks, 16),
    new Uint32Array([rows, blocks, PRODUCT_PIECE, batch, firstSample]),
  );
  if (unread !== null) gpu.release(unread);
}

/** Buffers of {@linkcode classGradients}, those with rows for classes cut to the window. */
export interface ClassGradientSlices {
  /** Class weights `[rows, features]`. */
  readonly w: Slice;
  /** Features `[batch, features]`. */
  readonly x: Slice;
  /** Gradient by the products, `[rows, samples in fours]`. */
  readonly delta: Slice;
  /** Coefficient of each weight in its own gradient `[rows]`. */
  readonly along: Slice;
  /** Labels `[batch]`, u32. */
  readonly labels: Slice;
  /** Of `marginFinish`. */
  readonly gradients: Slice;
  /** Receives the gradient by the weights. */
  readonly dw: Slice;
  /** Receives the gradient by eight features, `[pieces, samples, features]`. */
  readonly dx: Slice;
}

/** Choices of {@linkcode classGradients}. */
export interface ClassGradientOptions {
  /** Adds to what stands in `dw`. */
  readonly accumulate: boolean;
  /** Adds the part along each weight. */
  readonly tangent: boolean;
  /** Leaves the margin out of the gradient by the weights. */
  readonly caffe: boolean;
  /** Classes of an invocation. */
  readonly piece: number;
  /** The window's first piece. */
  readonly firstPiece: number;
}

/** Appends both gradients of the products of eight features with the class weights of a window. */
export function classGradients(
  gpu: Gpu,
  { w, x, delta, along, labels, gradients, dw, dx }: ClassGradientSlices,
  { first, rows }: RowWindow,
  { batch, features, firstSample }: SamplePass,
  { accumulate, tangent, caffe, piece, firstPiece }: ClassGradientOptions,
): void {
  const wide = gpu.adapter.class === "software" && features % 16 === 0;
  const blocks = features / (wide ? 16 : 4);
  const block = wide ? wgsl.classBlockWide : wgsl.classBlockNarrow;
  gpu.dispatch(
    link(`class gradients ${wide ? "wide" : "narrow"}`, "rrrrrrww", [wgsl.classGradients, block], {
      ACCUMULATE: accumulate,
      TANGENT: tangent,
      CAFFE: caffe,
    }),
    [w, x, delta, along, labels, gradients, dw, dx],
    grid(Math.ceil(rows / piece) * blocks, 32),
    new Uint32Array([
      ...[rows, blocks, piece, batch, firstSample],
      ...[Math.ceil(batch / 4), first, firstPiece],
    ]),
  );
}
