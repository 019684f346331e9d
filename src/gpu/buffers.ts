/**
 * Storage buffers and their pool. Memory that an operation gives back is handed to the next one of the same
 * size, or of a smaller one; commands run in order, so the new owner never meets the old one's work.
 */

import type { ElementType } from "./element_type.ts";
import type { MemoryCount } from "./memory.ts";
import type { Texels } from "./texels.ts";

/** A storage buffer of the pool. */
export interface StorageBuffer {
  /** Unique in the process; cached bind groups are keyed by it. */
  readonly id: number;
  /** The WebGPU buffer. */
  readonly handle: GPUBuffer;
  /** Bytes, a multiple of 256. */
  readonly size: number;
}

/** A range of a storage buffer. */
export interface Slice {
  /** The buffer. */
  readonly buffer: StorageBuffer;
  /** First byte, a multiple of 256. */
  readonly offset: number;
  /** Bytes, a multiple of 16: kernels see whole vectors of four floats. */
  readonly size: number;
  /** How its numbers are stored; `f32` if left out. */
  readonly type?: ElementType;
}

/** What a kernel can bind: a range of a buffer, or a texture used as memory. */
export type Resource = Slice | Texels;

/** What a device's pools hold. */
export interface PoolStatistics {
  /** Bytes allocated on the device, idle ones included. */
  readonly allocatedBytes: number;
  /** Bytes handed out now. */
  readonly usedBytes: number;
  /** The largest `allocatedBytes` so far. */
  readonly peakBytes: number;
  /** Buffers allocated on the device. */
  readonly buffers: number;
}

/** Offsets of bound ranges are multiples of this on every adapter. */
export const ALIGNMENT = 256;

/** Rounds a byte count up to the alignment of bound ranges. */
export function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/**
 * The least share of an idle buffer that a request must fill to be served by it. That of large ones lets the
 * feature maps of a net's last stage use memory of the first one's, which are eight times as large: a
 * backward pass then needs no memory of its own for each stage.
 */
function leastFill(size: number): number {
  return size < 1 << 16 ? 7 / 8 : 1 / 16;
}

/**
 * Bytes of a buffer that holds so many.
 *
 * @throws {RangeError} if the device has no buffers of that size.
 */
export function bufferSize({ limits: { maxBufferSize } }: GPUDevice, bytes: number): number {
  const size = align(Math.max(bytes, 1));
  if (size > maxBufferSize) {
    throw new RangeError(
      `A buffer of ${size} bytes exceeds this adapter's limit of ${maxBufferSize} bytes; ` +
        `use a smaller batch or image size.`,
    );
  }
  return size;
}

let nextId = 0;

/** A number that no other buffer or texture of the process has. */
export function newId(): number {
  return nextId++;
}

/** Hands out storage buffers and takes them back. */
export class BufferPool {
  readonly #device: GPUDevice;
  readonly #idle = new Map<number, StorageBuffer[]>();
  readonly #memory: MemoryCount;
  #sizes: number[] = [];
  /** Buffers allocated on the device. */
  buffers = 0;

  /** A pool on a device, whose bytes count in `memory`. */
  constructor(device: GPUDevice, memory: MemoryCount) {
    this.#device = device;
    this.#memory = memory;
  }

  /** A buffer of at least `bytes`; its contents are unspecified. */
  acquire(bytes: number): StorageBuffer {
    const size = bufferSize(this.#device, bytes);
    const buffer = this.#takeIdle(size) ?? this.#allocate(size);
    this.#memory.use(buffer.size);
    return buffer;
  }

  /** An idle buffer of just this size, a multiple of 256, if there is one. */
  acquireIdle(size: number): StorageBuffer | undefined {
    const buffer = this.#idle.get(size)?.pop();
    if (buffer !== undefined) this.#memory.use(size);
    return buffer;
  }

  /** Takes a buffer back. */
  release(buffer: StorageBuffer): void {
    this.#memory.use(-buffer.size);
    const list = this.#idle.get(buffer.size);
    if (list === undefined) {
      this.#idle.set(buffer.size, [buffer]);
      this.#sizes = [...this.#idle.keys()].sort((a, b) => a - b);
    } else {
      list.push(buffer);
    }
  }

  /** Destroys the idle buffers; the caller has made sure that no unsubmitted command names them. */
  trim(): void {
    for (const list of this.#idle.values()) {
      for (const buffer of list) {
        buffer.handle.destroy();
        this.#memory.allocate(-buffer.size);
        this.buffers--;
      }
    }
    this.#idle.clear();
    this.#sizes = [];
  }

  #takeIdle(size: number): StorageBuffer | undefined {
    const exact = this.#idle.get(size)?.pop();
    if (exact !== undefined) return exact;
    const largest = size / leastFill(size);
    for (const candidate of this.#sizes) {
      if (candidate < size) continue;
      if (candidate > largest) return undefined;
      const buffer = this.#idle.get(candidate)?.pop();
      if (buffer !== undefined) return buffer;
    }
    return undefined;
  }

  #allocate(size: number): StorageBuffer {
    const handle = this.#device.createBuffer({
      size,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
    this.#memory.allocate(size);
    this.buffers++;
    return { id: newId(), handle, size };
  }
}
