/** 2-D convolution, alone and fused with bias, PReLU and residual. */

import { apply, type Into, type Op } from "../autograd/op.ts";
import { Tensor } from "../autograd/tensor.ts";
import {
  convInputGradient,
  convOutput,
  convOutputSize,
  type ConvShape,
  convWeightGradient,
} from "../kernels/conv.ts";
import { preluBackward } from "../kernels/prelu.ts";
import { columnSums } from "../kernels/reductions.ts";
import { padLast, padLastTwo, resize } from "./resize.ts";
import { gradientOf, sameShape } from "./shapes.ts";

/** Geometry of a convolution. */
export interface Conv2dOptions {
  /** Step of the kernel along both axes; 1 if left out. */
  readonly stride?: number;
  /** Zero pixels around the image on every side; 0 if left out. */
  readonly padding?: number;
}

interface Attrs {
  readonly shape: ConvShape;
  /** Optional inputs by name; their places follow the image and the weights. */
  readonly places: { readonly bias?: number; readonly slope?: number; readonly residual?: number };
  readonly inputs: readonly Tensor[];
}

const CONV2D: Op<Attrs> = {
  name: "conv2d",
  half: true,
  forward(inputs, { shape, places }, save) {
    const [x, w] = inputs as [Tensor, Tensor];
    const y = outputOf(x, shape, "conv2d");
    convOutput(x.gpu, x.slice, w.slice, y.slice, shape, { bias: at(inputs, places.bias)?.slice });
    save?.(x, w);
    return y;
  },
  backward(dy, [x, w], attrs, need, into) {
    const gradients = convGradients(dy, x!, w!, attrs, need, into);
    const { bias } = attrs.places;
    if (bias !== undefined && need[bias]) {
      const { tensor, target } = gradientOf(attrs.inputs[bias]!, bias, into, "conv2d");
      const channels = attrs.shape.outChannels;
      columnSums(dy.gpu, dy.slice, target.slice, dy.size / channels, channels, target.accumulate);
      gradients[bias] = tensor;
    }
    return gradients;
  },
};

const CONV2D_PRELU: Op<Attrs> = {
  name: "conv2d prelu",
  half: true,
  forward(inputs, { shape, places }, save, unread) {
    const [x, w] = inputs as [Tensor, Tensor];
    const slope = at(inputs, places.slope)!;
    const bias = at(inputs, places.bias)?.slice;
    if (unread) {
      const kept = outputOf(x, shape, "conv2d pre-activation");
      convOutput(x.gpu, x.slice, w.slice, kept.slice, shape, { bias });
      save!(x, w, slope, kept);
      return kept;
    }
    const y = outputOf(x, shape, "conv2d prelu");
    const kept = save === null ? null : outputOf(x, shape, "conv2d pre-activation");
    convOutput(x.gpu, x.slice, w.slice, y.slice, shape, {
      bias,
      slope: slope.slice,
      residual: at(inputs, places.residual)?.slice,
      preActivation: kept?.slice,
    });
    if (kept !== null) {
      save?.(x, w, slope, kept);
      kept[Symbol.dispose](); // the tape holds it
    }
    return y;
  },
  backward(dy, [x, w, slope, preActivation], attrs, need, into) {
    const { bias, slope: slopeAt, residual } = attrs.places;
    const wanted = (place: number | undefined) =>
      place !== undefined && need[place]
        ? gradientOf(attrs.inputs[place]!, place, into, "conv2d prelu")
        : null;
    const dslope = wanted(slopeAt);
    const dbias = wanted(bias);
    const channels = attrs.shape.outChannels;
    // The tape alone holds the pre-activation, and nobody reads it again: its memory takes the gradient.
    const da = preActivation!;
    preluBackward(
      dy.gpu,
      da.slice,
      slope!.slice,
      dy.slice,
      da.slice,
      dy.size / channels,
      channels,
      dslope?.target ?? null,
      dbias?.target ?? null,
    );
    const gradients = convGradients(da, x!, w!, attrs, need, into);
    if (slopeAt !== undefined) gradients[slopeAt] = dslope?.tensor ?? null;
    if (bias !== undefined) gradients[bias] = dbias?.tensor ?? null;
    if (residual !== undefined && need[residual]) gradients[residual] = dy;
    return gradients;
  },
};

/** Gradients of the image and the weights, in their places; null elsewhere. */
function convGradients(
  dy: Tensor,
  x: Tensor,
  w: Tensor,
  { shape, inputs }: Attrs,
  need: readonly boolean[],
  into: Into,
): (Tensor | null)[] {
  const gradients: (Tensor | null)[] = inputs.map(() => null);
  if (need[1]) {
    const { tensor, target } = gradientOf(inputs[1]!, 1, into, "conv2d");
    convWeightGradient(dy.gpu, x.slice, dy.slice, target.slice, shape, target.accumulate);
    gradients[1] = tensor;
  }
  x[Symbol.dispose](); // where the tape alone held the image, its gradient takes its memory
  if (need[0]) {
    const dx = Tensor.empty(dy.gpu, x.shape, "conv2d gradient", false, x.type);
    convInputGradient(dy.gpu, dy.slice, w.slice, dx.slice, shape);
    gradients[0] = dx;
  }
  return gradients;
}

function at(inputs: readonly Tensor[], place: number | undefined): Tensor | undefined {
  return place === undefined ? undefined : inputs[place];
}

function outputShape(shape: ConvShape): number[] {
  const { height, width } = convOutputSize(shape);
  return [shape.batch, height, width, shape.outChannels]; // [N, H, W, C]
}

/** Memory for the output, which is stored as the image is. */
function outputOf(x: Tensor, shape: ConvShape, origin: string): Tensor {
  return Tensor.empty(x.gpu, outputShape(shape), origin, false, x.type);
}

/** An operand that is f32 whatever the image is. */
function single<T extends Tensor | undefined>(tensor: T, what: string): T {
  if (tensor?.type === "f16") {
    throw new TypeError(`A convolution takes its ${what} in f32, not f16; cast() them before.`);
  }
  return tensor;
}

/** Checks the operands and pads their channels to multiples of 4. */
function prepare(
  x: Tensor,
  w: Tensor,
  { stride = 1, padding = 0 }: Conv2dOptions,
): { shape: ConvShape; operands: [Tensor, Tensor]; outChannels: number } {
  const [batch, inHeight, inWidth, channels] = x.shape;
  const [kernelHeight, kernelWidth, inChannels, outChannels] = w.shape;
  if (
    x.shape.length !== 4 || w.shape.length !== 4 || channels !== inChannels ||
    !Number.isInteger(stride) || stride < 1 || !Number.isInteger(padding) || padding < 0
  ) {
    throw new RangeError(
      `conv2d of x [${x.shape}] and w [${w.shape}], stride ${stride}, padding ${padding}: x must be ` +
        `[batch, height, width, channels], w [kernel height, kernel width, channels, outputs], the stride positive.`,
    );
  }
  const image = padLast(x);
  const weights = padLastTwo(single(w, "weights"));
  const shape: ConvShape = {
    batch: batch!,
    inHeight: inHeight!,
    inWidth: inWidth!,
    inChannels: image.shape[3]!,
    outChannels: weights.shape[3]!,
    kernelHeight: kernelHeight!,
    kernelWidth: kernelWidth!,
    stride,
    padding,
  };
  const size = convOutputSize(shape);
  if (size.height < 1 || size.width < 1) {
    throw new RangeError(
      `conv2d of x [${x.shape}] with a ${kernelHeight}×${kernelWidth} kernel and padding ${padding} has no output; use a larger image or padding.`,
    );
  }
  return { shape, operands: [image, weights], outChannels: outChannels! };
}

/**
 * The convolution of images `x [batch, height, width, in]` with `w [kernel height, kernel width, in, out]`,
 * plus `bias [out]`. As in every deep-learning library the kernel is not flipped. Images in f16 give an output
 * in f16; all sums are f32.
 *
 * @throws {RangeError} if the extents do not fit.
 * @throws {TypeError} for weights or biases in f16.
 */
export function conv2d(x: Tensor, w: Tensor, bias?: Tensor, options: Conv2dOptions = {}): Tensor {
  const { shape, operands, outChannels } = prepare(x, w, options);
  if (bias !== undefined && bias.size !== outChannels) {
    throw new RangeError(
      `conv2d with ${outChannels} output channels takes as many biases, not ${bias.size}.`,
    );
  }
  const inputs = bias === undefined ? operands : [...operands, padLast(single(bias, "biases"))];
  const places = bias === undefined ? {} : { bias: 2 };
  const y = apply(CONV2D, inputs, { shape, places, inputs });
  return resize(y, [y.shape[2]!, outChannels]);
}

/** Further operands of {@linkcode conv2dPrelu}. */
export interface Conv2dPreluOptions extends Conv2dOptions {
  /** Added to the convolution, `[out]`. */
  readonly bias?: Tensor | undefined;
  /** Added after the PReLU, of the output's shape. */
  readonly residual?: Tensor | undefined;
}

/**
 * `prelu(conv2d(x, w) + bias, slope) + residual` in one pass: the building block of SphereNet, whose
 * residual units add the identity after the second PReLU. Images in f16 give an output in f16, and take a
 * residual in f16.
 *
 * @throws {RangeError} if the extents do not fit.
 * @throws {TypeError} for weights, biases or slopes in f16, or a residual of another element type.
 */
export function conv2dPrelu(
  x: Tensor,
  w: Tensor,
  slope: Tensor,
  { bias, residual, ...options }: Conv2dPreluOptions = {},
): Tensor {
  const { shape, operands, outChannels } = prepare(x, w, options);
  const output = outputShape({ ...shape, outChannels });
  if (slope.size !== outChannels || (bias !== undefined && bias.size !== outChannels)) {
    throw new RangeError(
      `conv2dPrelu with ${outChannels} output channels takes as many slopes and biases, not ${slope.size} and ${
        bias?.size ?? "none"
      }.`,
    );
  }
  if (residual !== undefined && !sameShape(residual.shape, output)) {
    throw new RangeError(
      `The residual [${residual.shape}] must have the output's shape [${output}].`,
    );
  }
  if (residual !== undefined && residual.type !== x.type) {
    throw new TypeError(
      `The residual is ${residual.type} and the image ${x.type}; cast() one of them before.`,
    );
  }
  const inputs: Tensor[] = [...operands, padLast(single(slope, "slopes"))];
  const places: { bias?: number; slope?: number; residual?: number } = { slope: 2 };
  if (bias !== undefined) places.bias = inputs.push(padLast(single(bias, "biases"))) - 1;
  if (residual !== undefined) places.residual = inputs.push(padLast(residual)) - 1;
  const y = apply(CONV2D_PRELU, inputs, { shape, places, inputs });
  return resize(y, [y.shape[2]!, outChannels]);
}
