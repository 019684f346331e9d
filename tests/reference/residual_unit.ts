import type { Array64 } from "./array64.ts";
import type { ConvGeometry } from "./conv2d.ts";
import { convPrelu, convPreluBackward, type ConvPreluSaved } from "./conv_prelu.ts";
import { add } from "./elementwise.ts";

const SAME: ConvGeometry = { stride: 1, padding: 1 };

/** Two 3×3 convolutions without bias, `[3, 3, C, C]`, and their slopes `[C]`. */
export interface ResidualUnitParameters {
  readonly weight1: Array64;
  readonly slope1: Array64;
  readonly weight2: Array64;
  readonly slope2: Array64;
}

export interface ResidualUnitSaved {
  readonly first: ConvPreluSaved;
  readonly second: ConvPreluSaved;
}

export interface ResidualUnitGradients {
  readonly dx: Array64;
  readonly dWeight1: Array64;
  readonly dSlope1: Array64;
  readonly dWeight2: Array64;
  readonly dSlope2: Array64;
}

/** z + PReLU(conv(PReLU(conv(z)))), nothing after the addition. */
export function residualUnit(
  z: Array64,
  p: ResidualUnitParameters,
): { y: Array64; saved: ResidualUnitSaved } {
  const first = convPrelu(z, p.weight1, null, p.slope1, SAME);
  const second = convPrelu(first.y, p.weight2, null, p.slope2, SAME);
  return { y: add(z, second.y), saved: { first: first.saved, second: second.saved } };
}

export function residualUnitBackward(
  dy: Array64,
  saved: ResidualUnitSaved,
  p: ResidualUnitParameters,
): ResidualUnitGradients {
  const second = convPreluBackward(dy, saved.second, p.weight2, p.slope2, SAME);
  const first = convPreluBackward(second.dx, saved.first, p.weight1, p.slope1, SAME);
  return {
    dx: add(dy, first.dx),
    dWeight1: first.dWeight,
    dSlope1: first.dSlope,
    dWeight2: second.dWeight,
    dSlope2: second.dSlope,
  };
}
