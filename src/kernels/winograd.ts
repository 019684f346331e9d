/**
 * Winograd's convolution for 3×3 kernels of stride 1: tiles of 2×2 or 4×4 outputs for 16 or 36
 * multiplications in place of 36 or 144 (Lavin and Gray, 2015). Three passes each: images and weights to
 * the points, a matrix product for each point, and back. All three passes of a convolution work this way.
 */

import type { Slice } from "../gpu/buffers.ts";
import { typeOf } from "../gpu/element_type.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { type Kernel, link } from "../gpu/kernel.ts";
import type { ConvShape } from "./conv_shape.ts";
import { convOutputSize } from "./conv_shape.ts";
import { type Epilogue, type GemmVariant, storeEpilogue } from "./gemm.ts";
import { grid } from "./grid.ts";
import { LAYER_GAP, multiplyPanels, Panel, type PanelPlan } from "./panel.ts";
import * as wgsl from "./wgsl.ts";

/** Side of a tile of outputs: F(2×2, 3×3) or F(4×4, 3×3). */
export type WinogradTile = 2 | 4;

/** How it is done. */
export interface WinogradOptions extends PanelPlan {
  /** Side of a tile. */
  readonly tile: WinogradTile;
  /** The form of the products' tile. */
  readonly variant?: GemmVariant | undefined;
}

/** True for convolutions that these kernels compute. */
export function winogradApplies(
  { kernelHeight, kernelWidth, stride, padding }: ConvShape,
): boolean {
  return kernelHeight === 3 && kernelWidth === 3 && stride === 1 && padding <= 2;
}

/** An image that tiles are taken from or written to. */
interface Image {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** A convolution of `input` with weights that are read as they are or turned round. */
interface Correlation {
  readonly input: Image;
  readonly output: Image;
  readonly padding: number;
  readonly flipped: boolean;
}

/** Appends `out = conv(x, w)` through an epilogue whose further bindings are given. */
export function winogradOutput(
  gpu: Gpu,
  x: Slice,
  w: Slice,
  out: Slice,
  shape: ConvShape,
  epilogue: Epilogue,
  further: readonly Slice[],
  options: WinogradOptions,
): void {
  const { input, output } = imagesOf(shape);
  const correlation = { input, output, padding: shape.padding, flipped: false };
  correlate(gpu, x, w, out, correlation, epilogue, further, options);
}

/** Appends `dx = ∂/∂x`, which is the convolution of `dy` with the kernels turned by half a turn. */
export function winogradInputGradient(
  gpu: Gpu,
  dy: Slice,
  w: Slice,
  dx: Slice,
  shape: ConvShape,
  options: WinogradOptions,
): void {
  const { input, output } = imagesOf(shape);
  const correlation = { input: output, output: input, padding: 2 - shape.padding, flipped: true };
  const epilogue = storeEpilogue("overwrite", false, typeOf(dx));
  correlate(gpu, dy, w, dx, correlation, epilogue, [], options);
}

/** Appends `dw = ∂/∂w` (or `dw += …`). */
export function winogradWeightGradient(
  gpu: Gpu,
  x: Slice,
  dy: Slice,
  dw: Slice,
  shape: ConvShape,
  accumulate: boolean,
  options: WinogradOptions,
): void {
  const { variant } = options;
  const { input, output } = imagesOf(shape);
  const points = (options.tile + 2) ** 2;
  const tiling = tilingOf(output, options.tile);
  const rows = input.channels;
  const columns = pieces(output.channels, options.most / (points * rows * 4));
  const parts = pieces(
    tiling.count,
    options.most / (points * Math.max(rows, columns[0]!.count) * 4),
  );
  const imagePoints = (part: Piece) =>
    toPoints(gpu, x, input, { tiling, part }, shape.padding, false, whole(rows), options);
  // Where all tiles fit one panel, it serves all columns.
  using shared = parts.length === 1 ? imagePoints(parts[0]!) : null;
  for (const { first, count: cols } of columns) {
    using products = Panel.acquire(gpu, bytesOf(points, rows, cols), {
      ...options,
      memory: "buffer",
    }); // [points, in, cols]
    for (const [index, part] of parts.entries()) {
      const place = { tiling, part };
      using own = shared === null ? imagePoints(part) : null;
      using b = toPoints(gpu, dy, output, place, 0, true, { first, count: cols }, options);
      multiplyPanels(
        gpu,
        (shared ?? own)!,
        b,
        products.resource as Slice,
        { layers: points, rows, cols, depth: stored(part), gap: LAYER_GAP },
        { transposed: true, accumulate: index > 0, variant },
      );
    }
    const kernel = link(
      `winograd weight gradient ${options.tile}`,
      "rw",
      [wgsl.winograd, mapOf(options.tile), wgsl.winogradWeightGradient],
      { ACCUMULATE: accumulate, GAP: LAYER_GAP },
    );
    const words = {
      ...NOTHING,
      rows,
      rows4: output.channels / 4,
      col4: first / 4,
      cols4: cols / 4,
    };
    gpu.dispatch(kernel, [products.resource, dw], grid(rows * cols / 4), uniforms(words));
  }
}

function correlate(
  gpu: Gpu,
  image: Slice,
  w: Slice,
  out: Slice,
  { input, output, padding, flipped }: Correlation,
  epilogue: Epilogue,
  further: readonly Slice[],
  options: WinogradOptions,
): void {
  const points = (options.tile + 2) ** 2;
  const tiling = tilingOf(output, options.tile);
  const depth = input.channels;
  const columns = pieces(output.channels, options.most / (points * depth * 4));
  const widest = columns[0]!.count;
  const parts = pieces(tiling.count, options.most / (points * Math.max(depth, widest) * 4));
  const imagePoints = (part: Piece) =>
    toPoints(gpu, image, input, { tiling, part }, padding, false, whole(depth), options);
  // Where all tiles fit one panel, it serves all columns.
  using shared = parts.length === 1 ? imagePoints(parts[0]!) : null;
  const kernel = link(
    `winograd output ${options.tile} ${epilogue.name}`,
    `rrw${epilogue.bindings}`,
    [wgsl.winograd, mapOf(options.tile), wgsl.winogradOutput, ...epilogue.texts],
    { ...epilogue.constants, GAP: LAYER_GAP },
  );
  for (const { first, count: cols } of columns) {
    using b = weightPoints(
      gpu,
      w,
      depth,
      output.channels,
      { first, count: cols },
      flipped,
      options,
    );
    for (const part of parts) {
      const place = { tiling, part };
      const rows = stored(part);
      using own = shared === null ? imagePoints(part) : null;
      using products = Panel.acquire(gpu, bytesOf(points, rows, cols), {
        ...options,
        memory: "buffer",
      }); // [points, tiles, cols]
      const slice = products.resource as Slice;
      multiplyPanels(
        gpu,
        (shared ?? own)!,
        b,
        slice,
        { layers: points, rows, cols, depth, gap: LAYER_GAP },
        { transposed: false, variant: options.variant },
      );
      const words = { ...wordsOf(output, place, 0), col4: first / 4, cols4: cols / 4 };
      gpu.dispatch(
        kernel,
        [slice, slice, out, ...further],
        grid(rows * cols / 4),
        uniforms(words),
      );
    }
  }
}

/** Tiles that cover an image. */
interface Tiling {
  readonly down: number;
  readonly across: number;
  readonly count: number;
}

interface Piece {
  readonly first: number;
  readonly count: number;
}

interface Place {
  readonly tiling: Tiling;
  readonly part: Piece;
}

function tilingOf({ batch, height, width }: Image, tile: WinogradTile): Tiling {
  const [down, across] = [Math.ceil(height / tile), Math.ceil(width / tile)];
  return { down, across, count: batch * down * across };
}

/** Rows of a panel for a piece: a multiple of 4, as the depth of a product must be. */
function stored({ count }: Piece): number {
  return Math.ceil(count / 4) * 4;
}

/** Of matrices `[points, rows, cols]` with gaps between them. */
function bytesOf(points: number, rows: number, cols: number): number {
  return points * (rows * cols * 4 + LAYER_GAP * 16);
}

function whole(count: number): Piece {
  return { first: 0, count };
}

/** Divides `total` into pieces of nearly one size and at most `most`: multiples of 64 if that allows, else of 4. */
function pieces(total: number, most: number): Piece[] {
  const unit = most >= 64 ? 64 : 4;
  const parts = Math.ceil(total / Math.max(unit, Math.floor(most / unit) * unit));
  const size = Math.ceil(total / parts / unit) * unit;
  return Array.from({ length: Math.ceil(total / size) }, (_, part) => ({
    first: part * size,
    count: Math.min(size, total - part * size),
  }));
}

/** Appends the transform of a piece of an image's tiles, [points, tiles, channels]. */
function toPoints(
  gpu: Gpu,
  slice: Slice,
  image: Image,
  place: Place,
  padding: number,
  gradient: boolean,
  channels: Piece,
  options: WinogradOptions,
): Panel {
  const { tile, memory } = options;
  const rows = stored(place.part);
  const panel = Panel.acquire(gpu, bytesOf((tile + 2) ** 2, rows, channels.count), options);
  const kernel = link(
    `winograd image ${tile} ${memory}`,
    `r${panel.written}`,
    [wgsl.winograd, mapOf(tile), wgsl.winogradImage, panel.put],
    { GRADIENT: gradient, Stored: typeOf(slice), GAP: LAYER_GAP },
  );
  const words = {
    ...wordsOf(image, place, padding),
    col4: channels.first / 4,
    cols4: channels.count / 4,
  };
  gpu.dispatch(
    kernel,
    [slice, panel.resource],
    grid(rows * channels.count / 4),
    uniforms(words),
  );
  return panel;
}

/** Appends the transform of some columns of the weights, [points, rows, cols]. */
function weightPoints(
  gpu: Gpu,
  w: Slice,
  rows: number,
  allColumns: number,
  { first, count }: Piece,
  flipped: boolean,
  options: WinogradOptions,
): Panel {
  const { tile, memory } = options;
  const panel = Panel.acquire(gpu, bytesOf((tile + 2) ** 2, rows, count), options);
  const kernel: Kernel = link(
    `winograd weights ${tile} ${memory}`,
    `r${panel.written}`,
    [wgsl.winograd, mapOf(tile), wgsl.winogradWeights, panel.put],
    { FLIPPED: flipped, GAP: LAYER_GAP },
  );
  const words = { ...NOTHING, rows, rows4: allColumns / 4, col4: first / 4, cols4: count / 4 };
  gpu.dispatch(kernel, [w, panel.resource], grid(rows * count / 4), uniforms(words));
  return panel;
}

function mapOf(tile: WinogradTile): string {
  return tile === 2 ? wgsl.winograd2x2 : wgsl.winograd4x4;
}

function imagesOf(shape: ConvShape): { input: Image; output: Image } {
  const { batch, inHeight, inWidth, inChannels, outChannels } = shape;
  return {
    input: { batch, height: inHeight, width: inWidth, channels: inChannels },
    output: { batch, ...convOutputSize(shape), channels: outChannels },
  };
}

/** Words of the uniform block; see `winograd.wgsl`. */
interface Words {
  readonly height: number;
  readonly width: number;
  readonly channels4: number;
  readonly padding: number;
  readonly down: number;
  readonly across: number;
  readonly tileLimit: number;
  readonly firstTile: number;
  readonly tiles: number;
  readonly col4: number;
  readonly cols4: number;
  readonly rows: number;
  readonly rows4: number;
}

const NOTHING: Words = {
  height: 0,
  width: 0,
  channels4: 0,
  padding: 0,
  down: 1,
  across: 1,
  tileLimit: 0,
  firstTile: 0,
  tiles: 0,
  col4: 0,
  cols4: 0,
  rows: 0,
  rows4: 0,
};

function wordsOf(image: Image, { tiling, part }: Place, padding: number): Words {
  return {
    ...NOTHING,
    height: image.height,
    width: image.width,
    channels4: image.channels / 4,
    padding,
    down: tiling.down,
    across: tiling.across,
    tileLimit: part.first + part.count,
    firstTile: part.first,
    tiles: stored(part),
  };
}

function uniforms(words: Words): Uint32Array {
  return new Uint32Array([
    words.height,
    words.width,
    words.channels4,
    words.padding,
    words.down,
    words.across,
    words.tileLimit,
    words.firstTile,
    words.tiles,
    words.col4,
    words.cols4,
    words.rows,
    words.rows4,
  ]);
}
