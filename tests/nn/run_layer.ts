import { scope } from "../../src/autograd/scope.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import type { Gpu } from "../../src/gpu/gpu.ts";
import { type NamedValues, Parameters, type ParameterSpec } from "../../src/nn/parameters.ts";
import { mul } from "../../src/ops/mul.ts";
import { padLast } from "../../src/ops/resize.ts";
import { sum } from "../../src/ops/sum.ts";
import { goldenUniform } from "../golden/values.ts";
import { type Array64, array64, sizeOf } from "../reference/array64.ts";

export interface Layer {
  readonly specs: readonly ParameterSpec[];
  forward(parameters: Parameters, x: Tensor): Tensor;
}

export interface LayerRun {
  readonly y: Float32Array;
  readonly dx: Float32Array;
  /** By parameter name. */
  readonly gradients: NamedValues;
}

/** Values in [-1, 1) that a name determines, the same in f32 and f64. */
export function random(name: string, shape: readonly number[]): Array64 {
  return array64(shape, goldenUniform(name, sizeOf(shape)));
}

/** Values of a layer's parameters that their names determine, times `scale`. */
export function randomValues(specs: readonly ParameterSpec[], scale = 1): Map<string, Array64> {
  return new Map(specs.map(({ name, shape }) => {
    const { data } = random(name, shape);
    return [name, array64(shape, data.map((value) => Math.fround(value * scale)))];
  }));
}

/** One pass of a layer, and its gradients for the output gradient `dy`. */
export async function runLayer(
  gpu: Gpu,
  layer: Layer,
  values: ReadonlyMap<string, Array64>,
  x: Array64,
  dy: Array64,
): Promise<LayerRun> {
  using parameters = new Parameters(gpu, layer.specs);
  parameters.load(new Map([...values].map(([name, { data }]) => [name, new Float32Array(data)])));
  parameters.zeroGrad();
  using input = Tensor.from(gpu, x.data, x.shape, { requiresGrad: true });
  using y = scope(() => {
    const y = layer.forward(parameters, padLast(input));
    sum(mul(y, Tensor.from(gpu, dy.data, dy.shape))).backward();
    return y.view();
  });
  using dx = input.grad!;
  return { y: await y.data(), dx: await dx.data(), gradients: await parameters.gradients() };
}
