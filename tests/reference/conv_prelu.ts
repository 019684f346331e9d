import type { Array64 } from "./array64.ts";
import {
  conv2d,
  conv2dBiasGradient,
  conv2dInputGradient,
  conv2dWeightGradient,
  type ConvGeometry,
} from "./conv2d.ts";
import { prelu, preluBackward } from "./prelu.ts";

/** What the backward pass needs of a convolution followed by PReLU. */
export interface ConvPreluSaved {
  readonly x: Array64;
  readonly preActivation: Array64;
}

export interface ConvPreluGradients {
  readonly dx: Array64;
  readonly dWeight: Array64;
  readonly dBias: Array64;
  readonly dSlope: Array64;
}

export function convPrelu(
  x: Array64,
  weight: Array64,
  bias: Array64 | null,
  slope: Array64,
  geometry: ConvGeometry,
): { y: Array64; saved: ConvPreluSaved } {
  const preActivation = conv2d(x, weight, bias, geometry);
  return { y: prelu(preActivation, slope), saved: { x, preActivation } };
}

export function convPreluBackward(
  dy: Array64,
  { x, preActivation }: ConvPreluSaved,
  weight: Array64,
  slope: Array64,
  geometry: ConvGeometry,
): ConvPreluGradients {
  const { dx: da, dSlope } = preluBackward(dy, preActivation, slope);
  return {
    dx: conv2dInputGradient(da, weight, x.shape, geometry),
    dWeight: conv2dWeightGradient(da, x, weight.shape, geometry),
    dBias: conv2dBiasGradient(da),
    dSlope,
  };
}
