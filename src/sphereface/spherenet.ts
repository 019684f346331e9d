/** SphereNet (section 4 and table 2 of the paper): faces in, embeddings out. */

import { recompute } from "../autograd/recompute.ts";
import { Storage } from "../autograd/storage.ts";
import { isRecording } from "../autograd/tape.ts";
import type { Tensor } from "../autograd/tensor.ts";
import type { ImageSize } from "../data/dataset.ts";
import { bytesOf } from "../gpu/element_type.ts";
import { ConvPrelu } from "../nn/conv_prelu.ts";
import { Dense } from "../nn/dense.ts";
import { xavier } from "../nn/initialisers.ts";
import type { Parameters, ParameterSpec } from "../nn/parameters.ts";
import { ResidualUnit } from "../nn/residual_unit.ts";
import { cast } from "../ops/cast.ts";
import { reshape } from "../ops/reshape.ts";
import { EMBEDDING, type NetName, STAGE_CHANNELS, STAGE_UNITS } from "./table2.ts";

/** Parameters and multiply-adds of a net without its head. */
export interface NetCounts {
  /** Convolutions. */
  readonly convolutions: number;
  /** Weights of the convolutions. */
  readonly convolutionWeights: number;
  /** PReLU slopes. */
  readonly slopes: number;
  /** Trained parameters. */
  readonly trainable: number;
  /** The same with the frozen zero biases of the released residual units. */
  readonly withFrozenBiases: number;
  /** Multiply-adds of the convolutions for one image. */
  readonly convolutionMacs: number;
  /** Multiply-adds of the whole net for one image. */
  readonly macs: number;
}

/** How a net is run. */
export interface ForwardOptions {
  /**
   * Whether the backward pass runs every residual unit, and every convolution between them, once more, so
   * that its activations need not be kept. The gradients are the same, bit for bit. False if left out.
   */
  readonly recompute?: boolean;
}

/**
 * Up to so many channels the first convolution of a unit is computed once more again, so that its output and
 * what comes before its activation never stand side by side: where maps are large, and units few.
 */
const RECOMPUTED_TWICE = 128;

/** Channels of an image: red, green, blue. */
const IMAGE_CHANNELS = 3;

/**
 * A SphereNet as a description; its parameters live in a `Parameters`.
 *
 * @example
 * ```ts
 * import { SphereNet } from "@spheregrad/spheregrad";
 *
 * const net = new SphereNet("20", { height: 112, width: 96 });
 * console.log(net.counts.trainable, net.counts.macs); // 22666944, 1749737472
 * ```
 */
export class SphereNet {
  /** Which row of table 2. */
  readonly name: NetName;
  /** Size of the images that it takes. */
  readonly size: ImageSize;
  readonly #layers: readonly (ConvPrelu | ResidualUnit)[];
  readonly #fc1: Dense;

  /** Describes a net for images of a size; the paper's is 112×96. */
  constructor(name: NetName, size: ImageSize) {
    if (!(size.height >= 1 && size.width >= 1)) {
      throw new RangeError(`A net cannot take images of ${size.height}×${size.width} pixels.`);
    }
    this.name = name;
    this.size = size;
    const layers: (ConvPrelu | ResidualUnit)[] = [];
    let inChannels = IMAGE_CHANNELS;
    STAGE_CHANNELS.forEach((channels, index) => {
      const stage = `conv${index + 1}`;
      layers.push(
        new ConvPrelu(`${stage}_1`, {
          inChannels,
          outChannels: channels,
          stride: 2,
          bias: true,
          initialiser: xavier(inChannels * 9),
        }),
      );
      for (let unit = 0; unit < STAGE_UNITS[name][index]!; unit++) {
        const first = 2 * unit + 2;
        layers.push(new ResidualUnit(`${stage}_${first}`, `${stage}_${first + 1}`, channels));
      }
      inChannels = channels;
    });
    this.#layers = layers;
    const last = stageSize(size, STAGE_CHANNELS.length);
    this.#fc1 = new Dense("fc1", last.height * last.width * inChannels, EMBEDDING);
  }

  /** The parameters that it needs, in the order of its layers. */
  get specs(): ParameterSpec[] {
    return [...this.#layers.flatMap((layer) => layer.specs), ...this.#fc1.specs];
  }

  /**
   * Embeddings `[batch, 512]` of images `[batch, height, width, 4]` (the fourth channel zero; see
   * `imageTensor`). Images in f16 give feature maps in f16; the embeddings are f32. The embedding is FC1's output: no activation follows it, and it is not normalised.
   *
   * @throws {RangeError} for images of another size.
   */
  forward(
    parameters: Parameters,
    images: Tensor,
    { recompute: again = false }: ForwardOptions = {},
  ): Tensor {
    const [batch, height, width, channels] = images.shape;
    if (height !== this.size.height || width !== this.size.width || channels !== 4) {
      throw new RangeError(
        `This SphereNet-${this.name} takes images [batch, ${this.size.height}, ${this.size.width}, 4], not [${images.shape}].`,
      );
    }
    let x = images;
    for (const layer of this.#layers) {
      const run = (x: Tensor) =>
        layer instanceof ResidualUnit
          ? layer.forward(parameters, x, again && x.shape[3]! <= RECOMPUTED_TWICE)
          : layer.forward(parameters, x);
      const y = again ? recompute(run, [x]) : run(x);
      // The tape has a hold of its own on what it comes back to; without one, this memory serves the
      // layer after the next.
      if (x !== images) x[Symbol.dispose]();
      x = y;
    }
    if (again && isRecording()) this.#reserve(images);
    using maps = x;
    using rows = reshape(maps, [batch!, this.#fc1.inputs]); // in H, W, C order
    using single = cast(rows, "f32");
    return this.#fc1.forward(parameters, single);
  }

  /**
   * The backward pass runs from the small feature maps to the large ones. Memory for one more of the largest,
   * which the first stage's units will need in the end, is allocated before: the others work in it too.
   */
  #reserve({ gpu, shape: [batch], type }: Tensor): void {
    if (!(this.#layers[1] instanceof ResidualUnit)) return;
    const { height, width } = stageSize(this.size, 1);
    Storage.reserve(gpu, batch! * height * width * STAGE_CHANNELS[0] * bytesOf(type), 1);
  }

  /** Parameters and multiply-adds, as the paper's readers count them. */
  get counts(): NetCounts {
    let [convolutionWeights, slopes, biases, frozenBiases, convolutionMacs] = [0, 0, 0, 0, 0];
    let pixels = 0;
    let stage = 0;
    const convolutions = this.#layers.flatMap((layer) =>
      layer instanceof ConvPrelu ? [layer] : layer.convolutions
    );
    for (const { options } of convolutions) {
      if (options.stride === 2) {
        const { height, width } = stageSize(this.size, ++stage);
        pixels = height * width;
      }
      const weights = 9 * options.inChannels * options.outChannels;
      convolutionWeights += weights;
      convolutionMacs += weights * pixels;
      slopes += options.outChannels;
      if (options.bias) biases += options.outChannels;
      else frozenBiases += options.outChannels;
    }
    const denseWeights = this.#fc1.inputs * this.#fc1.outputs;
    const trainable = convolutionWeights + slopes + biases + denseWeights + this.#fc1.outputs;
    return {
      convolutions: convolutions.length,
      convolutionWeights,
      slopes,
      trainable,
      withFrozenBiases: trainable + frozenBiases,
      convolutionMacs,
      macs: convolutionMacs + denseWeights,
    };
  }
}

/** Size of the feature maps after so many stages: each halves it, rounding up. */
function stageSize({ height, width }: ImageSize, stages: number): ImageSize {
  for (let stage = 0; stage < stages; stage++) {
    height = Math.ceil(height / 2);
    width = Math.ceil(width / 2);
  }
  return { height, width };
}
