/** Bringing GPU memory to the host. Staging buffers are kept by size and used again. */

import type { Slice } from "./buffers.ts";
import type { CommandStream } from "./stream.ts";

/** A range that is on its way to the host. */
export interface PendingRead {
  /**
   * Waits for the bytes, as they were when the read was given; to be called once.
   */
  bytes(): Promise<ArrayBuffer>;
}

/** Reads ranges of GPU memory, each as it is at its place in the command stream. */
export class Readback {
  readonly #device: GPUDevice;
  readonly #stream: CommandStream;
  readonly #idle = new Map<number, GPUBuffer[]>();
  /** Reads so far: each is one wait on the GPU. */
  reads = 0;

  /** Reads through a stream. */
  constructor(device: GPUDevice, stream: CommandStream) {
    this.#device = device;
    this.#stream = stream;
  }

  /**
   * Gives a read its place in the stream, without submitting. Its bytes may be waited for later, after more
   * work has been given.
   *
   * In Deno the call that waits for bytes blocks until the GPU has finished everything that was submitted. So
   * the next work should be ready before it, and submitted right after it.
   */
  begin(slice: Slice): PendingRead {
    const size = Math.ceil(slice.size / 4) * 4;
    const staging = this.#idle.get(size)?.pop() ?? this.#device.createBuffer({
      label: "staging",
      size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    this.#stream.copyOut({ ...slice, size }, staging);
    this.#stream.seal();
    const submission = this.#stream.submissions;
    return {
      bytes: () => {
        if (this.#stream.submissions === submission) this.#stream.flush();
        return this.#map(staging, slice.size);
      },
    };
  }

  async #map(staging: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
    this.reads++;
    await staging.mapAsync(GPUMapMode.READ);
    const copy = staging.getMappedRange().slice(0, bytes);
    staging.unmap();
    const list = this.#idle.get(staging.size);
    if (list === undefined) this.#idle.set(staging.size, [staging]);
    else list.push(staging);
    return copy;
  }

  /** Destroys the idle staging buffers. */
  trim(): void {
    for (const list of this.#idle.values()) for (const buffer of list) buffer.destroy();
    this.#idle.clear();
  }
}
