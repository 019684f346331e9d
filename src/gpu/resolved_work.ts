/**
 * Recorded commands, resolved as far as WebGPU allows: pipelines, bind groups and uniform blocks are made once,
 * and a replay encodes little more than the dispatches. (A command buffer can be submitted only once.)
 */

import type { Slice, StorageBuffer } from "./buffers.ts";
import { type PipelineCache, UNIFORM_BYTES } from "./pipelines.ts";
import type { ClearCommand, CopyCommand, DispatchCommand } from "./recorder.ts";
import { now, type StepNumber } from "./step_number.ts";

/** A command that a replay may encode. */
export type ReplayedCommand = DispatchCommand | CopyCommand | ClearCommand;

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

/** A word that a replay writes. */
interface StepWord {
  readonly word: number;
  readonly number: StepNumber;
}

/** Commands ready to be encoded again and again; their memory has its place. */
export class ResolvedWork implements Disposable {
  /** The commands. */
  readonly pieces: readonly Piece[];
  /** Dispatches among them. */
  readonly dispatches: number;
  /** Dynamic offset of each uniform block. */
  readonly offsets: Uint32Array;
  readonly #device: GPUDevice;
  readonly #pipelines: PipelineCache;
  readonly #names = new Set<number>();
  readonly #uniforms: GPUBuffer;
  /** The blocks that change, which stand first. */
  readonly #words: Float32Array<ArrayBuffer>;
  readonly #stepWords: readonly StepWord[];

  /** Makes what the commands need. */
  constructor(device: GPUDevice, pipelines: PipelineCache, commands: readonly ReplayedCommand[]) {
    this.#device = device;
    this.#pipelines = pipelines;
    const dispatches = commands.filter((command) => command.kind === "dispatch");
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
    this.#uniforms = device.createBuffer({
      label: "uniforms of a recording",
      size: Math.max(words.byteLength, UNIFORM_BYTES),
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    if (blocks.length > 0) device.queue.writeBuffer(this.#uniforms, 0, words);
    this.pieces = this.#resolve(commands, blockOf);
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
    if (changed) this.#device.queue.writeBuffer(this.#uniforms, 0, this.#words);
  }

  /** Frees the uniforms; no replay may wait to be submitted. */
  [Symbol.dispose](): void {
    this.#uniforms.destroy();
  }

  #resolve(
    commands: readonly ReplayedCommand[],
    blockOf: ReadonlyMap<DispatchCommand, number>,
  ): Piece[] {
    const pipelines = this.#pipelines;
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
