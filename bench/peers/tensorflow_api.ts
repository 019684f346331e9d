/**
 * TensorFlow.js, loaded by name when it is asked for: a package that an import statement named would enter
 * the project's lock file, and every first run of anything would download it. Hence also the part of its
 * types that is used, in our words.
 */

const PACKAGE = "npm:@tensorflow/tfjs@4.22.0";
const BACKEND = "npm:@tensorflow/tfjs-backend-webgpu@4.22.0";

/** A tensor of TensorFlow.js. */
export interface TfTensor {
  /** Extents. */
  readonly shape: readonly number[];
  /** The values. */
  data(): Promise<Float32Array>;
  /** Frees it. */
  dispose(): void;
}

/** What a custom gradient keeps for its way back. */
export interface TfCustom {
  /** The result. */
  readonly value: TfTensor;
  /** The gradient of the input from that of the result and the kept tensors. */
  readonly gradFunc: (dy: TfTensor, saved: readonly TfTensor[]) => TfTensor;
}

type Binary = (a: TfTensor, b: TfTensor | number) => TfTensor;
type Unary = (a: TfTensor) => TfTensor;

/** The operations in use. */
export interface TensorFlow {
  /** Versions of the parts; `tfjs` is the whole. */
  readonly version: Readonly<Record<string, string>>;
  /** Chooses the engine; false if it cannot be had. */
  setBackend(name: string): Promise<boolean>;
  /** A tensor with values. */
  tensor(values: Float32Array, shape: readonly number[]): TfTensor;
  /** A one-hot matrix. */
  oneHot(indices: TfTensor, depth: number): TfTensor;
  /** Whole numbers. */
  tensor1d(values: Int32Array, dtype: "int32"): TfTensor;
  /** A trained tensor. */
  variable(initial: TfTensor, trainable: boolean, name: string): TfTensor;
  /** Convolution, NHWC. */
  conv2d(
    x: TfTensor,
    filter: TfTensor,
    strides: number,
    padding: number,
    format: "NHWC",
    dilations: number,
    rounding: "floor",
  ): TfTensor;
  /** Pooling by maxima; `same` pads where the last window reaches over the border. */
  maxPool(x: TfTensor, size: number, strides: number, padding: "valid" | "same"): TfTensor;
  /** Convolution with its bias and PReLU in one kernel. */
  readonly fused: {
    conv2d(work: {
      x: TfTensor;
      filter: TfTensor;
      strides: number;
      pad: "valid";
      bias: TfTensor;
      activation: "prelu";
      preluActivationWeights: TfTensor;
    }): TfTensor;
  };
  /** Resizing of images. */
  readonly image: {
    resizeBilinear(x: TfTensor, size: readonly [number, number]): TfTensor;
    cropAndResize(
      x: TfTensor,
      boxes: TfTensor,
      images: TfTensor,
      size: readonly [number, number],
    ): TfTensor;
  };
  /** Tensors behind each other along an axis. */
  concat(tensors: readonly TfTensor[], axis: number): TfTensor;
  /** Softmax along the last axis. */
  softmax: Unary;
  /** PReLU. */
  prelu: (x: TfTensor, alpha: TfTensor) => TfTensor;
  /** Product. */
  matMul(a: TfTensor, b: TfTensor, transposeA?: boolean, transposeB?: boolean): TfTensor;
  /** Other extents. */
  reshape(x: TfTensor, shape: readonly number[]): TfTensor;
  /** A part. */
  slice(x: TfTensor, begin: readonly number[], size: readonly number[]): TfTensor;
  /** What the operations and their gradients are made of. */
  engine(): {
    runKernel(
      name: string,
      inputs: Readonly<Record<string, TfTensor>>,
      attributes: Readonly<Record<string, unknown>>,
    ): TfTensor;
  };
  /** Another type. */
  cast(x: TfTensor, type: "float32"): TfTensor;
  /** Sum along an axis, or of everything. */
  sum(x: TfTensor, axis?: number, keepDims?: boolean): TfTensor;
  /** Logarithm of the softmax along an axis. */
  logSoftmax(x: TfTensor, axis: number): TfTensor;
  /** a + b. */
  add: Binary;
  /** a − b. */
  sub: Binary;
  /** a b. */
  mul: Binary;
  /** a / b. */
  div: Binary;
  /** a ≥ b. */
  greaterEqual: Binary;
  /** The remainder of a / b. */
  mod: Binary;
  /** √a. */
  sqrt: Unary;
  /** a². */
  square: Unary;
  /** −a. */
  neg: Unary;
  /** Mean of everything. */
  mean: Unary;
  /** A function with a gradient of its own. */
  customGrad(
    run: (x: TfTensor, save: (tensors: readonly TfTensor[]) => void) => TfCustom,
  ): (x: TfTensor) => TfTensor;
  /** Frees what is made inside and not returned. */
  tidy<T>(run: () => T): T;
  /** Optimisers. */
  readonly train: {
    momentum(learningRate: number, momentum: number): {
      minimize(loss: () => TfTensor, returnCost: true): TfTensor;
      dispose(): void;
    };
  };
}

/** Loads TensorFlow.js and its WebGPU backend. */
export async function loadTensorFlow(): Promise<TensorFlow> {
  const tf: TensorFlow = await import(PACKAGE);
  await import(BACKEND);
  if (!await tf.setBackend("webgpu")) {
    throw new Error("TensorFlow.js could not start its WebGPU backend on this adapter.");
  }
  return tf;
}
