/** Counted memory: tensors that view the same values share one storage, and the last one frees it. */

import type { Slice } from "../gpu/buffers.ts";
import type { ElementType } from "../gpu/element_type.ts";
import type { Gpu } from "../gpu/gpu.ts";

/** A range of GPU memory with the number of tensors that hold it. */
export class Storage {
  /** Whose memory this is. */
  readonly gpu: Gpu;
  /** The range. */
  readonly slice: Slice;
  readonly #free: (() => void) | null;
  #holders = 1;

  /** Memory with one holder; `free` runs when the last one lets go. */
  constructor(gpu: Gpu, slice: Slice, free: (() => void) | null) {
    this.gpu = gpu;
    this.slice = slice;
    this.#free = free;
  }

  /** Memory from the pool for numbers of a type, returned to it in the end. */
  static acquire(gpu: Gpu, bytes: number, type: ElementType = "f32"): Storage {
    const range = gpu.acquire(bytes);
    const slice = type === "f32" ? range : { ...range, type };
    return new Storage(gpu, slice, () => gpu.release(slice));
  }

  /** Sees to it that the pool has so many ranges of `bytes` at hand. */
  static reserve(gpu: Gpu, bytes: number, count: number): void {
    const storages = Array.from({ length: count }, () => Storage.acquire(gpu, bytes));
    for (const storage of storages) storage.release();
  }

  /** True while exactly one tensor holds this. */
  get unshared(): boolean {
    return this.#holders === 1;
  }

  /** Adds a holder. */
  retain(): this {
    this.#holders++;
    return this;
  }

  /** Removes a holder. */
  release(): void {
    if (--this.#holders === 0) this.#free?.();
  }
}
