/** The three passes of a convolution over every geometry of SphereNet-20. */

import type { Slice } from "../../src/gpu/buffers.ts";
import type { Gpu } from "../../src/gpu/gpu.ts";
import type { ConvPass } from "../../src/kernels/choices.ts";
import {
  CONV_VARIANTS,
  convInputGradient,
  convOutput,
  convOutputSize,
  type ConvShape,
  type ConvVariant,
  convVariantApplies,
  convWeightGradient,
} from "../../src/kernels/conv.ts";
import { ruleVariant } from "../../src/kernels/tuner_candidates.ts";
import { padded } from "../../src/ops/shapes.ts";
import { describeShape, distinctShapes } from "../layers.ts";
import { type Case, filled, unfilled } from "../support.ts";

/** The net's image size in the paper. */
export const PAPER_SIZE = { height: 112, width: 96 } as const;

/**
 * One case for each geometry and pass, in every variant that applies. The first convolution has no input
 * gradient: nobody trains the image. Memory is given back when the next geometry is asked for.
 */
export function* convCases(gpu: Gpu, batch: number): Generator<Case> {
  for (const paper of distinctShapes("20", PAPER_SIZE)) {
    const shape: ConvShape = { ...paper, batch, inChannels: padded(paper.inChannels) };
    const { height, width } = convOutputSize(shape);
    const inputs = batch * shape.inHeight * shape.inWidth * shape.inChannels;
    const outputs = batch * height * width * shape.outChannels;
    const weights = 9 * shape.inChannels * shape.outChannels;
    const [x, w, dy] = [filled(gpu, inputs, 1), filled(gpu, weights, 2), filled(gpu, outputs, 3)];
    const [y, dx, dw] = [unfilled(gpu, outputs), unfilled(gpu, inputs), unfilled(gpu, weights)];
    const variants = CONV_VARIANTS.filter((variant) => convVariantApplies(gpu, variant, shape));
    const item = (pass: ConvPass, out: Slice, run: (variant: ConvVariant) => void): Case => ({
      name: `conv ${pass}, ${describeShape(paper)} ×${batch}`,
      amount: 2 * outputs * 9 * paper.inChannels / 1e9,
      unit: "GFLOP",
      results: [out],
      variants: Object.fromEntries(variants.map((variant) => [variant, () => run(variant)])),
      rule: ruleVariant(gpu, { pass, shape }),
    });
    yield item("output", y, (variant) => convOutput(gpu, x, w, y, shape, {}, variant));
    yield item(
      "weight gradient",
      dw,
      (variant) => convWeightGradient(gpu, x, dy, dw, shape, false, variant),
    );
    if (paper.inChannels > 3) {
      yield item(
        "input gradient",
        dx,
        (variant) => convInputGradient(gpu, dy, w, dx, shape, variant),
      );
    }
    for (const slice of [x, w, dy, y, dx, dw]) gpu.release(slice);
  }
}
