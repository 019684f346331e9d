/** Memory that recorded work asks for: it gets its place once all of the work is known. */

import { newId, type StorageBuffer } from "./buffers.ts";
import type { Texels } from "./texels.ts";

/** What is known of a piece of memory while work is recorded. */
class Planned<Place> {
  /** Unique among buffers and textures of the process. */
  readonly id: number = newId();
  /** Bytes. */
  readonly size: number;
  /** Whether its owner has let go of it; later work may need its contents otherwise. */
  released = false;
  /** Number of the first command that touches it; none while it is above {@linkcode last}. */
  first = Infinity;
  /** Number of the last command that touches it. */
  last = -1;
  #place: Place | null = null;

  constructor(size: number) {
    this.size = size;
  }

  /** Notes that a command touches it. */
  touch(command: number): void {
    this.first = Math.min(this.first, command);
    this.last = command;
  }

  /** The memory behind it. */
  get place(): Place {
    if (this.#place === null) {
      throw new Error(
        "Memory of a recording was used before the recording was complete or after it was disposed of.",
      );
    }
    return this.#place;
  }

  /** Gives it a place, or with null takes it away. */
  put(place: Place | null): void {
    this.#place = place;
  }
}

/** A storage buffer of recorded work. */
export class PlannedBuffer extends Planned<StorageBuffer> implements StorageBuffer {
  /** The WebGPU buffer. */
  get handle(): GPUBuffer {
    return this.place.handle;
  }
}

/** A texture of recorded work. */
export class PlannedTexels extends Planned<Texels> implements Texels {
  /** The texture. */
  get texture(): GPUTexture {
    return this.place.texture;
  }

  /** What kernels bind. */
  get view(): GPUTextureView {
    return this.place.view;
  }
}
