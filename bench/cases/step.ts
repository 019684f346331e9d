/** Whole training steps, with the net's layers fused and not. */

import type { Gpu } from "../../src/gpu/gpu.ts";
import { SphereNetStep, type StepExtents, stepGflop, unfusedForward } from "../spherenet_step.ts";
import { type Case, unfilled } from "../support.ts";

/** A step of each net; the memory of both variants stays allocated. */
export function stepCases(gpu: Gpu, nets: readonly StepExtents[]): Case[] {
  return nets.map((extents) => {
    const { net, size, batch, classes } = extents;
    const result = { ...unfilled(gpu, 1), size: 4 };
    const variant = (step: SphereNetStep) => () => {
      using loss = step.run();
      gpu.copy({ ...loss.slice, size: 4 }, result);
    };
    return {
      name:
        `training step, SphereNet-${net}, ${size.height}×${size.width} ×${batch}, ${classes} classes`,
      amount: stepGflop(extents),
      unit: "GFLOP",
      rate: 13,
      results: [result],
      variants: {
        unfused: variant(new SphereNetStep(gpu, extents, { forward: unfusedForward(extents) })),
        fused: variant(new SphereNetStep(gpu, extents)),
      },
    };
  });
}
