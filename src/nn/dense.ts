/** A dense layer. */

import type { Tensor } from "../autograd/tensor.ts";
import { linear } from "../ops/linear.ts";
import { padded } from "../ops/shapes.ts";
import { constant, xavier } from "./initialisers.ts";
import type { Parameters, ParameterSpec } from "./parameters.ts";

/** `x w + bias` with Caffe's xavier weights and a bias that learns twice as fast and does not decay. */
export class Dense {
  /** Its name, and the first part of its parameters' names. */
  readonly name: string;
  /** Inputs, a multiple of 4. */
  readonly inputs: number;
  /** Outputs. */
  readonly outputs: number;

  /** Describes a layer. */
  constructor(name: string, inputs: number, outputs: number) {
    this.name = name;
    this.inputs = inputs;
    this.outputs = outputs;
  }

  /** The parameters that it needs. */
  get specs(): ParameterSpec[] {
    return [{
      name: `${this.name}.weight`,
      shape: [this.inputs, this.outputs],
      storedShape: [padded(this.inputs), padded(this.outputs)],
      initialiser: xavier(this.inputs),
      learningRateMultiplier: 1,
      decayMultiplier: 1,
    }, {
      name: `${this.name}.bias`,
      shape: [this.outputs],
      storedShape: [padded(this.outputs)],
      initialiser: constant(0),
      learningRateMultiplier: 2,
      decayMultiplier: 0,
    }];
  }

  /** `[batch, inputs]` to `[batch, outputs]`. */
  forward(parameters: Parameters, x: Tensor): Tensor {
    return linear(x, parameters.get(`${this.name}.weight`), parameters.get(`${this.name}.bias`));
  }
}
