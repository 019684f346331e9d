/** SphereNet's residual unit. */

import { recompute } from "../autograd/recompute.ts";
import type { Tensor } from "../autograd/tensor.ts";
import { ConvPrelu } from "./conv_prelu.ts";
import { gaussian } from "./initialisers.ts";
import type { Parameters, ParameterSpec } from "./parameters.ts";

/**
 * Two convolutions with PReLU whose result is added to the input, with nothing behind the addition: the
 * identity path carries no activation. Small gaussian weights start the branch near zero, so that a deep
 * net starts close to a shallow one.
 */
export class ResidualUnit {
  readonly #first: ConvPrelu;
  readonly #second: ConvPrelu;

  /** Describes a unit whose convolutions carry these names. */
  constructor(firstName: string, secondName: string, channels: number) {
    const options = {
      inChannels: channels,
      outChannels: channels,
      stride: 1,
      bias: false,
      initialiser: gaussian(0.01),
    } as const;
    this.#first = new ConvPrelu(firstName, options);
    this.#second = new ConvPrelu(secondName, options);
  }

  /** Its convolutions. */
  get convolutions(): readonly ConvPrelu[] {
    return [this.#first, this.#second];
  }

  /** The parameters that it needs. */
  get specs(): ParameterSpec[] {
    return [...this.#first.specs, ...this.#second.specs];
  }

  /**
   * `[batch, height, width, channels]` to the same. With `recomputeFirst` the backward pass runs the first
   * convolution again, so that of its two feature maps the tape keeps the output alone.
   */
  forward(parameters: Parameters, z: Tensor, recomputeFirst = false): Tensor {
    const first = (z: Tensor) => this.#first.forward(parameters, z);
    const inner = recomputeFirst ? recompute(first, [z]) : first(z);
    const y = this.#second.forward(parameters, inner, z);
    inner[Symbol.dispose](); // the tape, if any, has a hold of its own
    return y;
  }
}
