/** One update of all of SphereNet-20's weights, fused against its composition of elementwise passes. */

import type { Gpu } from "../../src/gpu/gpu.ts";
import { accumulate } from "../../src/kernels/accumulate.ts";
import { affine, binary } from "../../src/kernels/elementwise.ts";
import { sgd } from "../../src/kernels/sgd.ts";
import { type Case, filled, fourRanges, noise, unfilled } from "../support.ts";

const STEP = { learningRate: 0.01, momentum: 0.9, weightDecay: 5e-4, rule: "caffe" } as const;

/** The update in Caffe's form. */
export function sgdCases(gpu: Gpu, size: number): Case[] {
  const { learningRate, momentum, weightDecay } = STEP;
  const [weights, velocities] = [unfilled(gpu, size), unfilled(gpu, size)];
  const gradients = filled(gpu, size, 3);
  const start = noise(weights.size / 4, 1);
  const [decayed, total, step, kept] = fourRanges(gpu, size);
  return [{
    name: `sgd, ${size} weights`,
    amount: 5 * size * 4 / 1e9, // three are read, two written
    unit: "GB",
    results: [weights, velocities],
    prepare() {
      gpu.upload(weights, start);
      gpu.clear(velocities);
    },
    variants: {
      composed() {
        affine(gpu, weights, decayed, size, weightDecay);
        binary(gpu, "add", gradients, decayed, total, size);
        affine(gpu, total, step, size, learningRate);
        affine(gpu, velocities, kept, size, momentum);
        binary(gpu, "add", kept, step, velocities, size);
        affine(gpu, velocities, kept, size, -1);
        accumulate(gpu, kept, weights, size);
      },
      fused: () => sgd(gpu, weights, gradients, velocities, STEP),
    },
  }];
}
