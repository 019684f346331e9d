/** The variants that a tuner compares for a piece of work, and data to run them on. */

import type { Slice } from "../gpu/buffers.ts";
import { bytesOf, type ElementType } from "../gpu/element_type.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Random } from "../random.ts";
import { type ConvWork, isConvWork, type MatmulWork, type Work } from "./choices.ts";
import {
  CONV_VARIANTS,
  convErrorBound,
  convInputGradient,
  convOutput,
  convOutputSize,
  convVariantApplies,
  convWeightGradient,
  defaultConvVariant,
} from "./conv.ts";
import { defaultVariant, type Extents, GEMM_VARIANTS } from "./gemm.ts";
import { defaultMatmulVariant, matmul, MATMUL_VARIANTS } from "./matmul.ts";

/** One way to do a piece of work. */
export interface Candidate {
  /** Its name. */
  readonly variant: string;
  /** Largest error in norm, relative to the plain variant's result. */
  readonly bound: number;
  /** Appends the work. */
  readonly run: (operands: Operands) => void;
}

/** What a matrix product may differ by. */
const MATMUL_BOUND = 1e-6;

/**
 * What it may differ by where results are stored in f16: now and then an error far below that precision makes
 * one round the other way.
 */
const F16_BOUND = 2e-4;

/**
 * The variants that apply to a piece of work: that of the rule first, for its kernels are needed in any case, then
 * those that compile quickly, and `plain` last.
 */
export function candidatesOf(gpu: Gpu, work: Work): Candidate[] {
  const candidates = isConvWork(work) ? convCandidates(gpu, work) : matmulCandidates(gpu, work);
  const rule = ruleVariant(gpu, work);
  const place = ({ variant }: Candidate) => {
    if (variant === "plain") return 4;
    if (variant === rule) return 0;
    if (!GEMM_VARIANTS.some((form) => form === variant)) return 1;
    return variant.startsWith("registers") ? 3 : 2;
  };
  return candidates.sort((a, b) => place(a) - place(b));
}

function convCandidates(gpu: Gpu, { pass, shape, precision }: ConvWork): Candidate[] {
  const applying = CONV_VARIANTS.filter((variant) => convVariantApplies(gpu, variant, shape));
  return applying.map((variant) => ({
    variant,
    bound: precision === "f16" ? F16_BOUND : convErrorBound(variant),
    run: ({ a, b, out, slope, kept }) => {
      if (pass === "output") {
        const epilogue = { slope: slope!, preActivation: kept! };
        convOutput(gpu, a, b, out, shape, epilogue, variant);
      } else if (pass === "input gradient") {
        convInputGradient(gpu, a, b, out, shape, variant);
      } else {
        convWeightGradient(gpu, a, b, out, shape, false, variant);
      }
    },
  }));
}

function matmulCandidates(gpu: Gpu, { pass, shape }: MatmulWork): Candidate[] {
  return MATMUL_VARIANTS.map((variant) => ({
    variant,
    bound: MATMUL_BOUND,
    run: ({ a, b, out }) => matmul(gpu, pass, a, b, out, shape, { variant }),
  }));
}

/** The variant that the class rule takes. */
export function ruleVariant(gpu: Gpu, work: Work): string {
  const variant = isConvWork(work)
    ? defaultConvVariant(gpu, work.shape)
    : defaultMatmulVariant(gpu, work.pass, work.shape);
  return variant ?? defaultVariant(gpu, extentsOf(work));
}

/** Extents of the product that work is when it is one. */
function extentsOf(work: Work): Extents {
  if (!isConvWork(work)) return work.shape;
  const { batch, inHeight, inWidth, inChannels, outChannels, stride } = work.shape;
  const { height, width } = convOutputSize(work.shape);
  const { kernelHeight, kernelWidth } = work.shape;
  switch (work.pass) {
    case "output":
      return { rows: batch * height * width, cols: outChannels };
    case "input gradient": {
      const rows = batch * Math.ceil(inHeight / stride) * Math.ceil(inWidth / stride);
      return { rows, cols: inChannels };
    }
    case "weight gradient":
      return { rows: kernelHeight * kernelWidth * inChannels, cols: outChannels };
  }
}

/** 10⁹ floating-point operations of the plain way, by which rates of all variants are given. */
export function gflopOf(work: Work): number {
  if (!isConvWork(work)) {
    const { rows, cols, depth } = work.shape;
    return 2 * rows * cols * depth / 1e9;
  }
  const { batch, inChannels, outChannels, kernelHeight, kernelWidth } = work.shape;
  const { height, width } = convOutputSize(work.shape);
  const weights = kernelHeight * kernelWidth * inChannels * outChannels;
  return 2 * batch * height * width * weights / 1e9;
}

/** Memory that work reads and writes. */
export class Operands implements Disposable {
  /** Images, gradients or the left matrix. */
  readonly a: Slice;
  /** Weights, gradients or the right matrix. */
  readonly b: Slice;
  /** The result. */
  readonly out: Slice;
  /** PReLU slopes, for the output of a convolution: that is how training runs it. */
  readonly slope: Slice | undefined;
  /** Where pre-activations are kept then. */
  readonly kept: Slice | undefined;
  /** Floats of the result. */
  readonly size: number;
  readonly #gpu: Gpu;
  readonly #slices: Slice[] = [];

  /**
   * Memory for this work, filled with small whole numbers at random: their sums are exact in any order, so that
   * a variant which adds in another order differs by nothing, and a wrong one by more than any bound.
   */
  constructor(gpu: Gpu, work: Work) {
    this.#gpu = gpu;
    const [a, b, out] = isConvWork(work) ? convSizes(work) : matmulSizes(work);
    const image = work.precision ?? "f32";
    // Weights and their gradients are f32 always.
    this.size = out;
    this.a = this.#upload(noise(a, 1), image);
    this.b = this.#upload(noise(b, 2), work.pass === "weight gradient" ? image : "f32");
    this.out = this.#acquire(out, work.pass === "weight gradient" ? "f32" : image);
    if (isConvWork(work) && work.pass === "output") {
      this.slope = this.#upload(new Float32Array(work.shape.outChannels).fill(0.25), "f32");
      this.kept = this.#acquire(out, image);
    }
  }

  #acquire(size: number, type: ElementType): Slice {
    const slice = this.#gpu.acquire(size * bytesOf(type));
    this.#slices.push(slice);
    return { ...slice, type };
  }

  #upload(values: Float32Array<ArrayBuffer>, type: ElementType): Slice {
    const slice = this.#acquire(values.length, type);
    this.#gpu.upload(slice, type === "f16" ? Float16Array.from(values) : values);
    return slice;
  }

  /** Gives the memory back. */
  [Symbol.dispose](): void {
    for (const slice of this.#slices) this.#gpu.release(slice);
  }
}

type Sizes = readonly [a: number, b: number, out: number];

function convSizes({ pass, shape }: ConvWork): Sizes {
  const { batch, inHeight, inWidth, inChannels, outChannels, kernelHeight, kernelWidth } = shape;
  const { height, width } = convOutputSize(shape);
  const x = batch * inHeight * inWidth * inChannels;
  const y = batch * height * width * outChannels;
  const w = kernelHeight * kernelWidth * inChannels * outChannels;
  if (pass === "output") return [x, w, y];
  return pass === "input gradient" ? [y, w, x] : [x, y, w];
}

function matmulSizes({ shape: { rows, cols, depth } }: MatmulWork): Sizes {
  return [rows * depth, depth * cols, rows * cols];
}

/** A prime, so that the noise comes round at no extent of the work. */
const PERIOD = 65_521;

function noise(size: number, seed: number): Float32Array<ArrayBuffer> {
  const random = new Random(seed);
  const values = new Float32Array(size);
  for (let i = 0; i < Math.min(PERIOD, size); i++) values[i] = random.uint32() % 7 - 3;
  for (let filled = PERIOD; filled < size; filled += PERIOD) {
    values.set(values.subarray(0, Math.min(PERIOD, size - filled)), filled);
  }
  return values;
}
