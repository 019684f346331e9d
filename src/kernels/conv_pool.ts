/**
 * The first layers of a net in one pass, for inference: a 3×3 convolution of four channels without padding, bias,
 * PReLU and 2×2 max pooling. The maps before pooling, the largest of the net, are never stored.
 */

import type { Slice } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { link } from "../gpu/kernel.ts";
import { grid } from "./grid.ts";
import { maxPoolOutputSize } from "./max_pool.ts";
import * as wgsl from "./wgsl.ts";

/** Pixels of a row that one invocation computes. */
const TILE = 16;

/** Operands of {@linkcode convPool}, all in f32. */
export interface ConvPoolOperands {
  /** Images `[batch, height, width, 4]`. */
  readonly x: Slice;
  /** Weights `[3, 3, 4, out]`. */
  readonly w: Slice;
  /** A bias for each output channel. */
  readonly bias: Slice;
  /** A slope for each output channel. */
  readonly slope: Slice;
  /** The output, of the extents of {@linkcode convPoolOutputSize}. */
  readonly y: Slice;
}

/** Extents of the images and of the output. */
export interface ConvPoolShape {
  /** Images. */
  readonly batch: number;
  /** Input rows, at least 3. */
  readonly inHeight: number;
  /** Input columns, at least 3. */
  readonly inWidth: number;
  /** Output channels, a multiple of 4. */
  readonly outChannels: number;
}

/** Rows and columns of the output. */
export function convPoolOutputSize(
  { batch, inHeight, inWidth, outChannels }: ConvPoolShape,
): { height: number; width: number } {
  return maxPoolOutputSize({
    batch,
    inHeight: inHeight - 2,
    inWidth: inWidth - 2,
    channels: outChannels,
    size: 2,
    stride: 2,
  });
}

/** Appends `y = maxPool(prelu(conv(x, w) + bias, slope))`. */
export function convPool(
  gpu: Gpu,
  { x, w, bias, slope, y }: ConvPoolOperands,
  shape: ConvPoolShape,
): void {
  const { height, width } = convPoolOutputSize(shape);
  const tiles = Math.ceil((shape.inWidth - 2) / TILE);
  const items = shape.batch * height * tiles;
  const cols4 = shape.outChannels / 4;
  const [across, down] = grid(items, 8);
  gpu.dispatch(
    link("conv pool", "rrrrw", [wgsl.convPool]),
    [x, w, bias, slope, y],
    [across, down ?? 1, cols4],
    new Uint32Array([items, tiles, shape.inHeight, shape.inWidth, height, width, cols4]),
  );
}
