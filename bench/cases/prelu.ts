/** PReLU and its gradients, fused against their composition of elementwise passes. */

import type { Gpu } from "../../src/gpu/gpu.ts";
import { affine, binary } from "../../src/kernels/elementwise.ts";
import { prelu, preluBackward } from "../../src/kernels/prelu.ts";
import { columnSums } from "../../src/kernels/reductions.ts";
import { type Case, filled, fourRanges, unfilled } from "../support.ts";

/** Forward and backward over the first and the last stage of SphereNet at 112×96. */
export function preluCases(gpu: Gpu, batch: number): Case[] {
  return ([[56, 48, 64], [7, 6, 512]] as const).flatMap(([height, width, channels]) => {
    const rows = batch * height * width;
    return [forward(gpu, rows, channels), backward(gpu, rows, channels)];
  });
}

function forward(gpu: Gpu, rows: number, channels: number): Case {
  const size = rows * channels;
  const [x, slope] = [filled(gpu, size, 1), filled(gpu, channels, 2)];
  const [y, positive, negative, scaled] = fourRanges(gpu, size);
  return {
    name: `prelu, ${rows}×${channels}`,
    amount: 2 * size * 4 / 1e9,
    unit: "GB",
    results: [y],
    variants: {
      composed() {
        binary(gpu, "wherePositive", x, x, positive, size);
        binary(gpu, "subtract", x, positive, negative, size);
        binary(gpu, "multiply", negative, slope, scaled, size, "row", channels);
        binary(gpu, "add", positive, scaled, y, size);
      },
      fused: () => prelu(gpu, x, slope, y, rows, channels),
    },
  };
}

function backward(gpu: Gpu, rows: number, channels: number): Case {
  const size = rows * channels;
  const [x, slope, dy] = [filled(gpu, size, 1), filled(gpu, channels, 2), filled(gpu, size, 3)];
  const [dx, dslope, dbias] = [
    unfilled(gpu, size),
    unfilled(gpu, channels),
    unfilled(gpu, channels),
  ];
  const [minusX, passed, held, scaled] = fourRanges(gpu, size);
  return {
    name: `prelu backward, ${rows}×${channels}`,
    amount: 3 * size * 4 / 1e9,
    unit: "GB",
    results: [dx, dslope, dbias],
    variants: {
      composed() {
        binary(gpu, "wherePositive", dy, x, passed, size);
        binary(gpu, "subtract", dy, passed, held, size);
        binary(gpu, "multiply", held, slope, scaled, size, "row", channels);
        binary(gpu, "add", passed, scaled, dx, size);
        columnSums(gpu, dx, dbias, rows, channels, false);
        affine(gpu, x, minusX, size, -1);
        binary(gpu, "negativeProduct", minusX, held, scaled, size);
        columnSums(gpu, scaled, dslope, rows, channels, false);
      },
      fused: () =>
        preluBackward(
          gpu,
          x,
          slope,
          dy,
          dx,
          rows,
          channels,
          { slice: dslope, accumulate: false },
          { slice: dbias, accumulate: false },
        ),
    },
  };
}
