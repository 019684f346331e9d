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
} from "../../src/kernels/conv.ts";
import type { PanelPlan } from "../../src/kernels/panel.ts";
import {
  patchesInputGradient,
  patchesOutput,
  patchesWeightGradient,
} from "../../src/kernels/patches.ts";
import { storeEpilogue } from "../../src/kernels/gemm.ts";
import type { Array64 } from "../reference/array64.ts";
import { conv2d, conv2dInputGradient, conv2dWeightGradient } from "../reference/conv2d.ts";
import { add } from "../reference/elementwise.ts";
import { prelu } from "../reference/prelu.ts";
import { gpu, gpuOfClass } from "../support/gpu.ts";
import { Memory } from "../support/memory.ts";
import { assertClose, HALF_TOLERANCE, halved, random } from "../support/values.ts";

const USUAL: ConvShape = {
  batch: 3,
  inHeight: 7,
  inWidth: 5,
  inChannels: 12,
  outChannels: 20,
  kernelHeight: 3,
  kernelWidth: 3,
  stride: 1,
  padding: 1,
};

const SHAPES: readonly ConvShape[] = [
  USUAL,
  { ...USUAL, batch: 2, inHeight: 9, inWidth: 11, inChannels: 4, outChannels: 68, stride: 2 },
  { ...USUAL, batch: 1, inHeight: 19, inWidth: 15, inChannels: 8, outChannels: 4 },
];

interface Operands {
  readonly x: Array64;
  readonly w: Array64;
  readonly dy: Array64;
}

/** Images and gradients as f16 holds them, weights as f32 does. */
function operands(shape: ConvShape): Operands {
  const { height, width } = convOutputSize(shape);
  const { batch, inHeight, inWidth, inChannels, outChannels, kernelHeight, kernelWidth } = shape;
  return {
    x: halved(random("conv.x", [batch, inHeight, inWidth, inChannels])),
    w: random("conv.w", [kernelHeight, kernelWidth, inChannels, outChannels]),
    dy: halved(random("conv.dy", [batch, height, width, outChannels])),
  };
}

type Case = readonly [name: string, variant: ConvVariant, on: Gpu];
const CASES = CONV_VARIANTS.flatMap((variant): Case[] =>
  variant === "patches" || variant.startsWith("winograd")
    ? Object.entries(gpuOfClass).map(([name, on]) => [`${variant}, ${name}`, variant, on])
    : [[variant, variant, gpu]]
);

for (const [name, variant, on] of CASES) {
  const shapes = SHAPES.filter((shape) => convVariantApplies(on, variant, shape));

  Deno.test(`convolutions in f16 equal the reference of the rounded inputs: ${name}`, async () => {
    for (const shape of shapes) {
      using memory = new Memory(on);
      const { x, w, dy } = operands(shape);
      const [image, gradient] = [x, dy].map(({ data }) => memory.upload(data, "f16"));
      const weights = memory.upload(w.data);
      const what = JSON.stringify(Object.values(shape));

      const out = memory.blank(dy.data.length, "f16");
      convOutput(on, image!, weights, out, shape, {}, variant);
      const y = await memory.read(out, dy.data.length);
      assertClose(y, conv2d(x, w, null, shape).data, what, HALF_TOLERANCE);

      const dx = memory.blank(x.data.length, "f16");
      convInputGradient(on, gradient!, weights, dx, shape, variant);
      const byInput = await memory.read(dx, x.data.length);
      const expected = conv2dInputGradient(dy, w, x.shape, shape);
      assertClose(byInput, expected.data, `${what}: input gradient`, HALF_TOLERANCE);

      // In f32, and summed in f32: no rounding but that of the inputs.
      const dw = memory.blank(w.data.length);
      convWeightGradient(on, image!, gradient!, dw, shape, false, variant);
      const byWeights = await memory.read(dw, w.data.length);
      const sums = conv2dWeightGradient(dy, x, w.shape, shape);
      assertClose(byWeights, sums.data, `${what}: weight gradient`, convErrorBound(variant));
    }
  });

  Deno.test(`convOutput() in f16 passes through bias, PReLU and residual: ${name}`, async () => {
    const shape = shapes[0]!;
    using memory = new Memory(on);
    const { x, w, dy } = operands(shape);
    const [bias, slope] = ["bias", "slope"].map((name) => random(name, [shape.outChannels]));
    const residual = halved(random("conv.residual", dy.shape));
    const size = dy.data.length;
    const [out, plain, kept] = [1, 2, 3].map(() => memory.blank(size, "f16"));
    const [image, weights] = [memory.upload(x.data, "f16"), memory.upload(w.data)];
    const b = memory.upload(bias!.data);
    convOutput(on, image, weights, plain!, shape, { bias: b }, variant);
    convOutput(on, image, weights, out!, shape, {
      bias: b,
      slope: memory.upload(slope!.data),
      residual: memory.upload(residual.data, "f16"),
      preActivation: kept!,
    }, variant);
    const before = conv2d(x, w, bias!, shape);
    const after = add(prelu(before, slope!), residual).data;
    assertClose(await memory.read(plain!, size), before.data, "bias", HALF_TOLERANCE);
    assertClose(await memory.read(kept!, size), before.data, "pre-activation", HALF_TOLERANCE);
    assertClose(await memory.read(out!, size), after, "output", HALF_TOLERANCE);
  });
}

Deno.test("patches in f16 take an even number of images at a time, so that each piece can be bound", async () => {
  // An image's outputs are 256 bytes in f32, and 128 in f16.
  const shape = { ...USUAL, batch: 5, inHeight: 4, inWidth: 4, inChannels: 8, outChannels: 4 };
  const plan: PanelPlan = { memory: "buffer", most: 16 * 9 * 8 * 4 };
  using memory = new Memory(gpu);
  const { x, w, dy } = operands(shape);
  const [image, gradient] = [x, dy].map(({ data }) => memory.upload(data, "f16"));
  const weights = memory.upload(w.data);

  const out = memory.blank(dy.data.length, "f16");
  patchesOutput(
    gpu,
    image!,
    weights,
    out,
    shape,
    storeEpilogue("overwrite", false, "f16"),
    [],
    plan,
  );
  const y = await memory.read(out, dy.data.length);
  assertClose(y, conv2d(x, w, null, shape).data, "output", HALF_TOLERANCE);

  const dx = memory.blank(x.data.length, "f16");
  patchesInputGradient(gpu, gradient!, weights, dx, shape, plan);
  const byInput = await memory.read(dx, x.data.length);
  const expected = conv2dInputGradient(dy, w, x.shape, shape).data;
  assertClose(byInput, expected, "input gradient", HALF_TOLERANCE);

  const dw = memory.blank(w.data.length);
  patchesWeightGradient(gpu, image!, gradient!, dw, shape, false, plan);
  const sums = conv2dWeightGradient(dy, x, w.shape, shape).data;
  assertClose(await memory.read(dw, w.data.length), sums, "weight gradient");
});
