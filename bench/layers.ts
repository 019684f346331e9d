/** SphereNet's convolutions as plain data, so that every engine and every bench builds the same net. */

import type { ConvShape } from "../src/kernels/conv.ts";
import type { ImageSize } from "../src/data/dataset.ts";
import { type NetName, STAGE_CHANNELS, STAGE_UNITS } from "../src/sphereface/table2.ts";

/** One convolution with its PReLU. */
export interface Layer {
  /** First part of its parameters' names. */
  readonly name: string;
  /** Its geometry; the batch is the caller's. */
  readonly shape: Omit<ConvShape, "batch">;
  /** Whether it has a bias. */
  readonly bias: boolean;
  /** Its place in a residual unit, if it is in one. */
  readonly unit: "none" | "first" | "second";
}

/** The convolutions of a net, in the order of its layers. */
export function layersOf(net: NetName, size: ImageSize): readonly Layer[] {
  const layers: Layer[] = [];
  let { height, width } = size;
  let inChannels = 3;
  STAGE_CHANNELS.forEach((outChannels, index) => {
    const add = (place: number, stride: number, unit: Layer["unit"]) => {
      const shape = {
        inHeight: height,
        inWidth: width,
        inChannels,
        outChannels,
        kernelHeight: 3,
        kernelWidth: 3,
        stride,
        padding: 1,
      };
      layers.push({ name: `conv${index + 1}_${place}`, shape, bias: unit === "none", unit });
    };
    add(1, 2, "none");
    height = Math.ceil(height / 2);
    width = Math.ceil(width / 2);
    inChannels = outChannels;
    for (let unit = 0; unit < STAGE_UNITS[net][index]!; unit++) {
      add(2 * unit + 2, 1, "first");
      add(2 * unit + 3, 1, "second");
    }
  });
  return layers;
}

/** The distinct geometries among a net's convolutions. */
export function distinctShapes(net: NetName, size: ImageSize): readonly Layer["shape"][] {
  const shapes = layersOf(net, size).map(({ shape }) => [JSON.stringify(shape), shape] as const);
  return [...new Map(shapes).values()];
}

/** Runs the trunk with an engine's own `conv`, which adds `residual` behind the PReLU where it is given. */
export function runTrunk<T>(
  layers: readonly Layer[],
  images: T,
  conv: (x: T, layer: Layer, residual?: T) => T,
): T {
  let x = images;
  let unitInput = images;
  for (const layer of layers) {
    if (layer.unit === "first") unitInput = x;
    x = layer.unit === "second" ? conv(x, layer, unitInput) : conv(x, layer);
  }
  return x;
}

/** A geometry in words, such as `64→64 3×3/1 56×48`. */
export function describeShape(shape: Layer["shape"]): string {
  const { inChannels, outChannels, kernelHeight, kernelWidth, stride, inHeight, inWidth } = shape;
  return `${inChannels}→${outChannels} ${kernelHeight}×${kernelWidth}/${stride} ${inHeight}×${inWidth}`;
}
