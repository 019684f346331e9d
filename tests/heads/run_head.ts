import { Tensor } from "../../src/autograd/tensor.ts";
import type { Gpu } from "../../src/gpu/gpu.ts";
import type { Head } from "../../src/heads/head.ts";
import { Parameters } from "../../src/nn/parameters.ts";
import { labelTensor } from "../../src/ops/labels.ts";
import { goldenUniform } from "../golden/values.ts";

/** What a head is run on: features `[batch, features]` row by row, and weights of any norm. */
export interface HeadCase {
  readonly features: number;
  readonly classes: number;
  readonly x: ArrayLike<number>;
  readonly weight: ArrayLike<number>;
  readonly bias?: ArrayLike<number>;
  readonly labels: readonly number[];
  readonly lambda: number;
}

export interface HeadRun {
  readonly loss: number;
  /** `[mean loss, accuracy, mean target cosine or logit, 0]`. */
  readonly report: Float32Array;
  readonly dx: Float32Array;
  readonly dWeight: Float32Array;
  /** Of the plain softmax head alone. */
  readonly dBias: Float32Array | undefined;
  /** The class weights after the pass: the Caffe style overwrites them. */
  readonly weight: Float32Array;
}

/** One forward and backward pass of a head. */
export async function runHead(gpu: Gpu, head: Head, input: HeadCase): Promise<HeadRun> {
  const { features, classes, labels, lambda } = input;
  using parameters = new Parameters(gpu, head.specs);
  const values = new Map([["head.weight", Float32Array.from(input.weight)]]);
  if (input.bias !== undefined) values.set("head.bias", Float32Array.from(input.bias));
  parameters.load(values);
  parameters.zeroGrad();
  using report = Tensor.zeros(gpu, [4]);
  using x = Tensor.from(gpu, input.x, [labels.length, features], { requiresGrad: true });
  using label = labelTensor(gpu, new Uint32Array(labels), classes);
  using loss = head.loss(parameters, { x, labels: label, lambda, report });
  loss.backward();
  using dx = x.grad!;
  const gradients = await parameters.gradients();
  return {
    loss: (await loss.data())[0]!,
    report: await report.data(),
    dx: await dx.data(),
    dWeight: gradients.get("head.weight")!,
    dBias: gradients.get("head.bias"),
    weight: (await parameters.values()).get("head.weight")!,
  };
}

/** A random case; `length` is about the norm of the features. */
export function randomCase(
  name: string,
  extents: { batch: number; features: number; classes: number; length: number; lambda: number },
): HeadCase {
  const { batch, features, classes, length, lambda } = extents;
  const scale = length * Math.sqrt(3 / features);
  return {
    features,
    classes,
    lambda,
    x: goldenUniform(`${name}.x`, batch * features).map((value) => value * scale),
    weight: goldenUniform(`${name}.weight`, classes * features),
    bias: goldenUniform(`${name}.bias`, classes),
    labels: Array.from(
      goldenUniform(`${name}.labels`, batch),
      (value) => Math.floor((value + 1) / 2 * classes),
    ),
  };
}

/** Rows of three values with a zero behind each: kernels take features in fours. */
export function inFours(rows: readonly number[]): number[] {
  return rows.flatMap((value, i) => i % 3 === 2 ? [value, 0] : [value]);
}
