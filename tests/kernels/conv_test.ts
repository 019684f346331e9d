import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { Gpu } from "../../src/gpu/gpu.ts";
import {
  CONV_VARIANTS,
  convErrorBound,
  convInputGradient,
  convOutput,
  convOutputSize,
  type ConvShape,
  type ConvVariant,
  convVariantApplies,
  convWeightGradient,
  defaultConvVariant,
} from "../../src/kernels/conv.ts";
import type { Array64 } from "../reference/array64.ts";
import { conv2d, conv2dInputGradient, conv2dWeightGradient } from "../reference/conv2d.ts";
import { add } from "../reference/elementwise.ts";
import { prelu } from "../reference/prelu.ts";
import { gpu, gpuOfClass } from "../support/gpu.ts";
import { Memory } from "../support/memory.ts";
import { assertClose, dot, random } from "../support/values.ts";

type Extents = readonly [number, number];

function conv(
  batch: number,
  [inHeight, inWidth]: Extents,
  [inChannels, outChannels]: Extents,
  [kernelHeight, kernelWidth]: Extents,
  stride: number,
  padding: number,
): ConvShape {
  return {
    batch,
    inHeight,
    inWidth,
    inChannels,
    outChannels,
    kernelHeight,
    kernelWidth,
    stride,
    padding,
  };
}

/** Most of them have about as many rows in each pass, so that few kernels have to be compiled. */
const SHAPES: readonly ConvShape[] = [
  conv(1, [1, 1], [8, 4], [3, 3], 1, 1), // one pixel, taps nearly all outside
  conv(1, [3, 2], [16, 4], [2, 2], 1, 0), // two output pixels
  conv(3, [7, 5], [12, 20], [3, 3], 1, 1), // the usual one, small and odd
  conv(2, [9, 11], [8, 68], [3, 3], 2, 1), // downsampling, a column tile and a bit
  conv(5, [8, 7], [8, 12], [5, 5], 2, 2), // padding at the far side is never reached
  conv(3, [13, 10], [36, 8], [5, 5], 3, 2), // stride 3
  conv(2, [16, 9], [68, 4], [1, 1], 2, 0), // three of four phases meet no tap
  conv(5, [11, 8], [16, 8], [2, 2], 3, 0), // the stride skips pixels
  conv(2, [12, 8], [12, 140], [3, 3], 1, 0), // more than one tile of columns, of every variant
  conv(2, [9, 10], [12, 8], [2, 3], 2, 2), // a kernel that is not square, more padding than it needs
  conv(1, [19, 15], [8, 4], [3, 3], 1, 1), // weight gradient in bands, the last one short
  conv(3, [9, 7], [4, 68], [3, 3], 2, 1), // few weights, as of the first convolution of a net
  conv(1, [3, 4], [4, 4], [3, 3], 1, 0), // the same, two pixels
  conv(5, [4, 4], [36, 68], [3, 3], 1, 1), // weight gradient in two unequal parts
];

/** One image with few pixels and many weights. */
const ONE_PIECE = conv(1, [3, 3], [68, 68], [3, 3], 1, 1);

/** Each of them is split in another way, which a test below makes sure of. */
const SPLIT: readonly ConvShape[] = [
  ...SHAPES.filter(({ inChannels }) => inChannels > 4).slice(10),
  conv(1, [16, 16], [8, 4], [3, 3], 1, 1),
  conv(3, [46, 34], [8, 64], [3, 3], 2, 1),
];

interface Operands {
  readonly x: Array64;
  readonly w: Array64;
  readonly dy: Array64;
}

function operands(shape: ConvShape): Operands {
  const { height, width } = convOutputSize(shape);
  const { batch, inHeight, inWidth, inChannels, outChannels, kernelHeight, kernelWidth } = shape;
  return {
    x: random("conv.x", [batch, inHeight, inWidth, inChannels]),
    w: random("conv.w", [kernelHeight, kernelWidth, inChannels, outChannels]),
    dy: random("conv.dy", [batch, height, width, outChannels]),
  };
}

function describe(shape: ConvShape): string {
  return JSON.stringify(Object.values(shape));
}

/** Variants with panels hold them in texels or in a buffer, as the adapter's class wants it. */
type Case = readonly [name: string, variant: ConvVariant, on: Gpu];
const CASES = CONV_VARIANTS.flatMap((variant): Case[] =>
  variant === "patches" || variant.startsWith("winograd")
    ? Object.entries(gpuOfClass).map(([name, on]) => [`${variant}, ${name}`, variant, on])
    : [[variant, variant, gpu]]
);

for (const [name, variant, on] of CASES) {
  const bound = convErrorBound(variant);
  const shapes = SHAPES.filter((shape) => convVariantApplies(on, variant, shape));

  Deno.test(`convOutput() equals the reference over awkward extents: ${name}`, async () => {
    for (const shape of shapes) {
      using memory = new Memory(on);
      const { x, w, dy } = operands(shape);
      const out = memory.blank(dy.data.length);
      convOutput(on, memory.upload(x.data), memory.upload(w.data), out, shape, {}, variant);
      const expected = conv2d(x, w, null, shape).data;
      assertClose(await memory.read(out, expected.length), expected, describe(shape), bound);
    }
  });

  Deno.test(`convInputGradient() equals the reference over awkward extents: ${name}`, async () => {
    for (const shape of shapes) {
      using memory = new Memory(on);
      const { x, w, dy } = operands(shape);
      const out = memory.blank(x.data.length);
      convInputGradient(on, memory.upload(dy.data), memory.upload(w.data), out, shape, variant);
      const expected = conv2dInputGradient(dy, w, x.shape, shape).data;
      assertClose(await memory.read(out, expected.length), expected, describe(shape), bound);
    }
  });

  Deno.test(`convWeightGradient() equals the reference over awkward extents: ${name}`, async () => {
    for (const shape of shapes) await checkWeightGradient(on, shape, false, variant);
  });

  Deno.test(`convWeightGradient() adds to what stands there: ${name}`, async () => {
    // In parts that are added up; then in one piece, as the weights are many and the pixels few.
    await checkWeightGradient(on, SHAPES[2]!, true, variant);
    await checkWeightGradient(on, ONE_PIECE, true, variant);
  });
}

async function checkWeightGradient(
  on: Gpu,
  shape: ConvShape,
  accumulate: boolean,
  variant?: ConvVariant,
): Promise<void> {
  using memory = new Memory(on);
  const { x, w, dy } = operands(shape);
  const standing = random("conv.standing", w.shape);
  const out = accumulate ? memory.upload(standing.data) : memory.blank(w.data.length);
  const [image, gradient] = [memory.upload(x.data), memory.upload(dy.data)];
  convWeightGradient(on, image, gradient, out, shape, accumulate, variant);
  const product = conv2dWeightGradient(dy, x, w.shape, shape);
  const expected = (accumulate ? add(product, standing) : product).data;
  const bound = convErrorBound(
    variant ?? defaultConvVariant(on, shape) ?? "plain",
  );
  assertClose(await memory.read(out, expected.length), expected, describe(shape), bound);
}

/** Which of bias, residual and kept pre-activation the fused kernel has. */
interface Fusion {
  readonly bias: boolean;
  readonly residual: boolean;
  readonly keep: boolean;
}

const FUSIONS: readonly Fusion[] = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => ({
  bias: (bits & 1) !== 0,
  residual: (bits & 2) !== 0,
  keep: (bits & 4) !== 0,
}));

async function checkFusion(
  shape: ConvShape,
  { bias, residual, keep }: Fusion,
  variant: ConvVariant,
): Promise<void> {
  using memory = new Memory(gpu);
  const { x, w, dy } = operands(shape);
  const b = random("conv.bias", [shape.outChannels]);
  const slope = random("conv.slope", [shape.outChannels]); // negative ones too
  const shortcut = random("conv.residual", dy.shape);
  const size = dy.data.length;
  const [out, kept] = [memory.blank(size), memory.blank(size)];
  const epilogue = {
    slope: memory.upload(slope.data),
    bias: bias ? memory.upload(b.data) : undefined,
    residual: residual ? memory.upload(shortcut.data) : undefined,
    preActivation: keep ? kept : undefined,
  };
  convOutput(gpu, memory.upload(x.data), memory.upload(w.data), out, shape, epilogue, variant);
  const preActivation = conv2d(x, w, bias ? b : null, shape);
  const activated = prelu(preActivation, slope);
  const expected = residual ? add(activated, shortcut) : activated;
  const what = `bias ${bias}, residual ${residual}, keep ${keep}`;
  const bound = convErrorBound(variant);
  assertClose(await memory.read(out, size), expected.data, what, bound);
  const seen = await memory.read(kept, size);
  if (keep) assertClose(seen, preActivation.data, `${what}: pre-activation`, bound);
  else assert(seen.every(Number.isNaN), `${what}: a pre-activation was kept`);
}

for (const variant of CONV_VARIANTS) {
  // The epilogue is the same text behind every tile: all combinations behind the one that compiles
  // quickest, the extremes behind the others.
  const fusions = variant === "plain" ? FUSIONS : [FUSIONS[0]!, FUSIONS[7]!];
  Deno.test(`convOutput() with the PReLU epilogue equals its parts: ${variant}`, async () => {
    for (const fusion of fusions) await checkFusion(SHAPES[8]!, fusion, variant);
  });

  Deno.test(`convOutput() with a bias alone equals the reference: ${variant}`, async () => {
    using memory = new Memory(gpu);
    const shape = SHAPES[8]!;
    const { x, w, dy } = operands(shape);
    const bias = random("conv.bias", [shape.outChannels]);
    const out = memory.blank(dy.data.length);
    const epilogue = { bias: memory.upload(bias.data) };
    convOutput(gpu, memory.upload(x.data), memory.upload(w.data), out, shape, epilogue, variant);
    const expected = conv2d(x, w, bias, shape).data;
    assertClose(
      await memory.read(out, expected.length),
      expected,
      describe(shape),
      convErrorBound(variant),
    );
  });
}

/** How a weight gradient is divided: bands of an image, layers of the dispatch, segments in a layer. */
interface Division {
  readonly bands: number;
  readonly layers: number;
  readonly split: number;
  /** Output rows in the last band are fewer than in the others. */
  readonly lastBandIsShort: boolean;
  /** Segments in the last layer are fewer than in the others. */
  readonly lastLayerIsShort: boolean;
}

/** The division that is dispatched, seen by a stand-in for the GPU. */
function divisionOf(on: Gpu, shape: ConvShape): Division {
  const slice = on.acquire(16);
  on.release(slice);
  const seen: Division[] = [];
  const { height, width } = convOutputSize(shape);
  const spy = {
    adapter: on.adapter,
    acquire: () => slice,
    release: () => {},
    dispatch: (...[kernel, , [, , layers = 1], uniforms]: Parameters<Gpu["dispatch"]>) => {
      if (!kernel.name.startsWith("conv")) return;
      const [bands = 0, bandPixels = 0, split = 0] = uniforms!.subarray(11);
      const lastBandIsShort = bands * bandPixels > height * width;
      const lastLayerIsShort = layers * split > shape.batch * bands;
      seen.push({ bands, layers, split, lastBandIsShort, lastLayerIsShort });
    },
  };
  convWeightGradient(spy as unknown as Gpu, slice, slice, slice, shape, false, "registers");
  return seen[0]!;
}

Deno.test("convWeightGradient() is split in every way by the shapes of these tests", () => {
  const software = SPLIT.map((shape) => divisionOf(gpuOfClass.software, shape));
  assert(software.some(({ bands, lastBandIsShort }) => bands > 1 && lastBandIsShort), "short band");
  assert(
    software.some(({ bands, lastBandIsShort }) => bands > 1 && !lastBandIsShort),
    "whole bands",
  );
  assert(
    software.some(({ bands, split }) => bands > 1 && split > 1),
    "layers over images' borders",
  );
  assert(software.some(({ lastLayerIsShort }) => lastLayerIsShort), "short layer");
  assertEquals(divisionOf(gpuOfClass.software, ONE_PIECE).layers, 1);
});

for (const [name, classed] of Object.entries(gpuOfClass)) {
  Deno.test(`convWeightGradient() is split as the adapter's class wants it: ${name}`, async () => {
    for (const shape of SPLIT) {
      await checkWeightGradient(classed, shape, false);
      await checkWeightGradient(classed, shape, true);
    }
  });

  Deno.test(`the passes of a convolution are adjoint: ${name}`, async () => {
    // Real shapes of SphereNet at 28×24 and the largest that run here quickly; no reference needed.
    const shapes = [
      conv(3, [28, 24], [4, 64], [3, 3], 2, 1),
      conv(2, [14, 12], [64, 64], [3, 3], 1, 1),
      conv(2, [7, 6], [128, 256], [3, 3], 2, 1),
      conv(1, [31, 29], [20, 36], [5, 5], 3, 2),
    ];
    for (const shape of shapes) await checkAdjoint(classed, shape);
  });
}

async function checkAdjoint(on: Gpu, shape: ConvShape): Promise<void> {
  using memory = new Memory(on);
  const { x, w, dy } = operands(shape);
  const [image, weights, gradient] = [x, w, dy].map(({ data }) => memory.upload(data));
  const y = memory.blank(dy.data.length);
  const dx = memory.blank(x.data.length);
  const dw = memory.blank(w.data.length);
  convOutput(on, image!, weights!, y, shape);
  convInputGradient(on, gradient!, weights!, dx, shape);
  convWeightGradient(on, image!, gradient!, dw, shape, false);
  const forward = await memory.read(y, dy.data.length);
  const products = [
    dot(forward, dy.data),
    dot(await memory.read(dx, x.data.length), x.data),
    dot(await memory.read(dw, w.data.length), w.data),
  ];
  const bound = 5e-6 * Math.sqrt(dot(forward, forward) * dot(dy.data, dy.data));
  for (const product of products) {
    const off = Math.abs(product - products[0]!);
    assert(off <= bound, `${describe(shape)}: ${products} differ by ${off}, more than ${bound}`);
  }
}

Deno.test("convOutputSize() rounds down", () => {
  const size = (shape: ConvShape) => Object.values(convOutputSize(shape));
  assertEquals(size(conv(1, [112, 96], [4, 4], [3, 3], 2, 1)), [56, 48]);
  assertEquals(size(conv(1, [7, 5], [4, 4], [3, 3], 2, 1)), [4, 3]);
  assertEquals(size(conv(1, [8, 10], [4, 4], [2, 3], 3, 0)), [3, 3]);
});

Deno.test("convOutput() refuses channels that are not multiples of 4", () => {
  using memory = new Memory(gpu);
  const some = memory.blank(64);
  for (const channels of [[3, 4], [4, 6]] as const) {
    const shape = conv(1, [2, 2], channels, [1, 1], 1, 0);
    const { message } = assertThrows(
      () => convOutput(gpu, some, some, memory.blank(64), shape),
      RangeError,
    );
    assertStringIncludes(message, `${channels[0]} input and ${channels[1]} output channels`);
  }
});
