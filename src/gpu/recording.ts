/** Recorded work with the memory that it needs. */

import { align, type BufferPool, type Slice } from "./buffers.ts";
import { type Lifetime, planMemory } from "./memory_plan.ts";
import type { PipelineCache } from "./pipelines.ts";
import { PlannedBuffer, type PlannedTexels } from "./planned.ts";
import type { Command, Recorder, UploadCommand } from "./recorder.ts";
import { type ReplayedCommand, ResolvedWork } from "./resolved_work.ts";
import type { CommandStream } from "./stream.ts";
import type { TexelPool } from "./texels.ts";

/** A device's parts that a recording is resolved with. */
export interface RecordingHost {
  /** The device. */
  readonly device: GPUDevice;
  /** Where its pipelines come from. */
  readonly pipelines: PipelineCache;
  /** Where it is replayed. */
  readonly stream: CommandStream;
  /** Where its buffers come from. */
  readonly pool: BufferPool;
  /** Where its textures come from. */
  readonly texels: TexelPool;
}

/**
 * Work that can be given to the GPU again and again. The memory that it acquired belongs to it, contents and
 * all, until it is disposed of; memory from outside has to stay where it is for as long.
 */
export class Recording implements Disposable {
  /** Bytes that it holds. */
  readonly bytes: number;
  readonly #host: RecordingHost;
  readonly #recorder: Recorder;
  readonly #work: ResolvedWork;
  #places: (() => void)[] = [];
  #disposed = false;

  /** Resolves what was recorded. */
  constructor(host: RecordingHost, recorder: Recorder) {
    this.#host = host;
    this.#recorder = recorder;
    const commands = withoutUploads(recorder);
    host.stream.flush(); // for idle memory that it names may be destroyed or written
    this.bytes = this.#place(recorder.buffers, recorder.texels);
    for (const { to, bytes } of commands.uploads) host.stream.upload(to, bytes);
    this.#work = new ResolvedWork(host.device, host.pipelines, commands.rest);
  }

  /**
   * Appends the work to the stream.
   *
   * @throws {Error} after it was disposed of.
   */
  replay(): void {
    if (this.#disposed) throw new Error("A recording was replayed after it was disposed of.");
    this.#host.stream.replay(this.#work);
  }

  /** Gives its memory back. */
  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#host.stream.flush();
    for (const release of [...this.#places, ...this.#recorder.releases]) release();
    for (const it of [...this.#recorder.buffers, ...this.#recorder.texels]) it.put(null);
    this.#work[Symbol.dispose]();
  }

  /** Finds memory for all; bytes that it takes. */
  #place(buffers: readonly PlannedBuffer[], texels: readonly PlannedTexels[]): number {
    const { pool, texels: texelPool, pipelines } = this.#host;
    const usedTexels = texels.filter(isNeeded);
    const texelPlan = planMemory(usedTexels.map(lifetime));
    const texelPlaces = texelPlan.sizes.map((size) => texelPool.acquire(size));
    usedTexels.forEach((it, index) => it.put(texelPlaces[texelPlan.places[index]!]!));

    const usedBuffers = buffers.filter(isNeeded);
    const plan = planMemory(usedBuffers.map(lifetime));
    const idle = plan.sizes.map((size) => pool.acquireIdle(size));
    if (idle.includes(undefined)) {
      // The memory of the eager steps before would lie idle beside the new one.
      pipelines.forgetGroups();
      pool.trim();
      texelPool.trim();
    }
    const places = idle.map((buffer, index) => buffer ?? pool.acquire(plan.sizes[index]!));
    usedBuffers.forEach((it, index) => it.put(places[plan.places[index]!]!));

    this.#places = [
      ...texelPlaces.map((place) => () => texelPool.release(place)),
      ...places.map((place) => () => pool.release(place)),
    ];
    return [...texelPlaces, ...places].reduce((total, { size }) => total + size, 0);
  }
}

/** Whether it needs a place: nothing else may ever look at what no command touches and nobody holds. */
function isNeeded({ last, released }: PlannedBuffer | PlannedTexels): boolean {
  return last >= 0 || !released;
}

/** From first to last use; what is still held may be looked at later. */
function lifetime({ size, first, last, released }: PlannedBuffer | PlannedTexels): Lifetime {
  return { size, first, last: released ? last : Infinity };
}

/**
 * Turns uploads into something that can be replayed: bytes that nothing else is written over are uploaded
 * once and keep their place; others are uploaded to a place of their own, and copied from there each time.
 */
function withoutUploads({ commands, buffers }: Recorder): {
  readonly uploads: readonly UploadCommand[];
  readonly rest: readonly ReplayedCommand[];
} {
  const writes = countWrites(commands);
  const uploads: UploadCommand[] = [];
  const rest: ReplayedCommand[] = [];
  for (const command of commands) {
    if (command.kind !== "upload") {
      rest.push(command);
      continue;
    }
    const { to, bytes } = command;
    const size = bytes.byteLength;
    if (to.buffer instanceof PlannedBuffer && writes.get(to.buffer.id) === 1) {
      keepForGood(to.buffer);
      uploads.push(command);
      continue;
    }
    const constant = new PlannedBuffer(align(size));
    keepForGood(constant);
    buffers.push(constant);
    const from = { buffer: constant, offset: 0, size };
    uploads.push({ ...command, to: from });
    rest.push({ kind: "copy", from, to: { ...to, size } });
  }
  return { uploads, rest };
}

/** Sees to it that its place is its own from the first command to the last replay. */
function keepForGood(buffer: PlannedBuffer): void {
  buffer.touch(-1);
  buffer.released = false;
}

function countWrites(commands: readonly Command[]): Map<number, number> {
  const writes = new Map<number, number>();
  const count = ({ buffer }: Slice) => writes.set(buffer.id, (writes.get(buffer.id) ?? 0) + 1);
  for (const command of commands) {
    if (command.kind === "clear") count(command.slice);
    else if (command.kind !== "dispatch") count(command.to);
    else {
      command.resources.forEach((it, index) => {
        if ("buffer" in it && command.kernel.bindings[index] === "w") count(it);
      });
    }
  }
  return writes;
}
