/**
 * Storage buffers and their pool. Memory that an operation gives back is handed to the next one of
 * (nearly) the same size; commands run in order, so the new owner never meets the old one's work.
 */

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
}

/** What a pool holds, in bytes and buffers. */
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

/** An idle buffer may serve a request that fills at least this share of it. */
const LEAST_FILL = 7 / 8;

let nextId = 0;

/** Hands out storage buffers and takes them back. */
export class BufferPool {
  readonly #device: GPUDevice;
  readonly #idle = new Map<number, StorageBuffer[]>();
  #sizes: number[] = [];
  #allocatedBytes = 0;
  #usedBytes = 0;
  #peakBytes = 0;
  #buffers = 0;

  /** A pool on a device. */
  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** A buffer of at least `bytes`; its contents are unspecified. */
  acquire(bytes: number): StorageBuffer {
    const size = align(Math.max(bytes, 1));
    if (size > this.#device.limits.maxBufferSize) {
      throw new RangeError(
        `A buffer of ${size} bytes exceeds this adapter's limit of ${this.#device.limits.maxBufferSize} bytes; ` +
          `use a smaller batch or image size.`,
      );
    }
    const buffer = this.#takeIdle(size) ?? this.#allocate(size);
    this.#usedBytes += buffer.size;
    return buffer;
  }

  /** Takes a buffer back. */
  release(buffer: StorageBuffer): void {
    this.#usedBytes -= buffer.size;
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
        this.#allocatedBytes -= buffer.size;
        this.#buffers--;
      }
    }
    this.#idle.clear();
    this.#sizes = [];
  }

  /** What the pool holds now. */
  get statistics(): PoolStatistics {
    return {
      allocatedBytes: this.#allocatedBytes,
      usedBytes: this.#usedBytes,
      peakBytes: this.#peakBytes,
      buffers: this.#buffers,
    };
  }

  #takeIdle(size: number): StorageBuffer | undefined {
    const exact = this.#idle.get(size)?.pop();
    if (exact !== undefined) return exact;
    for (const candidate of this.#sizes) {
      if (candidate < size) continue;
      if (candidate * LEAST_FILL > size) return undefined;
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
    this.#allocatedBytes += size;
    this.#peakBytes = Math.max(this.#peakBytes, this.#allocatedBytes);
    this.#buffers++;
    return { id: nextId++, handle, size };
  }
}
