import { type Array64, reshape } from "./array64.ts";
import type { ConvGeometry } from "./conv2d.ts";
import { convPrelu, convPreluBackward } from "./conv_prelu.ts";
import { linear, linearBackward } from "./linear.ts";
import { residualUnit, residualUnitBackward } from "./residual_unit.ts";

const DOWN: ConvGeometry = { stride: 2, padding: 1 };

/** By name: `conv1_1.weight`, `.bias`, `.slope`, `conv2_2.weight`, …, `fc1.weight`, `fc1.bias`. */
export type Parameters = ReadonlyMap<string, Array64>;

export interface SphereNetResult {
  /** `[N, 512]`, not normalised. */
  readonly embeddings: Array64;
  /** Every parameter's gradient from that of the embeddings. */
  backward(dEmbeddings: Array64): Map<string, Array64>;
}

type Backward = (dy: Array64, gradients: Map<string, Array64>) => Array64;

function parameter(p: Parameters, name: string): Array64 {
  const value = p.get(name);
  if (value === undefined) throw new RangeError(`there is no parameter ${name}`);
  return value;
}

function downSample(x: Array64, p: Parameters, name: string): [Array64, Backward] {
  const weight = parameter(p, `${name}.weight`);
  const slope = parameter(p, `${name}.slope`);
  const { y, saved } = convPrelu(x, weight, parameter(p, `${name}.bias`), slope, DOWN);
  return [y, (dy, gradients) => {
    const g = convPreluBackward(dy, saved, weight, slope, DOWN);
    gradients.set(`${name}.weight`, g.dWeight);
    gradients.set(`${name}.bias`, g.dBias);
    gradients.set(`${name}.slope`, g.dSlope);
    return g.dx;
  }];
}

function unit(x: Array64, p: Parameters, first: string, second: string): [Array64, Backward] {
  const parameters = {
    weight1: parameter(p, `${first}.weight`),
    slope1: parameter(p, `${first}.slope`),
    weight2: parameter(p, `${second}.weight`),
    slope2: parameter(p, `${second}.slope`),
  };
  const { y, saved } = residualUnit(x, parameters);
  return [y, (dy, gradients) => {
    const g = residualUnitBackward(dy, saved, parameters);
    gradients.set(`${first}.weight`, g.dWeight1);
    gradients.set(`${first}.slope`, g.dSlope1);
    gradients.set(`${second}.weight`, g.dWeight2);
    gradients.set(`${second}.slope`, g.dSlope2);
    return g.dx;
  }];
}

function fullyConnected(x: Array64, p: Parameters): [Array64, Backward] {
  const weight = parameter(p, "fc1.weight");
  const flat = reshape(x, [x.shape[0]!, weight.shape[0]!]);
  const y = linear(flat, weight, parameter(p, "fc1.bias"));
  return [y, (dy, gradients) => {
    const g = linearBackward(dy, flat, weight);
    gradients.set("fc1.weight", g.dWeight);
    gradients.set("fc1.bias", g.dBias);
    return reshape(g.dx, x.shape);
  }];
}

/** A SphereNet (table 2) with the given number of residual units in each of its stages. */
export function sphereNet(units: readonly number[], p: Parameters, x: Array64): SphereNetResult {
  const tape: Backward[] = [];
  let y = x;
  const record = ([output, backward]: [Array64, Backward]) => {
    y = output;
    tape.push(backward);
  };
  units.forEach((count, i) => {
    const stage = `conv${i + 1}`;
    record(downSample(y, p, `${stage}_1`));
    for (let u = 0; u < count; u++) {
      record(unit(y, p, `${stage}_${2 * u + 2}`, `${stage}_${2 * u + 3}`));
    }
  });
  record(fullyConnected(y, p));
  return {
    embeddings: y,
    backward(dEmbeddings) {
      const gradients = new Map<string, Array64>();
      tape.toReversed().reduce((dy, backward) => backward(dy, gradients), dEmbeddings);
      return gradients;
    },
  };
}
