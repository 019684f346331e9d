/**
 * The weight gradient of a net's first convolution, 3×3 over an image of three or four channels: few weights,
 * many pixels. Laying out patches would cost more than the product itself.
 */

import type { Slice } from "../gpu/buffers.ts";
import { typeOf } from "../gpu/element_type.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { link } from "../gpu/kernel.ts";
import { convOutputSize, type ConvShape } from "./conv_shape.ts";
import { sumParts } from "./sum_parts.ts";
import * as wgsl from "./wgsl.ts";

/** Taps times channels of the image. */
const ROWS = 36;

/** Pieces of the pixels, which the adapter works on side by side. */
const LAYERS = 16;

/** Whether {@linkcode fewWeightsGradient} computes the weight gradient of this convolution. */
export function hasFewWeights({ inChannels, kernelHeight, kernelWidth }: ConvShape): boolean {
  return inChannels === 4 && kernelHeight === 3 && kernelWidth === 3;
}

/** Appends `dw = ∂/∂w` (or `dw += …`) of a convolution that {@linkcode hasFewWeights}. */
export function fewWeightsGradient(
  gpu: Gpu,
  x: Slice,
  dy: Slice,
  dw: Slice,
  shape: ConvShape,
  accumulate: boolean,
): void {
  const { batch, inHeight, inWidth, outChannels, stride, padding } = shape;
  const { height, width } = convOutputSize(shape);
  const pixels = batch * height * width;
  const piece = Math.ceil(pixels / (4 * LAYERS)) * 4;
  const layers = Math.ceil(pixels / piece);
  const parts = gpu.acquire(layers * ROWS * outChannels * 4); // [layers, taps, in, out]
  gpu.dispatch(
    link("conv few weights gradient", "rrw", [wgsl.convFewWeights], {
      Stored: typeOf(x),
      StoredB: typeOf(dy),
    }),
    [x, dy, parts],
    [Math.ceil(outChannels / 64), layers],
    new Uint32Array([
      inHeight,
      inWidth,
      height,
      width,
      outChannels / 4,
      pixels,
      piece,
      stride,
      padding,
    ]),
  );
  sumParts(gpu, parts, dw, ROWS * outChannels, layers, accumulate);
  gpu.release(parts);
}
