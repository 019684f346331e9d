import type { Slice } from "../../src/gpu/buffers.ts";
import type { Gpu } from "../../src/gpu/gpu.ts";

/** Ranges for a test of kernels, given back together. What is not a value is NaN, so that reads of it show. */
export class Memory implements Disposable {
  readonly #gpu: Gpu;
  readonly #slices: Slice[] = [];

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
  }

  /** A range of `size` floats, all NaN. */
  blank(size: number): Slice {
    return this.upload(new Float32Array(size).fill(NaN));
  }

  /** A range that holds the values, rounded to f32. */
  upload(values: ArrayLike<number>): Slice {
    const slice = this.#gpu.acquire(values.length * 4);
    this.#slices.push(slice);
    const whole = new Float32Array(slice.size / 4).fill(NaN);
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
    return new Float32Array(await this.#gpu.read({ ...slice, size: size * 4 }));
  }

  [Symbol.dispose](): void {
    for (const slice of this.#slices) this.#gpu.release(slice);
  }
}
