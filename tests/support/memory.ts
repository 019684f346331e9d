import type { Slice } from "../../src/gpu/buffers.ts";
import { bytesOf, type ElementType, typeOf } from "../../src/gpu/element_type.ts";
import type { Gpu } from "../../src/gpu/gpu.ts";

/** Ranges for a test of kernels, given back together. What is not a value is NaN, so that reads of it show. */
export class Memory implements Disposable {
  readonly #gpu: Gpu;
  readonly #slices: Slice[] = [];

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
  }

  /** A range of `size` floats, all NaN. */
  blank(size: number, type: ElementType = "f32"): Slice {
    return this.upload(new Float32Array(size).fill(NaN), type);
  }

  /** A range that holds the values, rounded to its type. */
  upload(values: ArrayLike<number>, type: ElementType = "f32"): Slice {
    const slice = { ...this.#gpu.acquire(values.length * bytesOf(type)), type };
    this.#slices.push(slice);
    const Floats = type === "f16" ? Float16Array : Float32Array;
    const whole = new Floats(slice.size / bytesOf(type)).fill(NaN);
    whole.set(values);
    this.#gpu.upload(slice, whole);
    return slice;
  }

  /** A range that holds unsigned integers. */
  uploadWords(words: readonly number[]): Slice {
    const slice = this.#gpu.acquire(words.length * 4);
    this.#slices.push(slice);
    this.#gpu.upload(slice, Uint32Array.from(words));
    return slice;
  }

  /** The first `size` floats of a range. */
  async read(slice: Slice, size: number): Promise<Float32Array<ArrayBuffer>> {
    const type = typeOf(slice);
    const bytes = await this.#gpu.read({ ...slice, size: size * bytesOf(type) });
    return type === "f16" ? Float32Array.from(new Float16Array(bytes)) : new Float32Array(bytes);
  }

  [Symbol.dispose](): void {
    for (const slice of this.#slices) this.#gpu.release(slice);
  }
}
