/** The three passes of a 2-D convolution over NHWC images, each a tiled matrix product. */

import type { Slice } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/gpu.ts";
import {
  BIAS_EPILOGUE,
  type Epilogue,
  gemm,
  type GemmVariant,
  preluEpilogue,
  storeEpilogue,
} from "./gemm.ts";
import { sumParts } from "./sum_parts.ts";
import * as wgsl from "./wgsl.ts";

/** Extents of a convolution; channels are multiples of 4. */
export interface ConvShape {
  /** Images. */
  readonly batch: number;
  /** Input rows. */
  readonly inHeight: number;
  /** Input columns. */
  readonly inWidth: number;
  /** Input channels. */
  readonly inChannels: number;
  /** Output channels. */
  readonly outChannels: number;
  /** Kernel rows. */
  readonly kernelHeight: number;
  /** Kernel columns. */
  readonly kernelWidth: number;
  /** Step of the kernel, in pixels, along both axes. */
  readonly stride: number;
  /** Zero pixels around the input, on every side. */
  readonly padding: number;
}

/** Rows and columns of a convolution's output. */
export function convOutputSize(shape: ConvShape): { height: number; width: number } {
  const { inHeight, inWidth, kernelHeight, kernelWidth, stride, padding } = shape;
  return {
    height: Math.floor((inHeight + 2 * padding - kernelHeight) / stride) + 1,
    width: Math.floor((inWidth + 2 * padding - kernelWidth) / stride) + 1,
  };
}

/** What a convolution's output passes through before it is stored. */
export interface ConvEpilogue {
  /** A bias for each output channel. */
  readonly bias?: Slice | undefined;
  /** PReLU slopes, one for each output channel. */
  readonly slope?: Slice | undefined;
  /** Added after the PReLU; needs `slope`. */
  readonly residual?: Slice | undefined;
  /** Receives the pre-activation; needs `slope`. */
  readonly preActivation?: Slice | undefined;
}

/** Appends `out = conv(x, w)`, then bias, PReLU and residual as asked. */
export function convOutput(
  gpu: Gpu,
  x: Slice,
  w: Slice,
  out: Slice,
  shape: ConvShape,
  { bias, slope, residual, preActivation }: ConvEpilogue = {},
  variant?: GemmVariant,
): void {
  const { height, width } = convOutputSize(shape);
  let epilogue: Epilogue = storeEpilogue("overwrite");
  const slices = [x, w, out];
  if (slope !== undefined) {
    const keep = preActivation !== undefined;
    epilogue = preluEpilogue(bias !== undefined, residual !== undefined, keep);
    slices.push(bias ?? slope, slope, residual ?? slope);
    if (keep) slices.push(preActivation);
  } else if (bias !== undefined) {
    epilogue = BIAS_EPILOGUE;
    slices.push(bias);
  }
  const { kernel, workgroups } = gemm(
    gpu,
    variant,
    "conv output",
    [wgsl.operandsConv, wgsl.operandsConvOutput],
    {},
    epilogue,
    { rows: shape.batch * height * width, cols: shape.outChannels },
  );
  gpu.dispatch(kernel, slices, workgroups, geometry(shape));
}

/** Appends `dx = ∂/∂x` of a convolution, from the gradient `dy` of its output. */
export function convInputGradient(
  gpu: Gpu,
  dy: Slice,
  w: Slice,
  dx: Slice,
  shape: ConvShape,
  variant?: GemmVariant,
): void {
  const { batch, inHeight, inWidth, inChannels, stride } = shape;
  const { kernel, workgroups } = gemm(
    gpu,
    variant,
    "conv input gradient",
    [wgsl.operandsConv, wgsl.operandsConvInputGradient],
    {},
    storeEpilogue("overwrite"),
    {
      rows: batch * Math.ceil(inHeight / stride) * Math.ceil(inWidth / stride),
      cols: inChannels,
      layers: stride * stride,
    },
  );
  gpu.dispatch(kernel, [dy, w, dx], workgroups, geometry(shape));
}

/** Invocations that a weight gradient is split into at least, where there is enough to sum. */
const LEAST_INVOCATIONS = { software: 512, gpu: 1 << 16 } as const;

/** Bytes that the parts of a split weight gradient may take. */
const MOST_PART_BYTES = 8 << 20;

/** Appends `dw = ∂/∂w` (or `dw += …`) of a convolution, from the gradient `dy` of its output. */
export function convWeightGradient(
  gpu: Gpu,
  x: Slice,
  dy: Slice,
  dw: Slice,
  shape: ConvShape,
  accumulate: boolean,
  variant?: GemmVariant,
): void {
  const { bands, bandPixels, split, layers } = splitWeightGradient(gpu, shape);
  const rows = shape.kernelHeight * shape.kernelWidth * shape.inChannels;
  const mode = layers > 1 ? "parts" : accumulate ? "accumulate" : "overwrite";
  const { kernel, workgroups } = gemm(
    gpu,
    variant,
    "conv weight gradient",
    [wgsl.operandsConv, wgsl.operandsConvWeightGradient],
    {},
    storeEpilogue(mode),
    { rows, cols: shape.outChannels, layers },
  );
  const uniforms = geometry(shape, bands, bandPixels, split);
  if (layers === 1) {
    gpu.dispatch(kernel, [x, dy, dw], workgroups, uniforms);
    return;
  }
  const parts = gpu.acquire(layers * rows * shape.outChannels * 4); // [layers, kh, kw, cin, cout]
  gpu.dispatch(kernel, [x, dy, parts], workgroups, uniforms);
  sumParts(gpu, parts, dw, rows * shape.outChannels, layers, accumulate);
  gpu.release(parts);
}

/** How the sum over output pixels is divided among layers of the dispatch. */
function splitWeightGradient(
  gpu: Gpu,
  shape: ConvShape,
): { bands: number; bandPixels: number; split: number; layers: number } {
  const { height, width } = convOutputSize(shape);
  const weights = shape.kernelHeight * shape.kernelWidth * shape.inChannels * shape.outChannels;
  const wanted = Math.ceil(LEAST_INVOCATIONS[gpu.adapter.class] / Math.max(1, weights / 64));
  const affordable = Math.max(1, Math.floor(MOST_PART_BYTES / (weights * 4)));
  const target = Math.min(wanted, affordable);
  // A band is whole output rows, and long enough to be worth its set-up.
  const bands = Math.min(
    Math.max(1, Math.ceil(target / shape.batch)),
    height,
    Math.max(1, Math.floor((height * width) / 64)),
  );
  const bandRows = Math.ceil(height / bands);
  const usedBands = Math.ceil(height / bandRows);
  const segments = shape.batch * usedBands;
  const split = Math.ceil(segments / Math.min(target, segments));
  return {
    bands: usedBands,
    bandPixels: bandRows * width,
    split,
    layers: Math.ceil(segments / split),
  };
}

function geometry(shape: ConvShape, bands = 1, bandPixels = 0, split = 1): Uint32Array {
  const { height, width } = convOutputSize(shape);
  if (shape.inChannels % 4 !== 0 || shape.outChannels % 4 !== 0) {
    throw new RangeError(
      `Convolution with ${shape.inChannels} input and ${shape.outChannels} output channels: both must be multiples of 4; pad them with zeros.`,
    );
  }
  return new Uint32Array([
    shape.batch,
    shape.inHeight,
    shape.inWidth,
    shape.inChannels,
    height,
    width,
    shape.outChannels,
    shape.kernelHeight,
    shape.kernelWidth,
    shape.stride,
    shape.padding,
    bands,
    bandPixels,
    split,
  ]);
}
