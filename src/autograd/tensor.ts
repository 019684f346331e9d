/** Tensors: a shape over GPU memory, and whether gradients are wanted. */

import type { Slice } from "../gpu/buffers.ts";
import { bytesOf, type ElementType, requireHalf, typeOf } from "../gpu/element_type.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { disown, own } from "./scope.ts";
import { Storage } from "./storage.ts";
import { backward } from "./tape.ts";
import { forget, watch } from "./leaks.ts";

/** Extents of a tensor, outermost first. */
export type Shape = readonly number[];

/** Elements of a shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Choices when a tensor is made from values. */
export interface TensorOptions {
  /** Whether {@linkcode Tensor.backward} leaves a gradient in {@linkcode Tensor.grad}. */
  readonly requiresGrad?: boolean;
  /** How its values are stored; `f32` if left out. */
  readonly type?: ElementType;
}

/**
 * An array on the GPU: images are `[batch, height, width, channels]`, matrices `[rows, cols]`. Its values are
 * f32, or f16 where memory counts: convolutions, PReLU, `add` and `reshape` take both, `cast` converts.
 *
 * @example
 * ```ts
 * import { Gpu, mul, sum, Tensor } from "@spheregrad/spheregrad";
 *
 * using gpu = await Gpu.request();
 * const x = Tensor.from(gpu, [1, 2, 3, 4], [2, 2], { requiresGrad: true });
 * sum(mul(x, x)).backward();
 * console.log(await x.grad!.data()); // 2 x
 * ```
 */
export class Tensor implements Disposable {
  /** The shared memory behind this tensor. */
  readonly storage: Storage;
  /** Extents, outermost first. */
  readonly shape: Shape;
  /** Whether gradients flow to or through this tensor. */
  readonly requiresGrad: boolean;
  /** The operation that made it, for messages. */
  readonly origin: string;
  /** The gradient that `backward()` left here; only leaves that require one have it. */
  grad: Tensor | null = null;
  /** True for the result of a recorded operation; a leaf otherwise. */
  recorded = false;
  #disposed = false;

  /** Takes over one hold on `storage`. Most callers want {@linkcode Tensor.from} or an operation. */
  constructor(storage: Storage, shape: Shape, origin: string, requiresGrad = false) {
    this.storage = storage;
    this.shape = shape;
    this.origin = origin;
    this.requiresGrad = requiresGrad;
    own(this);
    watch(this);
  }

  /**
   * A tensor with the given values.
   *
   * @throws {RangeError} if the shape does not hold as many elements as there are values.
   * @throws {Error} for f16 on a device that does not offer it.
   */
  static from(
    gpu: Gpu,
    values: ArrayLike<number>,
    shape: Shape,
    { requiresGrad = false, type = "f32" }: TensorOptions = {},
  ): Tensor {
    checkShape(shape);
    if (values.length !== sizeOf(shape)) {
      throw new RangeError(
        `A tensor of shape [${shape}] holds ${sizeOf(shape)} values, not ${values.length}.`,
      );
    }
    const tensor = Tensor.empty(gpu, shape, "from", requiresGrad, type);
    gpu.upload(tensor.slice, type === "f32" ? Float32Array.from(values) : halves(values));
    return tensor;
  }

  /** A tensor of zeros. */
  static zeros(
    gpu: Gpu,
    shape: Shape,
    { requiresGrad = false, type = "f32" }: TensorOptions = {},
  ): Tensor {
    checkShape(shape);
    const tensor = Tensor.empty(gpu, shape, "zeros", requiresGrad, type);
    gpu.clear(tensor.slice);
    return tensor;
  }

  /** A tensor with unspecified values, for an operation that will write all of them. */
  static empty(
    gpu: Gpu,
    shape: Shape,
    origin: string,
    requiresGrad = false,
    type: ElementType = "f32",
  ): Tensor {
    if (type === "f16") requireHalf(gpu);
    const storage = Storage.acquire(gpu, sizeOf(shape) * bytesOf(type), type);
    return new Tensor(storage, shape, origin, requiresGrad);
  }

  /** The GPU that holds this tensor. */
  get gpu(): Gpu {
    return this.storage.gpu;
  }

  /** How its values are stored. */
  get type(): ElementType {
    return typeOf(this.storage.slice);
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** Whether this tensor was freed. */
  get freed(): boolean {
    return this.#disposed;
  }

  /** The GPU memory; an error after the tensor was freed. */
  get slice(): Slice {
    if (this.#disposed) {
      throw new ReferenceError(
        `A tensor of shape [${this.shape}] made by ${this.origin} was used after it was freed; return it from its scope or keep() it.`,
      );
    }
    return this.storage.slice;
  }

  /** Another tensor over the same memory, outside the tape; `shape` must hold as many elements. */
  view(shape: Shape = this.shape): Tensor {
    if (sizeOf(shape) !== this.size) {
      throw new RangeError(`A view of [${this.shape}] cannot have shape [${shape}].`);
    }
    void this.slice;
    return new Tensor(this.storage.retain(), shape, this.origin);
  }

  /** A copy with memory of its own, outside the tape. */
  clone(): Tensor {
    const copy = Tensor.empty(this.gpu, this.shape, this.origin, false, this.type);
    this.gpu.copy(this.slice, copy.slice);
    return copy;
  }

  /**
   * Leaves the gradient of this scalar in the `grad` of every leaf that requires one, added to what is
   * there. Frees what the operations saved.
   *
   * @param scale What all gradients are multiplied by, shape `[1]`; 1 if left out. See `LossScale`.
   * @throws {RangeError} if this is not a scalar.
   * @throws {Error} if nothing was recorded, or it was walked already.
   */
  backward(scale?: Tensor): void {
    if (scale !== undefined) return backward(this, scale);
    using one = Tensor.from(this.gpu, [1], [1]);
    backward(this, one);
  }

  /** The values, read from the GPU: the only wait. f16 is widened. */
  async data(): Promise<Float32Array<ArrayBuffer>> {
    const bytes = await this.gpu.read({ ...this.slice, size: this.size * bytesOf(this.type) });
    return this.type === "f32"
      ? new Float32Array(bytes)
      : Float32Array.from(new Float16Array(bytes));
  }

  /** Frees this tensor; its memory goes with the last view of it. */
  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    disown(this);
    forget(this);
    this.storage.release();
  }
}

function checkShape(shape: Shape): void {
  if (shape.some((extent) => !Number.isInteger(extent) || extent < 1)) {
    throw new RangeError(`The shape [${shape}] must consist of positive whole numbers.`);
  }
}

/** Values rounded to f16, and zeros up to what WebGPU can write: whole words. */
function halves(values: ArrayLike<number>): Float16Array<ArrayBuffer> {
  const halves = new Float16Array(Math.ceil(values.length / 2) * 2);
  halves.set(values);
  return halves;
}
