/**
 * Textures used as plain memory: a range of vectors of four floats, read with `textureLoad`. A rasteriser
 * that emulates a GPU fetches a texel for all its lanes at once where it reads a storage buffer lane by
 * lane, so operands that are read many times are worth copying into texels there.
 *
 * Element `i` is the texel `(i % TEXELS_A_ROW, i / TEXELS_A_ROW)`.
 */

import { newId } from "./buffers.ts";
import type { MemoryCount } from "./memory.ts";

/** Texels in a row of the texture, a power of two. */
export const TEXELS_A_ROW = 2048;

const ROW_BYTES = TEXELS_A_ROW * 16;

/** A texture that serves as memory. */
export interface Texels {
  /** Unique among buffers and textures of the process. */
  readonly id: number;
  /** The texture. */
  readonly texture: GPUTexture;
  /** What kernels bind. */
  readonly view: GPUTextureView;
  /** Bytes. */
  readonly size: number;
}

/** Most bytes that {@linkcode TexelPool.acquire} can give on a device. */
export function mostTexelBytes(device: GPUDevice): number {
  return device.limits.maxTextureDimension2D * ROW_BYTES;
}

/**
 * Bytes of the texture for so many: one of few sizes, so that it is used again by work of other extents. Its rows
 * are a multiple of 3, hence never a power of two: Mesa's rasteriser compiles a kernel anew for every mixture of
 * textures whose extents are powers of two and others.
 */
export function sizeClass(bytes: number): number {
  let size = 3 * ROW_BYTES;
  while (size < bytes && size < 48 * ROW_BYTES) size *= 4;
  return size >= bytes ? size : Math.ceil(bytes / (3 * ROW_BYTES)) * 3 * ROW_BYTES;
}

/** Hands out textures and takes them back. */
export class TexelPool {
  readonly #device: GPUDevice;
  readonly #memory: MemoryCount;
  readonly #idle = new Map<number, Texels[]>();

  /** A pool on a device, whose bytes count in `memory`. */
  constructor(device: GPUDevice, memory: MemoryCount) {
    this.#device = device;
    this.#memory = memory;
  }

  /** At least `bytes`, contents unspecified. */
  acquire(bytes: number): Texels {
    const size = sizeClass(bytes);
    const texels = this.#idle.get(size)?.pop() ?? this.#allocate(size);
    this.#memory.use(size);
    return texels;
  }

  /** Takes texels back. */
  release(texels: Texels): void {
    this.#memory.use(-texels.size);
    const list = this.#idle.get(texels.size);
    if (list === undefined) this.#idle.set(texels.size, [texels]);
    else list.push(texels);
  }

  /** Destroys the idle textures; the caller has made sure that no unsubmitted command names them. */
  trim(): void {
    for (const list of this.#idle.values()) {
      for (const { texture, size } of list) {
        texture.destroy();
        this.#memory.allocate(-size);
      }
    }
    this.#idle.clear();
  }

  #allocate(size: number): Texels {
    if (size > mostTexelBytes(this.#device)) {
      throw new RangeError(
        `A texture of ${size} bytes exceeds this adapter's ${
          mostTexelBytes(this.#device)
        }; split the work.`,
      );
    }
    const texture = this.#device.createTexture({
      size: [TEXELS_A_ROW, size / ROW_BYTES],
      format: "rgba32float",
      usage: GPUTextureUsage.TEXTURE_BINDING | GPUTextureUsage.STORAGE_BINDING,
    });
    this.#memory.allocate(size);
    return { id: newId(), texture, view: texture.createView(), size };
  }
}
