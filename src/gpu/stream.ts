/**
 * The command stream: dispatches, copies and clears in the order given, recorded into one open compute
 * pass and submitted in batches. Uniform blocks travel through a ring that is written once a submission.
 */

import type { Resource, Slice, StorageBuffer } from "./buffers.ts";
import type { Kernel } from "./kernel.ts";
import { type PipelineCache, UNIFORM_BYTES } from "./pipelines.ts";

/** Workgroups along x, y and z. */
export type Workgroups = readonly [number, number?, number?];

/** A dispatch is submitted at the latest after so many others, so that the GPU starts early. */
const DISPATCHES_A_SUBMISSION = 48;

const NO_UNIFORMS = new Uint32Array(0);

/** Records GPU work in order. */
export class CommandStream {
  readonly #device: GPUDevice;
  readonly #pipelines: PipelineCache;
  readonly #uniforms = new ArrayBuffer(DISPATCHES_A_SUBMISSION * UNIFORM_BYTES);
  readonly #uniformWords = new Uint32Array(this.#uniforms);
  readonly #uniformBuffer: GPUBuffer;
  readonly #uniformGroup: GPUBindGroup;
  readonly #named = new Set<number>();
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
    this.#uniformGroup = device.createBindGroup({
      layout: pipelines.uniformLayout,
      entries: [{ binding: 0, resource: { buffer: this.#uniformBuffer, size: UNIFORM_BYTES } }],
    });
  }

  /** Appends a dispatch of `kernel` over `workgroups`; `uniforms` are the words of its uniform block. */
  dispatch(
    kernel: Kernel,
    resources: readonly Resource[],
    workgroups: Workgroups,
    uniforms: Uint32Array = NO_UNIFORMS,
  ): void {
    if (resources.length !== kernel.bindings.length) {
      throw new RangeError(
        `The kernel ${kernel.name} has ${kernel.bindings.length} bindings, not ${resources.length}.`,
      );
    }
    const [x, y = 1, z = 1] = workgroups;
    const most = this.#device.limits.maxComputeWorkgroupsPerDimension;
    if (x > most || y > most || z > most) {
      throw new RangeError(
        `The kernel ${kernel.name} would need ${x}×${y}×${z} workgroups; this adapter allows ${most} in each dimension. Use a smaller batch.`,
      );
    }
    if (x === 0 || y === 0 || z === 0) return;
    const pipeline = this.#pipelines.pipeline(kernel);
    const group = this.#pipelines.group(pipeline, resources);
    const offset = this.#recorded * UNIFORM_BYTES;
    this.#uniformWords.set(uniforms, offset / 4);
    const pass = this.#pass ??= this.#open().beginComputePass();
    pass.setPipeline(pipeline.handle);
    pass.setBindGroup(0, group);
    pass.setBindGroup(1, this.#uniformGroup, [offset]);
    pass.dispatchWorkgroups(x, y, z);
    for (const it of resources) if ("buffer" in it) this.#named.add(it.buffer.id);
    this.dispatches++;
    if (++this.#recorded === DISPATCHES_A_SUBMISSION) this.flush();
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
    if (this.#named.has(to.buffer.id)) this.flush();
    this.#device.queue.writeBuffer(
      to.buffer.handle,
      to.offset,
      bytes.buffer,
      bytes.byteOffset,
      bytes.byteLength,
    );
  }

  /** True if a command that is recorded but not submitted names the buffer. */
  names(buffer: StorageBuffer): boolean {
    return this.#named.has(buffer.id);
  }

  /** Submits what is recorded. */
  flush(): void {
    if (this.#encoder === null) return;
    this.#closePass();
    if (this.#recorded > 0) {
      const bytes = this.#recorded * UNIFORM_BYTES;
      this.#device.queue.writeBuffer(this.#uniformBuffer, 0, this.#uniforms, 0, bytes);
    }
    this.#device.queue.submit([this.#encoder.finish()]);
    this.#encoder = null;
    this.#recorded = 0;
    this.#named.clear();
    this.submissions++;
  }

  #open(): GPUCommandEncoder {
    return this.#encoder ??= this.#device.createCommandEncoder();
  }

  #closePass(): void {
    this.#pass?.end();
    this.#pass = null;
  }
}
