/**
 * Convolution by patches: the pixels under each position of the kernel are laid out as a row of a panel, and
 * each pass is one matrix product (known as im2col). It costs memory for a few images at a time, and is
 * worth it where gathering operands inside the product is dearer than laying them out once.
 */

import type { Slice } from "../gpu/buffers.ts";
import { bytesOf, type ElementType, typeOf } from "../gpu/element_type.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { link } from "../gpu/kernel.ts";
import { convOutputSize, type ConvShape } from "./conv_shape.ts";
import type { Epilogue } from "./gemm.ts";
import { grid } from "./grid.ts";
import { multiplyAndFinish, multiplyPanels, Panel, type PanelPlan } from "./panel.ts";
import { sumParts } from "./sum_parts.ts";
import * as wgsl from "./wgsl.ts";

/** Appends `out = conv(x, w)` through an epilogue with further bindings. */
export function patchesOutput(
  gpu: Gpu,
  x: Slice,
  w: Slice,
  out: Slice,
  shape: ConvShape,
  epilogue: Epilogue,
  further: readonly FurtherBinding[],
  plan: PanelPlan,
): void {
  const { depth, imagePixels } = extentsOf(shape);
  const cols = shape.outChannels;
  using b = Panel.copy(gpu, w, depth * cols, plan);
  for (const images of imagePieces(shape, plan, typeOf(out))) {
    const rows = images.count * imagePixels;
    using a = layOut(gpu, x, shape, images, rows, plan);
    const skipped = images.first * imagePixels * cols;
    const bindings = further.map(({ slice, pixels }) =>
      pixels ? shifted(slice, skipped, rows * cols) : slice
    );
    const to = shifted(out, skipped, rows * cols);
    if (further.length === 0) {
      multiplyPanels(gpu, a, b, to, { layers: 1, rows, cols, depth }, { transposed: false });
    } else {
      multiplyAndFinish(gpu, a, b, to, { rows, cols, depth }, epilogue, bindings);
    }
  }
}

/** A binding of an epilogue. */
export interface FurtherBinding {
  /** The range. */
  readonly slice: Slice;
  /** Whether it holds a value for each output, as a residual does, or one for each channel. */
  readonly pixels: boolean;
}

/** Appends `dx = ∂/∂x` from the gradient `dy` of the output. */
export function patchesInputGradient(
  gpu: Gpu,
  dy: Slice,
  w: Slice,
  dx: Slice,
  shape: ConvShape,
  plan: PanelPlan,
): void {
  const { depth, imagePixels } = extentsOf(shape);
  const { outChannels, inChannels, inHeight, inWidth } = shape;
  using b = Panel.transpose(gpu, w, depth, outChannels, plan); // [out, taps in]
  for (const images of imagePieces(shape, plan, typeOf(dy))) {
    const rows = images.count * imagePixels;
    const gradient = shifted(dy, images.first * imagePixels * outChannels, rows * outChannels);
    using a = Panel.copy(gpu, gradient, rows * outChannels, plan);
    using patches = Panel.acquire(gpu, rows * depth * 4, { ...plan, memory: "buffer" });
    const slice = patches.resource as Slice;
    const extents = { layers: 1, rows, cols: depth, depth: outChannels };
    multiplyPanels(gpu, a, b, slice, extents, { transposed: false });
    const pixels = images.count * inHeight * inWidth;
    gpu.dispatch(
      link("patches fold", "rw", [wgsl.patchesGeometry, wgsl.patchesFold], {
        StoredOut: typeOf(dx),
      }),
      [slice, dx],
      grid(pixels * inChannels / 4),
      geometry(shape, images.first, pixels, pixels),
    );
  }
}

/** Appends `dw = ∂/∂w` (or `dw += …`). */
export function patchesWeightGradient(
  gpu: Gpu,
  x: Slice,
  dy: Slice,
  dw: Slice,
  shape: ConvShape,
  accumulate: boolean,
  plan: PanelPlan,
): void {
  const { depth, imagePixels } = extentsOf(shape);
  const cols = shape.outChannels;
  for (const images of imagePieces(shape, plan, typeOf(dy))) {
    const pixels = images.count * imagePixels;
    const layers = weightGradientLayers(depth, cols, pixels);
    const rows = Math.ceil(pixels / (4 * layers)) * 4; // of each layer
    using a = layOut(gpu, x, shape, images, layers * rows, plan);
    const gradient = shifted(dy, images.first * imagePixels * cols, pixels * cols);
    using b = Panel.copy(gpu, gradient, pixels * cols, plan, layers * rows * cols);
    const extents = { layers, rows: depth, cols, depth: rows };
    const add = accumulate || images.first > 0;
    if (layers === 1) {
      multiplyPanels(gpu, a, b, dw, extents, { transposed: true, accumulate: add });
      continue;
    }
    const parts = gpu.acquire(layers * depth * cols * 4); // [layers, taps in, out]
    multiplyPanels(gpu, a, b, parts, extents, { transposed: true });
    sumParts(gpu, parts, dw, depth * cols, layers, add);
    gpu.release(parts);
  }
}

/** Few weights are few tiles for the adapter to share out: then the pixels are divided as well. */
function weightGradientLayers(depth: number, cols: number, pixels: number): number {
  const tiles = Math.ceil(depth / 32) * Math.ceil(cols / 128);
  return Math.max(1, Math.min(16, Math.floor(16 / tiles), Math.floor(pixels / 256)));
}

interface Images {
  readonly first: number;
  readonly count: number;
}

/**
 * Divides the batch so that the patches of a piece fit a panel; at least one image each. Of outputs stored in
 * f16 an even number: two of them take the bytes of one in f32, by which {@linkcode patchesApply} judges.
 */
function imagePieces(shape: ConvShape, { most: bytes }: PanelPlan, type: ElementType): Images[] {
  const { depth, imagePixels } = extentsOf(shape);
  const most = Math.max(1, Math.floor(bytes / (imagePixels * depth * 4)));
  const parts = Math.ceil(shape.batch / most);
  const step = type === "f16" ? 2 : 1;
  const size = Math.ceil(shape.batch / parts / step) * step;
  return Array.from({ length: Math.ceil(shape.batch / size) }, (_, part) => ({
    first: part * size,
    count: Math.min(size, shape.batch - part * size),
  }));
}

/** Values of a patch, and output pixels of an image. */
function extentsOf(shape: ConvShape): { depth: number; imagePixels: number } {
  const { height, width } = convOutputSize(shape);
  const { kernelHeight, kernelWidth, inChannels } = shape;
  return { depth: kernelHeight * kernelWidth * inChannels, imagePixels: height * width };
}

/** Whether pieces of the batch begin at places that can be bound. */
export function patchesApply(shape: ConvShape, plan: PanelPlan): boolean {
  if (imagePieces(shape, plan, "f32").length === 1) return true;
  return extentsOf(shape).imagePixels * shape.outChannels * 4 % 256 === 0;
}

function layOut(
  gpu: Gpu,
  x: Slice,
  shape: ConvShape,
  images: Images,
  rows: number,
  plan: PanelPlan,
): Panel {
  const { depth, imagePixels } = extentsOf(shape);
  const panel = Panel.acquire(gpu, rows * depth * 4, plan);
  gpu.dispatch(
    link(`patches ${plan.memory}`, `r${panel.written}`, [
      wgsl.patchesGeometry,
      wgsl.patches,
      panel.put,
    ], { Stored: typeOf(x) }),
    [x, panel.resource],
    grid(rows * shape.inChannels / 4),
    geometry(shape, images.first, images.count * imagePixels, rows),
  );
  return panel;
}

function shifted(slice: Slice, values: number, count: number): Slice {
  const bytes = bytesOf(typeOf(slice));
  return { ...slice, offset: slice.offset + values * bytes, size: count * bytes };
}

function geometry(
  shape: ConvShape,
  firstImage: number,
  pixels: number,
  stored: number,
): Uint32Array {
  const { height, width } = convOutputSize(shape);
  return new Uint32Array([
    shape.inHeight,
    shape.inWidth,
    shape.inChannels / 4,
    height,
    width,
    shape.kernelHeight,
    shape.kernelWidth,
    shape.stride,
    shape.padding,
    firstImage,
    pixels,
    stored,
  ]);
}
