/**
 * Recorded work, resolved as far as WebGPU allows: pipelines, bind groups and uniform blocks are made once,
 * and a replay encodes little more than the dispatches. (A command buffer can be submitted only once.)
 */

import { align, type BufferPool, type Slice, type StorageBuffer } from "./buffers.ts";
import { type Lifetime, planMemory } from "./memory_plan.ts";
import { type PipelineCache, UNIFORM_BYTES } from "./pipelines.ts";
import { PlannedBuffer, type PlannedTexels } from "./planned.ts";
import type {
  ClearCommand,
  Command,
  CopyCommand,
  DispatchCommand,
  Recorder,
  UploadCommand,
} from "./recorder.ts";
import { now, type StepNumber } from "./step_number.ts";
import type { CommandStream } from "./stream.ts";
import type { TexelPool } from "./texels.ts";

/** A dispatch whose parts are all at hand. */
export interface ResolvedDispatch {
  /** Its pipeline. */
  readonly pipeline: GPUComputePipeline;
  /** Everything that it binds. */
  readonly group: GPUBindGroup;
  /** Number of its uniform block. */
  readonly block: number;
  /** Workgroups along x. */
  readonly x: number;
  /** Workgroups along y. */
  readonly y: number;
  /** Workgroups along z. */
  readonly z: number;
}

/** Commands that share a compute pass, or one that stands outside of any. */
export type Piece =
  | { readonly kind: "dispatches"; readonly dispatches: ResolvedDispatch[] }
  | CopyCommand
  | ClearCommand;

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

/** A word that a replay writes. */
interface StepWord {
  readonly word: number;
  readonly number: StepNumber;
}

/**
 * Work that can be given to the GPU again and again. The memory that it acquired belongs to it, contents and
 * all, until it is disposed of; memory from outside has to stay where it is for as long.
 */
export class Recording implements Disposable {
  /** The work. */
  readonly pieces: readonly Piece[];
  /** Dispatches in the work. */
  readonly dispatches: number;
  /** Dynamic offset of each uniform block. */
  readonly offsets: Uint32Array;
  /** Bytes that it holds. */
  readonly bytes: number;
  readonly #host: RecordingHost;
  readonly #recorder: Recorder;
  readonly #names = new Set<number>();
  readonly #uniforms: GPUBuffer;
  /** The blocks that change, which stand first. */
  readonly #words: Float32Array<ArrayBuffer>;
  readonly #stepWords: readonly StepWord[];
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

    const dispatches = commands.rest.filter((command) => command.kind === "dispatch");
    const blocks = [...dispatches].sort((a, b) => Number(changes(b)) - Number(changes(a)));
    const blockOf = new Map(blocks.map((dispatch, block) => [dispatch, block]));
    this.dispatches = dispatches.length;
    this.offsets = Uint32Array.from(blocks, (_, block) => block * UNIFORM_BYTES);
    const stepWords = blocks.flatMap(({ stepWords }, block) =>
      stepWords.map(([word, number]) => ({ word: block * UNIFORM_BYTES / 4 + word, number }))
    );
    const words = uniformWords(blocks);
    for (const { word, number } of stepWords) words[word] = now(number);
    this.#stepWords = stepWords.filter(({ number }) => typeof number === "function");
    this.#words = words.subarray(0, blocks.filter(changes).length * UNIFORM_BYTES / 4);
    this.#uniforms = host.device.createBuffer({
      label: "uniforms of a recording",
      size: Math.max(words.byteLength, UNIFORM_BYTES),
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    host.device.queue.writeBuffer(this.#uniforms, 0, words);
    this.pieces = this.#resolve(commands.rest, blockOf);
  }

  /**
   * Appends the work to the stream.
   *
   * @throws {Error} after it was disposed of.
   */
  replay(): void {
    if (this.#disposed) throw new Error("A recording was replayed after it was disposed of.");
    this.#host.stream.replay(this);
  }

  /** Whether a command of it names the buffer. */
  names(buffer: StorageBuffer): boolean {
    return this.#names.has(buffer.id);
  }

  /** Writes the present values of the numbers that change, if any has; nothing of it may wait to be submitted. */
  writeStepWords(): void {
    let changed = false;
    for (const { word, number } of this.#stepWords) {
      const value = Math.fround(now(number));
      if (Object.is(this.#words[word], value)) continue;
      this.#words[word] = value;
      changed = true;
    }
    if (changed) this.#host.device.queue.writeBuffer(this.#uniforms, 0, this.#words);
  }

  /** Gives its memory back. */
  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#host.stream.flush();
    for (const release of [...this.#places, ...this.#recorder.releases]) release();
    for (const it of [...this.#recorder.buffers, ...this.#recorder.texels]) it.put(null);
    this.#uniforms.destroy();
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

  #resolve(
    commands: readonly Exclude<Command, UploadCommand>[],
    blockOf: ReadonlyMap<DispatchCommand, number>,
  ): Piece[] {
    const { pipelines } = this.#host;
    const pieces: Piece[] = [];
    for (const command of commands) {
      if (command.kind !== "dispatch") {
        for (const { buffer } of rangesOf(command)) this.#names.add(buffer.id);
        pieces.push(command);
        continue;
      }
      const { kernel, resources, workgroups: [x, y, z] } = command;
      for (const it of resources) if ("buffer" in it) this.#names.add(it.buffer.id);
      const pipeline = pipelines.pipeline(kernel);
      const group = pipelines.newGroup(pipeline, resources, this.#uniforms);
      const block = blockOf.get(command)!;
      const dispatch = { pipeline: pipeline.handle, group, block, x, y, z };
      const last = pieces.at(-1);
      if (last?.kind === "dispatches") last.dispatches.push(dispatch);
      else pieces.push({ kind: "dispatches", dispatches: [dispatch] });
    }
    return pieces;
  }
}

function rangesOf(command: CopyCommand | ClearCommand): Slice[] {
  return command.kind === "copy" ? [command.from, command.to] : [command.slice];
}

/** Whether a word of its uniforms may be another at the next replay. */
function changes({ stepWords }: DispatchCommand): boolean {
  return stepWords.some(([, number]) => typeof number === "function");
}

/** All uniform blocks, one after the other. */
function uniformWords(blocks: readonly DispatchCommand[]): Float32Array<ArrayBuffer> {
  const words = new Uint32Array(blocks.length * UNIFORM_BYTES / 4);
  blocks.forEach(({ uniforms }, block) => words.set(uniforms, block * UNIFORM_BYTES / 4));
  return new Float32Array(words.buffer);
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
  readonly rest: readonly Exclude<Command, UploadCommand>[];
} {
  const writes = countWrites(commands);
  const uploads: UploadCommand[] = [];
  const rest: Exclude<Command, UploadCommand>[] = [];
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
