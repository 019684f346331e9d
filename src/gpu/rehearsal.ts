/**
 * Compiling kernels before they are needed. Mesa's rasterisers compile a kernel when it first runs, on the one
 * thread of the device's queue, and keep the result in a cache on the disk that all devices share. So another
 * device, in a worker, can compile what the first one will come to later.
 */

import type { Resource, Slice } from "./buffers.ts";
import { DryGpu } from "./dry_gpu.ts";
import type { ElementType } from "./element_type.ts";
import { typeOf } from "./element_type.ts";
import type { Gpu } from "./gpu.ts";
import type { Kernel } from "./kernel.ts";
import type { StepWords } from "./step_number.ts";
import type { Workgroups } from "./stream.ts";
import type { Texels } from "./texels.ts";

/** The first dispatch of a kernel. */
export interface RehearsedDispatch {
  /** The kernel. */
  readonly kernel: Kernel;
  /** Type of what each binding holds; null for textures. */
  readonly types: readonly (ElementType | null)[];
  /** Its uniforms, which rasterisers may compile in. */
  readonly uniforms: Uint32Array;
}

/** A GPU that does nothing but note which kernels are asked for. */
export class RehearsalGpu extends DryGpu {
  readonly #dispatches = new Map<string, RehearsedDispatch>();

  /** The first dispatch of each kernel, in order. */
  get dispatches(): readonly RehearsedDispatch[] {
    return [...this.#dispatches.values()];
  }

  /** Notes the kernel. */
  override dispatch(
    kernel: Kernel,
    resources: readonly Resource[],
    workgroups: Workgroups,
    uniforms: Uint32Array = new Uint32Array(),
    _stepWords?: StepWords,
  ): void {
    if (workgroups.includes(0) || this.#dispatches.has(kernel.name)) return;
    const types = resources.map((it) => "view" in it ? null : typeOf(it));
    this.#dispatches.set(kernel.name, { kernel, types, uniforms: uniforms.slice() });
  }
}

/** A kernel that comes from the cache takes less. */
const MILLISECONDS_OF_A_CACHED_KERNEL = 100;

/**
 * Has kernels compiled by running a workgroup of each on memory that nobody reads. Ends early where the first
 * of them comes from the cache: then so will the others.
 *
 * @param gpu A device of its own, which does nothing else.
 * @param dispatches Kernels, one that takes long to compile first.
 * @param cached Milliseconds below which the first kernel must have come from the cache.
 * @returns How many kernels were run.
 */
export async function compileAhead(
  gpu: Gpu,
  dispatches: readonly RehearsedDispatch[],
  cached: number = MILLISECONDS_OF_A_CACHED_KERNEL,
): Promise<number> {
  // Of its own for each binding: what is read must not be written.
  const buffers: Slice[] = [];
  const texels: Texels[] = [];
  const resource = (type: ElementType | null, binding: number): Resource =>
    type === null
      ? texels[binding] ??= gpu.acquireTexels(1)
      : { ...(buffers[binding] ??= gpu.acquire(4096)), type };
  for (const [index, { kernel, types, uniforms }] of dispatches.entries()) {
    const start = performance.now();
    gpu.dispatch(kernel, types.map(resource), [1], uniforms);
    await gpu.finish();
    if (index === 0 && performance.now() - start < cached) return 1;
  }
  buffers.forEach((slice) => gpu.release(slice));
  texels.forEach((texture) => gpu.releaseTexels(texture));
  return dispatches.length;
}
