/** A GPU that does nothing: for finding out what work would be asked of the real one. */

import type { PoolStatistics, Slice } from "./buffers.ts";
import { newId } from "./buffers.ts";
import { Gpu } from "./gpu.ts";
import type { Texels } from "./texels.ts";

/**
 * Takes commands as the GPU that it stands for does, with its limits and its class, and drops them; what it
 * hands out is no memory. Nothing is compiled. What is read from it is zero.
 */
export class DryGpu extends Gpu {
  /** Stands for a GPU. */
  constructor({ device, adapter }: Gpu) {
    super(device, adapter);
  }

  /** A range that is backed by nothing. */
  override acquire(bytes: number): Slice {
    const size = Math.max(1, Math.ceil(bytes / 16)) * 16;
    const handle = null as unknown as GPUBuffer; // no command ever reaches the device
    return { buffer: { id: newId(), handle, size }, offset: 0, size };
  }

  /** Does nothing. */
  override release(_slice: Slice): void {}

  /** A texture that is backed by nothing. */
  override acquireTexels(bytes: number): Texels {
    const nothing = null as unknown;
    return {
      id: newId(),
      texture: nothing as GPUTexture,
      view: nothing as GPUTextureView,
      size: bytes,
    };
  }

  /** Does nothing. */
  override releaseTexels(_texels: Texels): void {}

  /** Does nothing. */
  override dispatch(..._dispatch: Parameters<Gpu["dispatch"]>): void {}

  /** Does nothing. */
  override copy(_from: Slice, _to: Slice): void {}

  /** Does nothing. */
  override clear(_slice: Slice): void {}

  /** Does nothing. */
  override upload(_to: Slice, _bytes: ArrayBufferView<ArrayBuffer>): void {}

  /** Does nothing. */
  override flush(): void {}

  /** Zeros. */
  override read({ size }: Slice): Promise<ArrayBuffer> {
    return Promise.resolve(new ArrayBuffer(size));
  }

  /** Waits for nothing. */
  override finish(): Promise<void> {
    return Promise.resolve();
  }

  /** None. */
  override get memory(): PoolStatistics {
    return { allocatedBytes: 0, usedBytes: 0, peakBytes: 0, buffers: 0 };
  }

  /** Does nothing. */
  override trim(): void {}

  /** Leaves the device to the GPU that it stands for. */
  override [Symbol.dispose](): void {}
}
