/**
 * jax-js, loaded by name when it is asked for, as TensorFlow.js is (see tensorflow_api.ts); and the part of
 * its types that is used, in our words. Every call consumes its arrays: what is needed again is passed as
 * `.ref`.
 */

/** The version in use; the package does not tell. */
export const JAX_VERSION = "0.1.25";

const PACKAGE = `npm:@jax-js/jax@${JAX_VERSION}`;

/** An array, or its stand-in while a function is traced. */
export interface JaxArray {
  /** Extents. */
  readonly shape: readonly number[];
  /** The array, counted once more. */
  readonly ref: JaxArray;
  /** The values. */
  data(): Promise<Float32Array>;
  /** Counts it once less. */
  dispose(): void;
  /** Other extents. */
  reshape(shape: readonly number[]): JaxArray;
  /** Another type. */
  astype(type: string): JaxArray;
  /** Sum along an axis. */
  sum(axis: number, options?: { keepdims: boolean }): JaxArray;
  /** a + b. */
  add(other: JaxArray | number): JaxArray;
  /** a − b. */
  sub(other: JaxArray | number): JaxArray;
  /** a b. */
  mul(other: JaxArray | number): JaxArray;
  /** a / b. */
  div(other: JaxArray | number): JaxArray;
  /** a mod b. */
  mod(other: JaxArray | number): JaxArray;
  /** −a. */
  neg(): JaxArray;
  /** Whether a ≥ b. */
  greaterEqual(other: JaxArray | number): JaxArray;
  /** Mean of everything. */
  mean(): JaxArray;
}

/** Arrays by name. */
export type JaxTree = { readonly [name: string]: JaxArray };

/** A transformed function that holds arrays of its own. */
export type Owned<F> = F & { dispose(): void };

/** The functions in use. */
export interface Jax {
  /** Starts backends; those that could be had. */
  init(device: string): Promise<readonly string[]>;
  /** Where new arrays go. */
  defaultDevice(device: string): void;
  /** Waits until all arrays in a structure are computed. */
  blockUntilReady(tree: unknown): Promise<unknown>;
  /** Records a function at its first call and fuses its operations. */
  jit<A extends unknown[], R>(run: (...args: A) => R): Owned<(...args: A) => R>;
  /** A function's value, and its gradient by the first argument. */
  valueAndGrad<A extends unknown[]>(
    run: (weights: JaxTree, ...args: A) => JaxArray,
  ): (weights: JaxTree, ...args: A) => [JaxArray, JaxTree];
  /** A function's value, and the function from its gradient to that of the arguments. */
  vjp(
    run: (x: JaxArray) => JaxArray,
    at: readonly [JaxArray],
  ): [JaxArray, Owned<(dy: JaxArray) => [JaxArray]>];
  /** NumPy's functions. */
  readonly numpy: {
    array(values: Float32Array | Int32Array, options: { shape: readonly number[] }): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    matrixTranspose(x: JaxArray): JaxArray;
    maximum(a: JaxArray, b: number): JaxArray;
    minimum(a: JaxArray, b: number): JaxArray;
    zerosLike(x: JaxArray): JaxArray;
    sqrt(x: JaxArray): JaxArray;
    square(x: JaxArray): JaxArray;
  };
  /** Operations of XLA. */
  readonly lax: {
    convGeneralDilated(
      x: JaxArray,
      w: JaxArray,
      strides: readonly number[],
      padding: readonly (readonly [number, number])[],
    ): JaxArray;
    stopGradient(x: JaxArray): JaxArray;
  };
  /** Functions of neural networks. */
  readonly nn: {
    oneHot(labels: JaxArray, classes: number): JaxArray;
    logSoftmax(x: JaxArray, axis: number): JaxArray;
  };
}

/** Loads jax-js and starts its WebGPU backend. */
export async function loadJax(): Promise<Jax> {
  const jax: Jax = await import(PACKAGE);
  if (!(await jax.init("webgpu")).includes("webgpu")) {
    throw new Error("jax-js could not start its WebGPU backend on this adapter.");
  }
  jax.defaultDevice("webgpu");
  return jax;
}
