/**
 * How numbers lie in memory. Kernels compute in f32 whatever they read and write: f16 is storage alone, for
 * the tensors that take most of the memory.
 */

import type { Gpu } from "./gpu.ts";

/** Type of stored numbers: 32-bit or 16-bit floats. */
export type ElementType = "f32" | "f16";

/** Bytes of a stored number. */
export function bytesOf(type: ElementType): number {
  return type === "f16" ? 2 : 4;
}

/** Type of what a resource holds; words that are no floats count as f32, for they are as long. */
export function typeOf(resource: { readonly type?: ElementType }): ElementType {
  return resource.type ?? "f32";
}

/** What tells whether a device offers f16, and its name. */
export type HalfTarget = Pick<Gpu, "offersHalf" | "adapter">;

/**
 * Makes sure that a device offers f16.
 *
 * @throws {Error} otherwise.
 */
export function requireHalf({ offersHalf, adapter }: HalfTarget): void {
  if (!offersHalf) {
    throw new Error(
      `The adapter ${adapter.name} offers no f16 (the WebGPU feature shader-f16); use f32, or update its driver.`,
    );
  }
}
