/** Bringing GPU memory to the host. Staging buffers are kept by size and used again. */

import type { Slice } from "./buffers.ts";
import type { CommandStream } from "./stream.ts";

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
   * The bytes of a range. The copy takes its place in the stream now, and the stream is submitted; the
   * promise may be awaited later, after more work has been given.
   */
  async read(slice: Slice): Promise<ArrayBuffer> {
    this.reads++;
    const size = Math.ceil(slice.size / 4) * 4;
    const staging = this.#idle.get(size)?.pop() ?? this.#device.createBuffer({
      label: "staging",
      size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    this.#stream.copyOut({ ...slice, size }, staging);
    this.#stream.flush();
    await staging.mapAsync(GPUMapMode.READ);
    const bytes = staging.getMappedRange().slice(0, slice.size);
    staging.unmap();
    const list = this.#idle.get(size);
    if (list === undefined) this.#idle.set(size, [staging]);
    else list.push(staging);
    return bytes;
  }

  /** Destroys the idle staging buffers. */
  trim(): void {
    for (const list of this.#idle.values()) for (const buffer of list) buffer.destroy();
    this.#idle.clear();
  }
}
