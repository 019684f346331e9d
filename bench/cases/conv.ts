/** The three passes of a convolution over every geometry of SphereNet-20. */

import type { Slice } from "../../src/gpu/buffers.ts";
import type { Gpu } from "../../src/gpu/gpu.ts";
import {
  convInputGradient,
  convOutput,
  convOutputSize,
  type ConvShape,
  convWeightGradient,
} from "../../src/kernels/conv.ts";
import type { GemmVariant } from "../../src/kernels/gemm.ts";
import { padded } from "../../src/ops/shapes.ts";
import { describeShape, distinctShapes } from "../layers.ts";
import { type Case, filled, unfilled } from "../support.ts";

/** The net's image size in the paper. */
export const PAPER_SIZE = { height: 112, width: 96 } as const;

/**
 * One case for each geometry and pass, in the given forms of the tile and as the adapter's rule chooses.
 * The first convolution has no input gradient: nobody trains the image.
 */
export function convCases(gpu: Gpu, batch: number, forms: readonly GemmVariant[]): Case[] {
  return distinctShapes("20", PAPER_SIZE).flatMap((paper) => {
    const shape: ConvShape = { ...paper, batch, inChannels: padded(paper.inChannels) };
    const { height, width } = convOutputSize(shape);
    const inputs = batch * shape.inHeight * shape.inWidth * shape.inChannels;
    const outputs = batch * height * width * shape.outChannels;
    const weights = 9 * shape.inChannels * shape.outChannels;
    const [x, w, dy] = [filled(gpu, inputs, 1), filled(gpu, weights, 2), filled(gpu, outputs, 3)];
    const [y, dx, dw] = [unfilled(gpu, outputs), unfilled(gpu, inputs), unfilled(gpu, weights)];
    const item = (pass: string, out: Slice, run: (form?: GemmVariant) => void): Case => ({
      name: `conv ${pass}, ${describeShape(paper)} ×${batch}`,
      amount: 2 * outputs * 9 * paper.inChannels / 1e9,
      unit: "GFLOP",
      rate: 17,
      results: [out],
      variants: Object.fromEntries([
        ...forms.map((form) => [form, () => run(form)] as const),
        ["by rule", () => run()] as const,
      ]),
    });
    const cases = [
      item("output", y, (form) => convOutput(gpu, x, w, y, shape, {}, form)),
      item("weight gradient", dw, (form) => convWeightGradient(gpu, x, dy, dw, shape, false, form)),
    ];
    if (paper.inChannels > 3) {
      cases.push(
        item("input gradient", dx, (form) => convInputGradient(gpu, dy, w, dx, shape, form)),
      );
    }
    return cases;
  });
}
