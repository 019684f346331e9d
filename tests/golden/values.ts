// The golden values that make_golden.py computed with PyTorch, and the inputs and parameters that
// they belong to, which both sides derive from the same hash. Float32Arrays, so that a GPU test can
// upload them as they are.

import ops from "./ops.json" with { type: "json" };
import spherenet10 from "./spherenet10.json" with { type: "json" };
import spherenet4 from "./spherenet4.json" with { type: "json" };
import training from "./training.json" with { type: "json" };

export type GoldenNet = "spherenet4" | "spherenet10";

export interface GoldenTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/** Of a parameter: the norm and projection are of the whole gradient, the sample is a part of it. */
export interface GoldenGradient {
  readonly name: string;
  readonly shape: readonly number[];
  readonly norm: number;
  /** The dot product with `goldenUniform("projection/" + name, size)`. */
  readonly projection: number;
  /** `sample[i]` is element `i * stride` of the flattened gradient. */
  readonly stride: number;
  readonly sample: Float32Array<ArrayBuffer>;
}

/** One forward and backward pass of a whole net with A-Softmax, exact gradient. */
export interface GoldenRun {
  readonly net: GoldenNet;
  readonly batch: number;
  readonly margin: 1 | 2 | 3 | 4;
  readonly lambda: number;
  readonly loss: number;
  /** `[batch, 512]`. */
  readonly embeddings: GoldenTensor;
  /** `[batch, 10]`, the label's with the margin and λ in it. */
  readonly logits: GoldenTensor;
  /** `[batch, 512]`, dL/d embeddings. */
  readonly embeddingsGradient: GoldenTensor;
  /** By parameter name, all of `goldenParameters(net)`. */
  readonly gradients: ReadonlyMap<string, GoldenGradient>;
}

/**
 * Ten SGD steps of spherenet4 from `goldenParameters`; step s (from 1) sees `goldenBatch(s, batch)`
 * and λ of the released annealing at iteration s. `losses[s - 1]` is the loss before the update of
 * step s. From step `dropAfter` + 1 on the learning rate is `learningRate * dropFactor`.
 */
export interface GoldenTraining {
  readonly rule: "caffe" | "pytorch";
  readonly margin: 1 | 2 | 3 | 4;
  readonly batch: number;
  readonly learningRate: number;
  readonly dropAfter: number | null;
  readonly dropFactor: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly losses: readonly number[];
}

/** One operation on `goldenUniform` inputs, with all gradients for the output gradient `dy`. */
export interface GoldenOp {
  readonly op: "conv2d" | "prelu" | "residualUnit" | "linear" | "normalizeRows";
  readonly name: string;
  readonly inputs: ReadonlyMap<string, GoldenTensor>;
  /** Of a convolution. */
  readonly stride: number;
  readonly padding: number;
  readonly y: GoldenTensor;
  readonly dy: GoldenTensor;
  /** By the input's name. */
  readonly gradients: ReadonlyMap<string, GoldenTensor>;
}

export const GOLDEN_HEIGHT = 28;
export const GOLDEN_WIDTH = 24;
export const GOLDEN_CLASSES = 10;
export const GOLDEN_EMBEDDING = 512;
const CHANNELS = [64, 128, 256, 512];

/** Residual units in each of the four stages. */
export const GOLDEN_UNITS: Readonly<Record<GoldenNet, readonly number[]>> = {
  spherenet4: [0, 0, 0, 0],
  spherenet10: [0, 1, 2, 0],
};

function fnv1a(name: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) {
    value = Math.imul(value ^ byte, 0x01000193);
  }
  return value >>> 0;
}

/** MurmurHash3's finaliser. */
function mix(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The 32-bit words of a tensor's name: element i depends on the name and i alone. */
export function goldenWords(name: string, count: number): Uint32Array<ArrayBuffer> {
  const seed = fnv1a(name);
  return Uint32Array.from({ length: count }, (_, i) => mix(mix(i) ^ seed));
}

/** Multiples of 2^-23 in [-1, 1), exact in f32. */
export function goldenUniform(name: string, count: number): Float32Array<ArrayBuffer> {
  const words = goldenWords(name, count);
  return Float32Array.from(words, (word) => (word >>> 8) / 2 ** 23 - 1);
}

function uniformTensor(name: string, shape: readonly number[], seedName = name): GoldenTensor {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return { name, shape, data: goldenUniform(seedName, size) };
}

/** Batch `number`: images `[batch, 28, 24, 3]` in [-1, 1) and labels below 10. */
export function goldenBatch(
  number: number,
  batch: number,
): { x: GoldenTensor; labels: Uint32Array<ArrayBuffer> } {
  const x = uniformTensor(`input.${number}`, [batch, GOLDEN_HEIGHT, GOLDEN_WIDTH, 3]);
  const labels = goldenWords(`labels.${number}`, batch).map((word) => word % GOLDEN_CLASSES);
  return { x, labels };
}

/** The initial parameters by name, in the order of the forward pass; fresh copies on each call. */
export function goldenParameters(net: GoldenNet): Map<string, GoldenTensor> {
  const parameters = new Map<string, GoldenTensor>();
  const add = (name: string, shape: readonly number[], offset: number, scale: number) => {
    const { data } = uniformTensor(name, shape, `${net}/${name}`);
    parameters.set(name, { name, shape, data: data.map((value) => offset + scale * value) });
  };
  const slopeSpread = net === "spherenet4" ? 0 : 0.1;
  let [height, width, cin] = [GOLDEN_HEIGHT, GOLDEN_WIDTH, 3];
  CHANNELS.forEach((cout, i) => {
    const convolutions = 1 + 2 * GOLDEN_UNITS[net][i]!;
    for (let j = 1; j <= convolutions; j++) {
      const name = `conv${i + 1}_${j}`;
      add(`${name}.weight`, [3, 3, cin, cout], 0, Math.sqrt(3 / (9 * cin)));
      if (j === 1) add(`${name}.bias`, [cout], 0, 0.1);
      add(`${name}.slope`, [cout], 0.25, slopeSpread);
      cin = cout;
    }
    [height, width] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  });
  const flat = height * width * cin;
  add("fc1.weight", [flat, GOLDEN_EMBEDDING], 0, Math.sqrt(3 / flat));
  add("fc1.bias", [GOLDEN_EMBEDDING], 0, 0.1);
  add("head.weight", [GOLDEN_CLASSES, GOLDEN_EMBEDDING], 0, Math.sqrt(3 / GOLDEN_EMBEDDING));
  return parameters;
}

/** Biases learn twice as fast and do not decay, everything else is at 1. */
export function goldenMultipliers(name: string): { learningRate: number; decay: number } {
  return name.endsWith(".bias") ? { learningRate: 2, decay: 0 } : { learningRate: 1, decay: 1 };
}

interface Packed {
  readonly shape: number[];
  readonly base64: string;
}

function decode(base64: string): Float32Array<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

function unpack(name: string, packed: Packed): GoldenTensor {
  return { name, shape: packed.shape, data: decode(packed.base64) };
}

/** The stored pass of a net: batch 0, spherenet4 with 4 images and spherenet10 with 2. */
export function goldenRun(net: GoldenNet): GoldenRun {
  const stored = net === "spherenet4" ? spherenet4 : spherenet10;
  const gradients = Object.entries(stored.gradients).map(([name, gradient]) =>
    [name, { ...gradient, name, sample: decode(gradient.sample) }] as const
  );
  return {
    net,
    batch: stored.batch,
    margin: stored.margin as GoldenRun["margin"],
    lambda: stored.lambda,
    loss: stored.loss,
    embeddings: unpack("embeddings", stored.embeddings),
    logits: unpack("logits", stored.logits),
    embeddingsGradient: unpack("embeddings", stored.embeddingsGradient),
    gradients: new Map(gradients),
  };
}

/**
 * How far a whole gradient is from the golden one: the largest of the error of its norm, of its
 * projection and of its sample, each relative to the golden norm (of the sample: to its own).
 */
export function goldenGradientError(actual: ArrayLike<number>, golden: GoldenGradient): number {
  const size = golden.shape.reduce((product, extent) => product * extent, 1);
  if (actual.length !== size) {
    throw new RangeError(`${golden.name} has ${size} elements, not ${actual.length}`);
  }
  const direction = goldenUniform(`projection/${golden.name}`, size);
  let squares = 0;
  let projection = 0;
  for (let i = 0; i < size; i++) {
    squares += actual[i]! ** 2;
    projection += actual[i]! * direction[i]!;
  }
  let difference = 0;
  let sampleSquares = 0;
  golden.sample.forEach((value, i) => {
    difference += (actual[i * golden.stride]! - value) ** 2;
    sampleSquares += value ** 2;
  });
  return Math.max(
    Math.abs(Math.sqrt(squares) - golden.norm) / golden.norm,
    Math.abs(projection - golden.projection) / golden.norm,
    Math.sqrt(difference / sampleSquares),
  );
}

/** pytorch: m = 4; caffe: m = 4 with a drop after step 5; modified: m = 1, PyTorch's rule. */
export function goldenTraining(which: "pytorch" | "caffe" | "modified"): GoldenTraining {
  const stored = training[which];
  return {
    ...stored,
    rule: stored.rule as GoldenTraining["rule"],
    margin: stored.margin as GoldenTraining["margin"],
  };
}

interface StoredOp {
  readonly op: GoldenOp["op"];
  readonly name: string;
  readonly inputs: Readonly<Record<string, number[]>>;
  readonly attributes: { readonly stride?: number; readonly padding?: number };
  readonly y: Packed;
  readonly gradients: Readonly<Record<string, Packed>>;
}

export function goldenOps(): GoldenOp[] {
  // The cases differ in their inputs, and the type that TypeScript infers has a member for each.
  const cases = ops.cases as unknown as readonly StoredOp[];
  return cases.map(({ op, name, inputs, attributes, y, gradients }) => ({
    op,
    name,
    inputs: new Map(
      Object.entries(inputs).map(([key, shape]) => [
        key,
        uniformTensor(key, shape, `${name}.${key}`),
      ]),
    ),
    stride: attributes.stride ?? 1,
    padding: attributes.padding ?? 0,
    y: unpack("y", y),
    dy: uniformTensor("dy", y.shape, `${name}.dy`),
    gradients: new Map(
      Object.entries(gradients).map(([key, packed]) => [key, unpack(key, packed)]),
    ),
  }));
}

/** What Python's generator gave: a few values and the exclusive or of all words. */
export const goldenGenerator: readonly {
  readonly name: string;
  readonly count: number;
  readonly xor: number;
  readonly first: readonly number[];
}[] = ops.prng;
