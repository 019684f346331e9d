/**
 * The three nets of MTCNN v1 (Zhang, Zhang, Li and Qiao, "Joint face detection and alignment using multitask
 * cascaded convolutional networks", 2016) as data, and the one module that all of them are instances of.
 */

import { isRecording } from "../../autograd/tape.ts";
import { Tensor } from "../../autograd/tensor.ts";
import { convPool, convPoolOutputSize } from "../../kernels/conv_pool.ts";
import { ConvPrelu } from "../../nn/conv_prelu.ts";
import { Dense } from "../../nn/dense.ts";
import { constant, xavier } from "../../nn/initialisers.ts";
import { MaxPool } from "../../nn/max_pool.ts";
import type { Parameters, ParameterSpec } from "../../nn/parameters.ts";
import { prelu } from "../../ops/prelu.ts";
import { padLast } from "../../ops/resize.ts";
import { reshape } from "../../ops/reshape.ts";

/** One convolution of a net: kernel × kernel without padding, bias, PReLU, and pooling where it has some. */
export interface MtcnnConv {
  /** Rows and columns of the kernel. */
  readonly kernel: number;
  /** Output channels. */
  readonly channels: number;
  /** Max pooling behind it, with Caffe's rounding. */
  readonly pool?: { readonly size: number; readonly stride: number };
}

/** One of the nets. */
export interface MtcnnPlan {
  /** The first part of its parameters' names. */
  readonly name: "pnet" | "rnet" | "onet";
  /** Rows and columns of what it looks at. */
  readonly window: number;
  /** Its convolutions, `conv1`, `conv2` and so on. */
  readonly convs: readonly MtcnnConv[];
  /** A dense layer with PReLU behind them, `dense`; none in P-Net, which is convolutional to the end. */
  readonly dense?: { readonly side: number; readonly outputs: number };
  /** Columns of its last layer, `heads`: two logits (no face, face), four of the box, the landmarks'. */
  readonly outputs: 6 | 16;
}

/** The released nets of MTCNN v1. */
export const MTCNN_PLANS: readonly [proposal: MtcnnPlan, refine: MtcnnPlan, output: MtcnnPlan] = [
  {
    name: "pnet",
    window: 12,
    convs: [
      { kernel: 3, channels: 10, pool: { size: 2, stride: 2 } },
      { kernel: 3, channels: 16 },
      { kernel: 3, channels: 32 },
    ],
    outputs: 6,
  },
  {
    name: "rnet",
    window: 24,
    convs: [
      { kernel: 3, channels: 28, pool: { size: 3, stride: 2 } },
      { kernel: 3, channels: 48, pool: { size: 3, stride: 2 } },
      { kernel: 2, channels: 64 },
    ],
    dense: { side: 3, outputs: 128 },
    outputs: 6,
  },
  {
    name: "onet",
    window: 48,
    convs: [
      { kernel: 3, channels: 32, pool: { size: 3, stride: 2 } },
      { kernel: 3, channels: 64, pool: { size: 3, stride: 2 } },
      { kernel: 3, channels: 64, pool: { size: 2, stride: 2 } },
      { kernel: 2, channels: 128 },
    ],
    dense: { side: 3, outputs: 256 },
    outputs: 16,
  },
];

/** What a net makes of every window before its last layer. */
export interface MtcnnFeatures {
  /** A row for each window. */
  readonly rows: Tensor;
  /** Windows along the batch, down and across. */
  readonly windows: readonly [batch: number, height: number, width: number];
}

/** A net of MTCNN as a description; its parameters live in a `Parameters`. */
export class MtcnnNet {
  /** What it consists of. */
  readonly plan: MtcnnPlan;
  readonly #trunk: readonly (ConvPrelu | MaxPool)[];
  readonly #dense: Dense | null;
  readonly #heads: Dense;

  /** Describes a net. */
  constructor(plan: MtcnnPlan) {
    this.plan = plan;
    let inChannels = 3; // red, green, blue
    this.#trunk = plan.convs.flatMap(({ kernel, channels, pool }, index) => {
      const conv = new ConvPrelu(`${plan.name}.conv${index + 1}`, {
        inChannels,
        outChannels: channels,
        kernel,
        stride: 1,
        padding: 0,
        bias: true,
        initialiser: xavier(kernel * kernel * inChannels),
      });
      inChannels = channels;
      return pool === undefined ? [conv] : [conv, new MaxPool(pool)];
    });
    const { dense, outputs } = plan;
    const inputs = dense === undefined ? inChannels : dense.side ** 2 * inChannels;
    this.#dense = dense === undefined
      ? null
      : new Dense(`${plan.name}.dense`, inputs, dense.outputs);
    this.#heads = new Dense(`${plan.name}.heads`, dense?.outputs ?? inChannels, outputs);
  }

  /** The parameters that it needs, in the order of its layers. */
  get specs(): ParameterSpec[] {
    const dense = this.#dense;
    const slope = dense === null ? [] : [{
      name: `${dense.name}.slope`,
      shape: [dense.outputs],
      initialiser: constant(0.25),
      learningRateMultiplier: 1,
      decayMultiplier: 1,
    }];
    return [
      ...this.#trunk.flatMap((layer) => layer.specs),
      ...(dense?.specs ?? []),
      ...slope,
      ...this.#heads.specs,
    ];
  }

  /** Its last layer, whose columns are the logits, the box and the landmarks. */
  get heads(): Dense {
    return this.#heads;
  }

  /** What its last layer sees of images `[batch, height, width, 3 or 4]` whose values are normalised. */
  features(parameters: Parameters, images: Tensor): MtcnnFeatures {
    let x = padLast(images);
    const follow = (y: Tensor) => {
      if (x !== images) x[Symbol.dispose](); // the tape, if any, has a hold of its own
      x = y;
    };
    const start = this.#startsFused(x);
    if (start) follow(this.#fusedStart(parameters, x));
    for (const layer of this.#trunk.slice(start ? 2 : 0)) follow(layer.forward(parameters, x));
    const [batch, height, width, channels] = x.shape as [number, number, number, number];
    const dense = this.#dense;
    if (dense === null) {
      follow(reshape(x, [batch * height * width, channels]));
      return { rows: x, windows: [batch, height, width] };
    }
    follow(reshape(x, [batch, dense.inputs])); // in H, W, C order
    follow(dense.forward(parameters, x));
    follow(prelu(x, parameters.get(`${dense.name}.slope`)));
    return { rows: x, windows: [batch, 1, 1] };
  }

  /** Whether the first convolution and its pooling are computed in one pass: where loads are dear, for inference. */
  #startsFused({ gpu, type }: Tensor): boolean {
    const { kernel, pool } = this.plan.convs[0]!;
    return kernel === 3 && pool?.size === 2 && pool.stride === 2 && type === "f32" &&
      gpu.adapter.class === "software" && !isRecording();
  }

  #fusedStart(parameters: Parameters, x: Tensor): Tensor {
    const [weight, bias, slope] = ["weight", "bias", "slope"].map((part) =>
      parameters.get(`${this.plan.name}.conv1.${part}`)
    ) as [Tensor, Tensor, Tensor];
    const [batch, inHeight, inWidth] = x.shape as [number, number, number, number];
    const outChannels = bias.size;
    const shape = { batch, inHeight, inWidth, outChannels };
    const { height, width } = convPoolOutputSize(shape);
    const y = Tensor.empty(x.gpu, [batch, height, width, outChannels], "conv pool"); // [N, H, W, C]
    const operands = {
      x: x.slice,
      w: weight.slice,
      bias: bias.slice,
      slope: slope.slice,
      y: y.slice,
    };
    convPool(x.gpu, operands, shape);
    return y;
  }
}
