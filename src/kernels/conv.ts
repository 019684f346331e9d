/** The three passes of a 2-D convolution over NHWC images, each a tiled matrix product. */

import type { Slice } from "../gpu/buffers.ts";
import { type ElementType, typeOf } from "../gpu/element_type.ts";
import type { Gpu } from "../gpu/gpu.ts";
import {
  biasEpilogue,
  type Epilogue,
  gemm,
  GEMM_VARIANTS,
  type GemmVariant,
  preluEpilogue,
  storeEpilogue,
} from "./gemm.ts";
import { choicesOf, type ConvPass } from "./choices.ts";
import { convOutputSize, type ConvShape } from "./conv_shape.ts";
import { fewWeightsGradient, hasFewWeights } from "./few_weights.ts";
import { sumParts } from "./sum_parts.ts";
import { panelPlan } from "./panel.ts";
import {
  type FurtherBinding,
  patchesApply,
  patchesInputGradient,
  patchesOutput,
  patchesWeightGradient,
} from "./patches.ts";
import {
  winogradApplies,
  winogradInputGradient,
  winogradOutput,
  type WinogradTile,
  winogradWeightGradient,
} from "./winograd.ts";
import * as wgsl from "./wgsl.ts";

export { convOutputSize, type ConvShape } from "./conv_shape.ts";

/**
 * How a convolution is computed: as one matrix product whose operands are gathered on the way, in one of the
 * forms of the tile; as one whose patches are laid out before; or by Winograd's transforms on tiles of 2×2 or
 * 4×4 outputs.
 */
export type ConvVariant = GemmVariant | "patches" | "winograd2" | "winograd4";

/** All of them. */
export const CONV_VARIANTS: readonly ConvVariant[] = [
  ...GEMM_VARIANTS,
  "patches",
  "winograd2",
  "winograd4",
];

/** Whether a variant computes convolutions of this shape. */
export function convVariantApplies(gpu: Gpu, variant: ConvVariant, shape: ConvShape): boolean {
  if (variant === "patches") return patchesApply(shape, panelPlan(gpu, shape.batch));
  return winogradTile(variant) === null || winogradApplies(shape);
}

/**
 * Largest error of a variant, in norm and relative to the norm of the result: what tests hold it to, and what
 * a tuner asks for before it times anything. Winograd's larger tile adds and subtracts larger multiples.
 */
export function convErrorBound(variant: ConvVariant): number {
  return winogradTile(variant) === 4 ? 5e-6 : 1e-6;
}

function winogradTile(variant: ConvVariant | undefined): WinogradTile | null {
  if (variant === "winograd4") return 4;
  return variant === "winograd2" ? 2 : null;
}

/**
 * The variant where nothing was measured. Fewer tiles than channels leave most of Winograd's work to the
 * weights, whose transform grows with the tile.
 */
export function defaultConvVariant(gpu: Gpu, shape: ConvShape): ConvVariant | undefined {
  if (gpu.adapter.class !== "software") return undefined;
  const { height, width } = convOutputSize(shape);
  const tiles = shape.batch * Math.ceil(height / 4) * Math.ceil(width / 4);
  const channels = Math.max(shape.inChannels, shape.outChannels);
  if (winogradApplies(shape) && tiles >= channels / 64) {
    return tiles >= channels / 16 ? "winograd4" : "winograd2";
  }
  return patchesApply(shape, panelPlan(gpu, shape.batch)) ? "patches" : undefined;
}

/** The variant that was chosen for a pass over images like `image`, where it applies, or else by the rule. */
function chosenVariant(
  gpu: Gpu,
  pass: ConvPass,
  shape: ConvShape,
  image: Slice,
): ConvVariant | undefined {
  const choice = choicesOf(gpu).variantFor({ pass, shape, precision: typeOf(image) });
  const variant = CONV_VARIANTS.find((variant) => variant === choice);
  return variant !== undefined && convVariantApplies(gpu, variant, shape)
    ? variant
    : defaultConvVariant(gpu, shape);
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
  variant: ConvVariant | undefined = chosenVariant(gpu, "output", shape, out),
): void {
  checkChannels(shape);
  const { height, width } = convOutputSize(shape);
  const { epilogue, bindings } = epilogueOf(typeOf(out), {
    bias,
    slope,
    residual,
    preActivation,
  });
  const further = bindings.map(({ slice }) => slice);
  const tile = winogradTile(variant);
  if (tile !== null) {
    const options = { tile, ...panelPlan(gpu, shape.batch) };
    winogradOutput(gpu, x, w, out, shape, epilogue, further, options);
    return;
  }
  if (variant === "patches") {
    patchesOutput(gpu, x, w, out, shape, epilogue, bindings, panelPlan(gpu, shape.batch));
    return;
  }
  const { kernel, workgroups } = gemm(
    gpu,
    variant as GemmVariant | undefined,
    "conv output",
    [wgsl.operandsConv, wgsl.operandsConvOutput],
    { Stored: typeOf(x), StoredB: typeOf(w) },
    epilogue,
    { rows: shape.batch * height * width, cols: shape.outChannels },
  );
  gpu.dispatch(kernel, [x, w, out, ...further], workgroups, geometry(shape));
}

/** The epilogue's WGSL, and what it binds after the output. */
function epilogueOf(
  type: ElementType,
  { bias, slope, residual, preActivation }: ConvEpilogue,
): { epilogue: Epilogue; bindings: FurtherBinding[] } {
  const channel = (slice: Slice) => ({ slice, pixels: false });
  const pixel = (slice: Slice) => ({ slice, pixels: true });
  if (slope === undefined) {
    return bias === undefined
      ? { epilogue: storeEpilogue("overwrite", false, type), bindings: [] }
      : { epilogue: biasEpilogue(type), bindings: [channel(bias)] };
  }
  const keep = preActivation !== undefined;
  return {
    epilogue: preluEpilogue(bias !== undefined, residual !== undefined, keep, type),
    bindings: [
      channel(bias ?? slope),
      channel(slope),
      residual === undefined ? channel(slope) : pixel(residual),
      ...(keep ? [pixel(preActivation)] : []),
    ],
  };
}

/** Appends `dx = ∂/∂x` of a convolution, from the gradient `dy` of its output. */
export function convInputGradient(
  gpu: Gpu,
  dy: Slice,
  w: Slice,
  dx: Slice,
  shape: ConvShape,
  variant: ConvVariant | undefined = chosenVariant(gpu, "input gradient", shape, dy),
): void {
  checkChannels(shape);
  const tile = winogradTile(variant);
  if (tile !== null) {
    winogradInputGradient(gpu, dy, w, dx, shape, { tile, ...panelPlan(gpu, shape.batch) });
    return;
  }
  if (variant === "patches") {
    patchesInputGradient(gpu, dy, w, dx, shape, panelPlan(gpu, shape.batch));
    return;
  }
  const { batch, inHeight, inWidth, inChannels, stride } = shape;
  const { kernel, workgroups } = gemm(
    gpu,
    variant as GemmVariant | undefined,
    "conv input gradient",
    [wgsl.operandsConv, wgsl.operandsConvInputGradient],
    { Stored: typeOf(dy), StoredB: typeOf(w) },
    storeEpilogue("overwrite", false, typeOf(dx)),
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
  variant: ConvVariant | undefined = chosenVariant(gpu, "weight gradient", shape, dy),
): void {
  checkChannels(shape);
  const tile = winogradTile(variant);
  if (tile !== null) {
    const options = { tile, ...panelPlan(gpu, shape.batch) };
    winogradWeightGradient(gpu, x, dy, dw, shape, accumulate, options);
    return;
  }
  if (variant === "patches") {
    if (hasFewWeights(shape)) {
      fewWeightsGradient(gpu, x, dy, dw, shape, accumulate);
      return;
    }
    patchesWeightGradient(gpu, x, dy, dw, shape, accumulate, panelPlan(gpu, shape.batch));
    return;
  }
  const { bands, bandPixels, split, layers } = splitWeightGradient(gpu, shape);
  const rows = shape.kernelHeight * shape.kernelWidth * shape.inChannels;
  const mode = layers > 1 ? "parts" : accumulate ? "accumulate" : "overwrite";
  const { kernel, workgroups } = gemm(
    gpu,
    variant as GemmVariant | undefined,
    "conv weight gradient",
    [wgsl.operandsConv, wgsl.operandsConvWeightGradient],
    { Stored: typeOf(x), StoredB: typeOf(dy) },
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

function checkChannels(shape: ConvShape): void {
  if (shape.inChannels % 4 !== 0 || shape.outChannels % 4 !== 0) {
    throw new RangeError(
      `Convolution with ${shape.inChannels} input and ${shape.outChannels} output channels: both must be multiples of 4; pad them with zeros.`,
    );
  }
}
