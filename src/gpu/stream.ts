/**
 * The command stream: dispatches, copies and clears in the order given, recorded into one open compute
 * pass and submitted in batches. Uniform blocks travel through a ring that is written once a submission.
 */

import type { Resource, Slice, StorageBuffer } from "./buffers.ts";
import type { Kernel } from "./kernel.ts";
import { type PipelineCache, UNIFORM_BYTES } from "./pipelines.ts";
import type { ResolvedWork } from "./resolved_work.ts";
import { now, type StepWords } from "./step_number.ts";

/** Workgroups along x, y and z. */
export type Workgroups = readonly [number, number?, number?];

/** What takes commands: the stream, or a recorder in its place. */
export interface CommandSink {
  /**
   * A dispatch of `kernel` over `workgroups`, none of which is 0; `uniforms` are the words of its uniform
   * block, and `stepWords` those that change from step to step.
   */
  dispatch(
    kernel: Kernel,
    resources: readonly Resource[],
    workgroups: readonly [number, number, number],
    uniforms: Uint32Array,
    stepWords: StepWords,
  ): void;
  /** A copy between ranges of equal size. */
  copy(from: Slice, to: Slice): void;
  /** Zeroing of a range. */
  clear(slice: Slice): void;
  /** Host bytes into a range, in order with the commands. */
  upload(to: Slice, bytes: ArrayBufferView<ArrayBuffer>): void;
}

/** A dispatch is submitted at the latest after so many others, so that the GPU starts early. */
const DISPATCHES_A_SUBMISSION = 48;

/**
 * The same for replayed dispatches, whose encoding costs little beside a submission. The GPU has the step
 * before to work on; but a whole large step in one piece could pass for a GPU that hangs.
 */
const REPLAYED_A_SUBMISSION = 128;

/** Offsets of the ring's uniform blocks. */
const OFFSETS = Uint32Array.from({ length: DISPATCHES_A_SUBMISSION }, (_, i) => i * UNIFORM_BYTES);

/** Records GPU work in order. */
export class CommandStream implements CommandSink {
  readonly #device: GPUDevice;
  readonly #pipelines: PipelineCache;
  readonly #uniforms = new ArrayBuffer(DISPATCHES_A_SUBMISSION * UNIFORM_BYTES);
  readonly #uniformWords = new Uint32Array(this.#uniforms);
  readonly #floatWords = new Float32Array(this.#uniforms);
  readonly #uniformBuffer: GPUBuffer;
  readonly #named = new Set<number>();
  /** Recorded work of which some is not yet submitted. */
  readonly #replayed = new Set<ResolvedWork>();
  #sealed: GPUCommandBuffer[] = [];
  #encoder: GPUCommandEncoder | null = null;
  #pass: GPUComputePassEncoder | null = null;
  #recorded = 0;
  /** Dispatches recorded since the stream was made. */
  dispatches = 0;
  /** Submissions since the stream was made. */
  submissions = 0;

  /** A stream on a device, with the cache that its kernels come from. */
  constructor(device: GPUDevice, pipelines: PipelineCache) {
    this.#device = device;
    this.#pipelines = pipelines;
    this.#uniformBuffer = device.createBuffer({
      label: "uniforms",
      size: this.#uniforms.byteLength,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
  }

  /** Appends a dispatch. */
  dispatch(
    kernel: Kernel,
    resources: readonly Resource[],
    [x, y, z]: readonly [number, number, number],
    uniforms: Uint32Array,
    stepWords: StepWords,
  ): void {
    const pipeline = this.#pipelines.pipeline(kernel);
    const group = this.#pipelines.group(pipeline, resources, this.#uniformBuffer);
    const first = this.#recorded * UNIFORM_BYTES / 4;
    this.#uniformWords.set(uniforms, first);
    for (const [word, number] of stepWords) this.#floatWords[first + word] = now(number);
    const pass = this.#pass ??= this.#open().beginComputePass();
    pass.setPipeline(pipeline.handle);
    pass.setBindGroup(0, group, OFFSETS, this.#recorded, 1);
    pass.dispatchWorkgroups(x, y, z);
    for (const it of resources) if ("buffer" in it) this.#named.add(it.buffer.id);
    this.dispatches++;
    if (++this.#recorded === DISPATCHES_A_SUBMISSION) this.flush();
  }

  /** Appends recorded work, with the present values of the numbers that change. */
  replay(work: ResolvedWork): void {
    // Its uniform blocks are about to be written, which would overtake a replay that waits.
    if (this.#replayed.has(work)) this.flush();
    work.writeStepWords();
    this.#replayed.add(work);
    let inBatch = 0;
    for (const piece of work.pieces) {
      if (piece.kind === "copy") {
        this.copy(piece.from, piece.to);
        continue;
      }
      if (piece.kind === "clear") {
        this.clear(piece.slice);
        continue;
      }
      let pass = this.#pass ??= this.#open().beginComputePass();
      let pipeline: GPUComputePipeline | null = null;
      for (const dispatch of piece.dispatches) {
        if (inBatch++ === REPLAYED_A_SUBMISSION) {
          this.flush();
          this.#replayed.add(work);
          pass = this.#pass = this.#open().beginComputePass();
          pipeline = null;
          inBatch = 1;
        }
        if (dispatch.pipeline !== pipeline) {
          pass.setPipeline(dispatch.pipeline);
          pipeline = dispatch.pipeline;
        }
        pass.setBindGroup(0, dispatch.group, work.offsets, dispatch.block, 1);
        pass.dispatchWorkgroups(dispatch.x, dispatch.y, dispatch.z);
      }
    }
    this.dispatches += work.dispatches;
  }

  /** Appends a copy between ranges of equal size. */
  copy(from: Slice, to: Slice): void {
    this.#closePass();
    this.#open().copyBufferToBuffer(
      from.buffer.handle,
      from.offset,
      to.buffer.handle,
      to.offset,
      from.size,
    );
    this.#named.add(from.buffer.id).add(to.buffer.id);
  }

  /** Appends a copy into a buffer that the host will map. */
  copyOut(from: Slice, staging: GPUBuffer): void {
    this.#closePass();
    this.#open().copyBufferToBuffer(from.buffer.handle, from.offset, staging, 0, from.size);
    this.#named.add(from.buffer.id);
  }

  /** Appends zeroing of a range. */
  clear(slice: Slice): void {
    this.#closePass();
    this.#open().clearBuffer(slice.buffer.handle, slice.offset, slice.size);
    this.#named.add(slice.buffer.id);
  }

  /**
   * Writes host bytes into a range, after all commands given so far. The queue's own write would
   * overtake commands that are recorded but not submitted, so those that name the buffer go first.
   */
  upload(to: Slice, bytes: ArrayBufferView<ArrayBuffer>): void {
    if (this.#names(to.buffer)) this.flush();
    this.#device.queue.writeBuffer(
      to.buffer.handle,
      to.offset,
      bytes.buffer,
      bytes.byteOffset,
      bytes.byteLength,
    );
  }

  /** Makes what is recorded ready, so that submitting it will take no time. */
  seal(): void {
    if (this.#encoder === null) return;
    this.#closePass();
    this.#sealed.push(this.#encoder.finish());
    this.#encoder = null;
  }

  /** Submits what is recorded. */
  flush(): void {
    this.seal();
    if (this.#sealed.length === 0) return;
    if (this.#recorded > 0) {
      const bytes = this.#recorded * UNIFORM_BYTES;
      this.#device.queue.writeBuffer(this.#uniformBuffer, 0, this.#uniforms, 0, bytes);
    }
    this.#device.queue.submit(this.#sealed);
    this.#sealed = [];
    this.#recorded = 0;
    this.#named.clear();
    this.#replayed.clear();
    this.submissions++;
  }

  /** Whether a command that is recorded but not submitted names the buffer. */
  #names(buffer: StorageBuffer): boolean {
    if (this.#named.has(buffer.id)) return true;
    for (const work of this.#replayed) if (work.names(buffer)) return true;
    return false;
  }

  #open(): GPUCommandEncoder {
    return this.#encoder ??= this.#device.createCommandEncoder();
  }

  #closePass(): void {
    this.#pass?.end();
    this.#pass = null;
  }
}
