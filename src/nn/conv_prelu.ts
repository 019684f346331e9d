/** A convolution with PReLU: the only layer that the trunks of SphereNet and MTCNN are made of. */

import type { Tensor } from "../autograd/tensor.ts";
import { conv2dPrelu } from "../ops/conv2d.ts";
import { padded } from "../ops/shapes.ts";
import { constant, type Initialiser } from "./initialisers.ts";
import type { Parameters, ParameterSpec } from "./parameters.ts";

/** What distinguishes one such layer from another. */
export interface ConvPreluOptions {
  /** Input channels. */
  readonly inChannels: number;
  /** Output channels. */
  readonly outChannels: number;
  /** Rows and columns of the kernel; 3 if left out. */
  readonly kernel?: number;
  /** Step of the kernel. */
  readonly stride: 1 | 2;
  /** Zero pixels around the image on every side; 1 if left out. */
  readonly padding?: number;
  /** Whether it has a trained bias; that of a residual unit's convolution is zero and frozen. */
  readonly bias: boolean;
  /** Initial weights. */
  readonly initialiser: Initialiser;
}

/** Initial slope of every PReLU. */
const INITIAL_SLOPE = 0.25;

/** conv → (+ bias) → PReLU → (+ residual). */
export class ConvPrelu {
  /** Its name, and the first part of its parameters' names. */
  readonly name: string;
  /** Its geometry. */
  readonly options: ConvPreluOptions;

  /** Describes a layer; its parameters live in a {@linkcode Parameters}. */
  constructor(name: string, options: ConvPreluOptions) {
    this.name = name;
    this.options = options;
  }

  /** The parameters that it needs. */
  get specs(): ParameterSpec[] {
    const { inChannels, outChannels, kernel = 3, bias, initialiser } = this.options;
    const plain = { learningRateMultiplier: 1, decayMultiplier: 1 };
    const specs: ParameterSpec[] = [{
      name: `${this.name}.weight`,
      shape: [kernel, kernel, inChannels, outChannels],
      storedShape: [kernel, kernel, padded(inChannels), padded(outChannels)],
      initialiser,
      ...plain,
    }];
    if (bias) {
      specs.push({
        name: `${this.name}.bias`,
        shape: [outChannels],
        storedShape: [padded(outChannels)],
        initialiser: constant(0),
        learningRateMultiplier: 2,
        decayMultiplier: 0,
      });
    }
    specs.push({
      name: `${this.name}.slope`,
      shape: [outChannels],
      storedShape: [padded(outChannels)],
      initialiser: constant(INITIAL_SLOPE),
      ...plain,
    });
    return specs;
  }

  /**
   * `[batch, height, width, in]` to `[batch, height', width', out]`, where by default height' is
   * ⌈height/stride⌉; the stored channels count, multiples of 4.
   */
  forward(parameters: Parameters, x: Tensor, residual?: Tensor): Tensor {
    const { stride, padding = 1 } = this.options;
    const bias = this.options.bias ? parameters.get(`${this.name}.bias`) : undefined;
    return conv2dPrelu(
      x,
      parameters.get(`${this.name}.weight`),
      parameters.get(`${this.name}.slope`),
      { bias, residual, stride, padding },
    );
  }
}
