/** Max pooling over NHWC images and its gradient. */

import type { Slice } from "../gpu/buffers.ts";
import { typeOf } from "../gpu/element_type.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { type Constants, link } from "../gpu/kernel.ts";
import { grid } from "./grid.ts";
import * as wgsl from "./wgsl.ts";

/** Extents of a pooling; channels are a multiple of 4. */
export interface MaxPoolShape {
  /** Images. */
  readonly batch: number;
  /** Input rows. */
  readonly inHeight: number;
  /** Input columns. */
  readonly inWidth: number;
  /** Channels. */
  readonly channels: number;
  /** Rows and columns of the window. */
  readonly size: number;
  /** Step of the window, in pixels, along both axes; at most its size. */
  readonly stride: number;
}

/**
 * Rows and columns of the output: as in Caffe, a window that reaches over the right or lower border counts, and
 * sees what lies inside.
 */
export function maxPoolOutputSize(shape: MaxPoolShape): { height: number; width: number } {
  const { inHeight, inWidth, size, stride } = shape;
  const windows = (extent: number) => Math.ceil(Math.max(0, extent - size) / stride) + 1;
  return { height: windows(inHeight), width: windows(inWidth) };
}

/** Appends `y = maxPool(x)`; both of one type. */
export function maxPool(gpu: Gpu, x: Slice, y: Slice, shape: MaxPoolShape): void {
  const { height, width } = maxPoolOutputSize(shape);
  const items = shape.batch * height * width * shape.channels / 4;
  gpu.dispatch(
    link("max pool", "rw", [wgsl.maxPoolGeometry, wgsl.maxPool], constants(x, shape)),
    [x, y],
    grid(items),
    geometry(shape, items),
  );
}

/**
 * Appends `dx = ∂/∂x` from the gradient `dy` of the output, which goes to the first of the largest values of
 * each window, in reading order. All three are of one type.
 */
export function maxPoolBackward(
  gpu: Gpu,
  x: Slice,
  dy: Slice,
  dx: Slice,
  shape: MaxPoolShape,
): void {
  const items = shape.batch * shape.inHeight * shape.inWidth * shape.channels / 4;
  gpu.dispatch(
    link(
      "max pool backward",
      "rrw",
      [wgsl.maxPoolGeometry, wgsl.maxPoolBackward],
      constants(x, shape),
    ),
    [x, dy, dx],
    grid(items),
    geometry(shape, items),
  );
}

function constants(x: Slice, { size, stride }: MaxPoolShape): Constants {
  return { SIZE: size, STRIDE: stride, Stored: typeOf(x) };
}

function geometry(shape: MaxPoolShape, items: number): Uint32Array {
  const { height, width } = maxPoolOutputSize(shape);
  return new Uint32Array([
    items,
    shape.inHeight,
    shape.inWidth,
    height,
    width,
    shape.channels / 4,
  ]);
}
