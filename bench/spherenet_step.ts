/** A whole training step of a SphereNet on a batch that lies on the GPU, as benches and peers repeat it. */

import { scope } from "../src/autograd/scope.ts";
import { sizeOf, Tensor } from "../src/autograd/tensor.ts";
import type { ImageSize } from "../src/data/dataset.ts";
import type { Gpu } from "../src/gpu/gpu.ts";
import { ASoftmax } from "../src/heads/asoftmax.ts";
import { type NamedValues, Parameters, type ParameterSpec } from "../src/nn/parameters.ts";
import { add } from "../src/ops/add.ts";
import { conv2d } from "../src/ops/conv2d.ts";
import { labelTensor } from "../src/ops/labels.ts";
import { linear } from "../src/ops/linear.ts";
import { prelu } from "../src/ops/prelu.ts";
import { reshape } from "../src/ops/reshape.ts";
import { padLast } from "../src/ops/resize.ts";
import { Sgd } from "../src/optim/sgd.ts";
import { Random } from "../src/random.ts";
import { SphereNet } from "../src/sphereface/spherenet.ts";
import { EMBEDDING, type NetName } from "../src/sphereface/table2.ts";
import { layersOf, runTrunk } from "./layers.ts";
import { noise, tiled } from "./support.ts";

/** What is trained, and on how much. */
export interface StepExtents {
  /** The net. */
  readonly net: NetName;
  /** Size of the images. */
  readonly size: ImageSize;
  /** Images in the batch. */
  readonly batch: number;
  /** Identities. */
  readonly classes: number;
}

/** The head and the optimiser of every step here: A-Softmax at the end of its annealing, plain momentum. */
export const RECIPE = { margin: 4, lambda: 5, learningRate: 0.01, momentum: 0.9 } as const;

/** A net's forward pass. */
export type Forward = (parameters: Parameters, images: Tensor) => Tensor;

/** Images `[batch, height, width, 3]` of noise. */
export function noiseImages({ batch, size }: StepExtents): Float32Array<ArrayBuffer> {
  return noise(batch * size.height * size.width * 3, 5);
}

/** Labels spread over the classes. */
export function someLabels({ batch, classes }: StepExtents): Uint32Array<ArrayBuffer> {
  return Uint32Array.from({ length: batch }, (_, i) => (i * 997) % classes);
}

/** Operations of a step in 10⁹: forward, and twice as much backward; the head is left out. */
export function stepGflop({ net, size, batch }: StepExtents): number {
  return 6 * new SphereNet(net, size).counts.macs * batch / 1e9;
}

/** Choices beside the extents. */
export interface StepOptions {
  /** Weights to start from; by default those of {@linkcode startingWeights}. */
  readonly weights?: NamedValues;
  /** The net's forward pass; by default the fused one. */
  readonly forward?: Forward;
}

/** Weights of net and head as their initialisers draw them, by name and in the paper's extents. */
export function startingWeights(extents: StepExtents): NamedValues {
  const random = new Random(1);
  return new Map(
    specsOf(extents).map(({ name, shape, initialiser }) =>
      [name, tiled(sizeOf(shape), (block) => initialiser(block, random))] as const
    ),
  );
}

function specsOf({ net, size, classes }: StepExtents): ParameterSpec[] {
  // Other engines' optimisers know one learning rate for all.
  return [...new SphereNet(net, size).specs, ...headOf(classes).specs]
    .map((spec) => ({ ...spec, learningRateMultiplier: 1 }));
}

function headOf(classes: number): ASoftmax {
  return new ASoftmax({ classes, features: EMBEDDING }, { margin: RECIPE.margin });
}

/** A net, a head and an optimiser that repeat the same step. */
export class SphereNetStep implements Disposable {
  /** Weights of net and head. */
  readonly parameters: Parameters;
  readonly #images: Tensor;
  readonly #labels: Tensor;
  readonly #head: ASoftmax;
  readonly #optimiser: Sgd;
  readonly #forward: Forward;

  /** Makes them, with the same images and labels each time. */
  constructor(gpu: Gpu, extents: StepExtents, { weights, forward }: StepOptions = {}) {
    const { size, batch, classes } = extents;
    const net = new SphereNet(extents.net, size);
    this.#head = headOf(classes);
    this.parameters = new Parameters(gpu, specsOf(extents));
    this.parameters.load(weights ?? startingWeights(extents));
    const { momentum } = RECIPE;
    this.#optimiser = new Sgd(gpu, this.parameters, { momentum, weightDecay: 0, rule: "pytorch" });
    const shape = [batch, size.height, size.width, 3];
    using rgb = Tensor.from(gpu, noiseImages(extents), shape);
    this.#images = padLast(rgb);
    this.#labels = labelTensor(gpu, someLabels(extents), classes);
    this.#forward = forward ?? ((parameters, images) => net.forward(parameters, images));
  }

  /** Appends one step; the loss before it. */
  run(): Tensor {
    this.parameters.zeroGrad();
    const loss = scope(() => {
      const loss = this.#head.loss(this.parameters, {
        x: this.#forward(this.parameters, this.#images),
        labels: this.#labels,
        lambda: RECIPE.lambda,
      });
      loss.backward();
      return loss;
    });
    this.#optimiser.step(RECIPE.learningRate);
    return loss;
  }

  /** Frees everything. */
  [Symbol.dispose](): void {
    this.parameters[Symbol.dispose]();
    this.#images[Symbol.dispose]();
    this.#labels[Symbol.dispose]();
  }
}

/** The net's forward pass without fusion: convolution and bias, PReLU and addition are passes of their own. */
export function unfusedForward({ net, size }: StepExtents): Forward {
  const layers = layersOf(net, size);
  return (parameters, images) => {
    const x = runTrunk(layers, images, (x, { name, shape, bias }, residual) => {
      const given = bias ? parameters.get(`${name}.bias`) : undefined;
      const a = conv2d(x, parameters.get(`${name}.weight`), given, shape);
      const y = prelu(a, parameters.get(`${name}.slope`));
      return residual === undefined ? y : add(y, residual);
    });
    const flat = reshape(x, [x.shape[0]!, x.size / x.shape[0]!]);
    return linear(flat, parameters.get("fc1.weight"), parameters.get("fc1.bias"));
  };
}
