/** Whole training steps: layers fused and not, commands given one by one and captured. */

import { capture } from "../../src/autograd/capture.ts";
import type { Tensor } from "../../src/autograd/tensor.ts";
import type { Gpu } from "../../src/gpu/gpu.ts";
import { SphereNetStep, type StepExtents, stepGflop, unfusedForward } from "../spherenet_step.ts";
import { type Case, unfilled } from "../support.ts";

/** A step of each net. Memory is freed when the next net is asked for. */
export function* stepCases(gpu: Gpu, nets: readonly StepExtents[]): Generator<Case> {
  for (const extents of nets) {
    const { net, size, batch, classes } = extents;
    const result = { ...unfilled(gpu, 1), size: 4 };
    using unfused = new SphereNetStep(gpu, extents, { forward: unfusedForward(extents) });
    using fused = new SphereNetStep(gpu, extents);
    using again = new SphereNetStep(gpu, extents);
    using captured = capture(gpu, () => again.run());
    const keep = (loss: Tensor) => gpu.copy({ ...loss.slice, size: 4 }, result);
    const eager = (step: SphereNetStep) => () => {
      using loss = step.run();
      keep(loss);
    };
    yield {
      name:
        `training step, SphereNet-${net}, ${size.height}×${size.width} ×${batch}, ${classes} classes`,
      amount: stepGflop(extents),
      unit: "GFLOP",
      results: [result],
      variants: {
        "unfused": eager(unfused),
        "eager": eager(fused),
        "captured": () => keep(captured.replay()),
      },
    };
    gpu.release(result);
  }
}
