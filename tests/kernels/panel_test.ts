import { assert } from "@std/assert";
import type { Slice } from "../../src/gpu/buffers.ts";
import { convOutputSize, type ConvShape } from "../../src/kernels/conv_shape.ts";
import { BIAS_EPILOGUE, preluEpilogue } from "../../src/kernels/gemm.ts";
import type { PanelMemory } from "../../src/kernels/panel.ts";
import {
  patchesInputGradient,
  patchesOutput,
  patchesWeightGradient,
} from "../../src/kernels/patches.ts";
import {
  winogradInputGradient,
  winogradOutput,
  winogradWeightGradient,
} from "../../src/kernels/winograd.ts";
import { conv2d, conv2dInputGradient, conv2dWeightGradient } from "../reference/conv2d.ts";
import { add } from "../reference/elementwise.ts";
import { prelu } from "../reference/prelu.ts";
import { gpu } from "../support/gpu.ts";
import { Memory } from "../support/memory.ts";
import { assertClose, random } from "../support/values.ts";

function shapeOf(channels: readonly [number, number], stride: number): ConvShape {
  return {
    batch: 5,
    inHeight: 10,
    inWidth: 7,
    inChannels: channels[0],
    outChannels: channels[1],
    kernelHeight: 3,
    kernelWidth: 3,
    stride,
    padding: 1,
  };
}

function operands(shape: ConvShape) {
  const { batch, inHeight, inWidth, inChannels, outChannels } = shape;
  const { height, width } = convOutputSize(shape);
  return {
    x: random("panel.x", [batch, inHeight, inWidth, inChannels]),
    w: random("panel.w", [3, 3, inChannels, outChannels]),
    dy: random("panel.dy", [batch, height, width, outChannels]),
  };
}

/** Dispatches that a function appends. */
function dispatches(run: () => void): number {
  const before = gpu.counts.dispatches;
  run();
  return gpu.counts.dispatches - before;
}

// So few bytes that tiles, images and columns are all done in several pieces, the last ones smaller.
const SMALL = 12_000;

for (const memory of ["texels", "buffer"] as const satisfies readonly PanelMemory[]) {
  Deno.test(`Winograd's passes are right in pieces: ${memory}`, async () => {
    const shape = shapeOf([12, 20], 1);
    const { x, w, dy } = operands(shape);
    const bias = random("panel.bias", [20]);
    const options = { tile: 4, memory, most: SMALL } as const;
    using at = new Memory(gpu);
    const [image, weights, gradient] = [x, w, dy].map(({ data }) => at.upload(data));
    const out = at.blank(dy.data.length);
    const count = dispatches(() =>
      winogradOutput(
        gpu,
        image!,
        weights!,
        out,
        shape,
        BIAS_EPILOGUE,
        [at.upload(bias.data)],
        options,
      )
    );
    assert(count > 12, `only ${count} dispatches: the work was not done in pieces`);
    const expected = conv2d(x, w, bias, shape).data;
    assertClose(await at.read(out, expected.length), expected, "output", 5e-6);
    const dx = at.blank(x.data.length);
    winogradInputGradient(gpu, gradient!, weights!, dx, shape, options);
    const inputGradient = conv2dInputGradient(dy, w, x.shape, shape).data;
    assertClose(await at.read(dx, inputGradient.length), inputGradient, "input gradient", 5e-6);
    const dw = at.blank(w.data.length);
    winogradWeightGradient(gpu, image!, gradient!, dw, shape, false, options);
    const weightGradient = conv2dWeightGradient(dy, x, w.shape, shape).data;
    assertClose(await at.read(dw, weightGradient.length), weightGradient, "weight gradient", 5e-6);
  });

  Deno.test(`Winograd's passes are right in pieces of the columns alone: ${memory}`, async () => {
    const shape = { ...shapeOf([4, 36], 1), batch: 1, inHeight: 5, inWidth: 6 };
    const { x, w, dy } = operands(shape);
    // Four tiles of 36 points; 20 columns of weights are the most.
    const options = { tile: 4, memory, most: 36 * 4 * 20 * 4 } as const;
    using at = new Memory(gpu);
    const [image, weights, gradient] = [x, w, dy].map(({ data }) => at.upload(data));
    const out = at.blank(dy.data.length);
    const slope = at.upload(random("panel.slope", [36]).data);
    const prelu0 = preluEpilogue(false, false, false);
    const count = dispatches(() =>
      winogradOutput(gpu, image!, weights!, out, shape, prelu0, [slope, slope, slope], options)
    );
    assert(
      count === 1 + 2 * 3,
      `${count} dispatches: not one transform of the image for two pieces`,
    );
    const before = conv2d(x, w, null, shape);
    const expected = prelu(before, random("panel.slope", [36])).data;
    assertClose(await at.read(out, expected.length), expected, "output", 5e-6);
    const dw = at.blank(w.data.length);
    winogradWeightGradient(gpu, image!, gradient!, dw, shape, false, options);
    const weightGradient = conv2dWeightGradient(dy, x, w.shape, shape).data;
    assertClose(await at.read(dw, weightGradient.length), weightGradient, "weight gradient", 5e-6);
  });

  Deno.test(`the passes by patches are right in pieces: ${memory}`, async () => {
    const shape = shapeOf([12, 64], 2);
    const { x, w, dy } = operands(shape);
    const [bias, slope] = [random("panel.bias", [64]), random("panel.slope", [64])];
    const residual = random("panel.residual", dy.shape);
    const plan = { memory, most: 2 * 5 * 4 * 9 * 12 * 4 }; // two images
    using at = new Memory(gpu);
    const [image, weights, gradient] = [x, w, dy].map(({ data }) => at.upload(data));
    const [out, kept] = [at.blank(dy.data.length), at.blank(dy.data.length)];
    const channel = (slice: Slice) => ({ slice, pixels: false });
    const pixel = (slice: Slice) => ({ slice, pixels: true });
    const further = [
      channel(at.upload(bias.data)),
      channel(at.upload(slope.data)),
      pixel(at.upload(residual.data)),
      pixel(kept),
    ];
    const epilogue = preluEpilogue(true, true, true);
    const count = dispatches(() =>
      patchesOutput(gpu, image!, weights!, out, shape, epilogue, further, plan)
    );
    assert(count === 1 + 3 * 3, `${count} dispatches: not three pieces`);
    const before = conv2d(x, w, bias, shape);
    assertClose(await at.read(kept, before.data.length), before.data, "pre-activation");
    const expected = add(prelu(before, slope), residual).data;
    assertClose(await at.read(out, expected.length), expected, "output");
    const dx = at.blank(x.data.length);
    patchesInputGradient(gpu, gradient!, weights!, dx, shape, plan);
    const inputGradient = conv2dInputGradient(dy, w, x.shape, shape).data;
    assertClose(await at.read(dx, inputGradient.length), inputGradient, "input gradient");
    const dw = at.blank(w.data.length);
    patchesWeightGradient(gpu, image!, gradient!, dw, shape, false, plan);
    const weightGradient = conv2dWeightGradient(dy, x, w.shape, shape).data;
    assertClose(await at.read(dw, weightGradient.length), weightGradient, "weight gradient");
  });
}
