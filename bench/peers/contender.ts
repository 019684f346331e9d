/** What an engine is asked to do, and the form in which it does it. */

import type { RgbImage } from "../../src/faces/images/image.ts";
import type { Box } from "../../src/faces/mtcnn/boxes.ts";
import type { ConvShape } from "../../src/kernels/conv.ts";
import type { NamedValues } from "../../src/nn/parameters.ts";
import type { StepExtents } from "../spherenet_step.ts";

/** A product of two square matrices that lie on the device. */
export interface MatmulWork {
  /** Rows and columns. */
  readonly size: number;
  /** The left one. */
  readonly a: Float32Array<ArrayBuffer>;
  /** The right one. */
  readonly b: Float32Array<ArrayBuffer>;
}

/** An engine's readiness for {@linkcode MatmulWork}. */
export interface MatmulRunner extends Disposable {
  /** The product. */
  product(): Promise<Float32Array>;
  /** Computes the product so many times and waits until the last one is there. */
  run(times: number): Promise<unknown>;
}

/** The passes of a convolution. */
export const CONV_PASSES = ["output", "input gradient", "weight gradient"] as const;

/** A pass of a convolution. */
export type ConvPass = (typeof CONV_PASSES)[number];

/** A convolution without bias whose operands lie on the device. */
export interface ConvWork {
  /** Its geometry, as the paper counts channels. */
  readonly shape: ConvShape;
  /** Input `[batch, inHeight, inWidth, inChannels]`. */
  readonly x: Float32Array<ArrayBuffer>;
  /** Weights `[kernelHeight, kernelWidth, inChannels, outChannels]`. */
  readonly w: Float32Array<ArrayBuffer>;
  /** Gradient of the output `[batch, outHeight, outWidth, outChannels]`. */
  readonly dy: Float32Array<ArrayBuffer>;
}

/** An engine's readiness for {@linkcode ConvWork}. */
export interface ConvRunner extends Disposable {
  /** What a pass gives, in the order of the operand that it belongs to. */
  result(pass: ConvPass): Promise<Float32Array>;
  /** Does a pass so many times and waits until the last result is there. */
  run(pass: ConvPass, times: number): Promise<unknown>;
}

/** A SphereNet with weights: its forward pass, or a training step with A-Softmax (see `SphereNetStep`). */
export interface StepWork extends StepExtents {
  /** Weights to start from, in the paper's extents, by name. */
  readonly weights: NamedValues;
}

/** An engine's readiness for the forward pass of {@linkcode StepWork}. */
export interface ForwardRunner extends Disposable {
  /** Does so many passes over the same images; the embeddings `[batch, 512]` of the last one. */
  run(times: number): Promise<Float32Array>;
}

/** An engine's readiness for the training steps of {@linkcode StepWork}. */
export interface StepRunner extends Disposable {
  /** So many steps: forward, backward, update; and the wait for the loss of the last one. */
  run(times: number): Promise<number>;
}

/** Finding faces in a photo with MTCNN. */
export interface DetectWork {
  /** The photo. */
  readonly photo: RgbImage;
  /** The smallest face to look for. */
  readonly minSize: number;
  /** The photo's sizes that the first net looks at. */
  readonly levels: readonly { readonly height: number; readonly width: number }[];
  /** Boxes that the second and the third net look at. */
  readonly boxes: readonly [readonly Box[], readonly Box[]];
  /** Weights of the three nets by name. */
  readonly weights: NamedValues;
  /** Network input for each of the three nets, by which engines are compared. */
  readonly samples: readonly {
    readonly shape: readonly number[];
    readonly values: Float32Array<ArrayBuffer>;
  }[];
}

/** An engine's readiness for {@linkcode DetectWork}. */
export interface DetectRunner extends Disposable {
  /** What the nets say of the samples: of each net probabilities, then regressions, then landmarks. */
  answers(): Promise<Float32Array>;
  /** Finds the faces so many times. */
  run(times: number): Promise<unknown>;
}

/** An engine. One that cannot do a kind of work lacks its method. */
export interface Contender extends Disposable {
  /** Its name. */
  readonly name: string;
  /** Its version. */
  readonly version: string;
  /** Where it runs: what computes in JavaScript gets smaller batches where they take too long. */
  readonly kind: "own" | "javascript" | "native";
  /** Prepares a product of matrices. */
  matmul?(work: MatmulWork): MatmulRunner | Promise<MatmulRunner>;
  /** Prepares a convolution. */
  conv?(work: ConvWork): ConvRunner | Promise<ConvRunner>;
  /** Prepares a forward pass. */
  forward?(work: StepWork): ForwardRunner | Promise<ForwardRunner>;
  /** Prepares a training step. */
  trainingStep?(work: StepWork): StepRunner | Promise<StepRunner>;
  /** Prepares the detection of faces. */
  detect?(work: DetectWork): DetectRunner | Promise<DetectRunner>;
}
