/** Takes commands down instead of giving them to the GPU. */

import type { Resource, Slice } from "./buffers.ts";
import type { Kernel } from "./kernel.ts";
import { PlannedBuffer, PlannedTexels } from "./planned.ts";
import type { StepWords } from "./step_number.ts";
import type { CommandSink } from "./stream.ts";

/** A dispatch as it was given. */
export interface DispatchCommand {
  /** Which command. */
  readonly kind: "dispatch";
  /** The kernel. */
  readonly kernel: Kernel;
  /** What it binds. */
  readonly resources: readonly Resource[];
  /** Workgroups along x, y and z. */
  readonly workgroups: readonly [number, number, number];
  /** Words of its uniform block. */
  readonly uniforms: Uint32Array;
  /** The words among them that change. */
  readonly stepWords: StepWords;
}

/** A copy. */
export interface CopyCommand {
  /** Which command. */
  readonly kind: "copy";
  /** Source. */
  readonly from: Slice;
  /** Destination, of the same size. */
  readonly to: Slice;
}

/** A zeroing. */
export interface ClearCommand {
  /** Which command. */
  readonly kind: "clear";
  /** The range. */
  readonly slice: Slice;
}

/** Host bytes for a range; every replay writes the same. */
export interface UploadCommand {
  /** Which command. */
  readonly kind: "upload";
  /** The range. */
  readonly to: Slice;
  /** The bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A command as it was given. */
export type Command = DispatchCommand | CopyCommand | ClearCommand | UploadCommand;

/** What was taken down. */
export class Recorder implements CommandSink {
  /** Commands in the order given. */
  readonly commands: Command[] = [];
  /** Buffers that the work asked for. */
  readonly buffers: PlannedBuffer[] = [];
  /** Textures that the work asked for. */
  readonly texels: PlannedTexels[] = [];
  /** Gives back, when the recording ends, memory from before it that the work let go of. */
  readonly releases: (() => void)[] = [];

  /** A buffer of `size` bytes, which gets its place later. */
  acquire(size: number): PlannedBuffer {
    const buffer = new PlannedBuffer(size);
    this.buffers.push(buffer);
    return buffer;
  }

  /** A texture of `size` bytes, which gets its place later. */
  acquireTexels(size: number): PlannedTexels {
    const texels = new PlannedTexels(size);
    this.texels.push(texels);
    return texels;
  }

  /** Takes a dispatch down. */
  dispatch(
    kernel: Kernel,
    resources: readonly Resource[],
    workgroups: readonly [number, number, number],
    uniforms: Uint32Array,
    stepWords: StepWords,
  ): void {
    this.#touch(...resources);
    const words = uniforms.slice();
    this.commands.push({
      kind: "dispatch",
      kernel,
      resources: [...resources],
      workgroups,
      uniforms: words,
      stepWords,
    });
  }

  /** Takes a copy down. */
  copy(from: Slice, to: Slice): void {
    this.#touch(from, to);
    this.commands.push({ kind: "copy", from, to });
  }

  /** Takes a zeroing down. */
  clear(slice: Slice): void {
    this.#touch(slice);
    this.commands.push({ kind: "clear", slice });
  }

  /** Takes host bytes down. */
  upload(to: Slice, bytes: ArrayBufferView<ArrayBuffer>): void {
    this.#touch(to);
    const copy = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength).slice();
    this.commands.push({ kind: "upload", to, bytes: copy });
  }

  #touch(...resources: readonly Resource[]): void {
    for (const it of resources) {
      if (it instanceof PlannedTexels) it.touch(this.commands.length);
      else if ("buffer" in it && it.buffer instanceof PlannedBuffer) {
        it.buffer.touch(this.commands.length);
      }
    }
  }
}
