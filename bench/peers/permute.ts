/** Values in the order that other engines want: channels before pixels, and weights to match. */

import type { NamedValues } from "../../src/nn/parameters.ts";
import { layersOf } from "../layers.ts";
import type { StepExtents } from "../spherenet_step.ts";

/** Values with their extents. */
export interface Values {
  /** Extents. */
  readonly shape: readonly number[];
  /** As many values, the last axis innermost. */
  readonly values: Float32Array<ArrayBuffer>;
}

/** Orders of axes for {@linkcode permuted}. */
export const ORDERS = {
  nhwcToNchw: [0, 3, 1, 2],
  nchwToNhwc: [0, 2, 3, 1],
  hwioToOihw: [3, 2, 0, 1],
  oihwToHwio: [2, 3, 1, 0],
} as const;

/** The values with axis `order[i]` in place `i`. */
export function permuted({ shape, values }: Values, order: readonly number[]): Values {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const to = order.map((axis) => shape[axis]!);
  const steps = order.map((axis) => strides[axis]!);
  const out = new Float32Array(values.length);
  const place = to.map(() => 0);
  let from = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = values[from]!;
    for (let axis = to.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++place[axis]! < to[axis]!) break;
      from -= steps[axis]! * to[axis]!;
      place[axis] = 0;
    }
  }
  return { shape: to, values: out };
}

/** A parameter's extents as the paper counts them: convolutions `[rows, cols, in, out]`. */
export function extentsOf(
  { net, size, classes }: Omit<StepExtents, "batch">,
  name: string,
  count: number,
): readonly number[] {
  const layer = layersOf(net, size).find((layer) => name === `${layer.name}.weight`);
  if (layer !== undefined) return [3, 3, layer.shape.inChannels, layer.shape.outChannels];
  if (name === "fc1.weight") return [count / 512, 512];
  if (name === "head.weight") return [classes, count / classes];
  return [count];
}

/**
 * Weights for an engine whose images are `[batch, channels, rows, columns]`: convolutions
 * `[out, in, rows, cols]`, and the dense layer's rows in the order of such features.
 */
export function channelsFirst(
  extents: Omit<StepExtents, "batch">,
  weights: NamedValues,
): Map<string, Values> {
  const last = layersOf(extents.net, extents.size).at(-1)!.shape;
  const { inHeight, inWidth, outChannels, stride } = last;
  const [rows, cols] = [Math.ceil(inHeight / stride), Math.ceil(inWidth / stride)];
  return new Map([...weights].map(([name, values]) => {
    const shape = extentsOf(extents, name, values.length);
    if (shape.length === 4) return [name, permuted({ shape, values }, ORDERS.hwioToOihw)];
    if (name !== "fc1.weight") return [name, { shape, values }];
    const features = permuted({ shape: [rows, cols, outChannels, 512], values }, [2, 0, 1, 3]);
    return [name, { shape, values: features.values }];
  }));
}
