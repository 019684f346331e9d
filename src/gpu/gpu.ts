/** The GPU as the rest of the house knows it: memory, a command stream, and reads. */

import type { AdapterDescription } from "./adapter.ts";
import { describeAdapter } from "./adapter.ts";
import {
  BufferPool,
  bufferSize,
  type PoolStatistics,
  type Resource,
  type Slice,
} from "./buffers.ts";
import { typeOf } from "./element_type.ts";
import type { Kernel } from "./kernel.ts";
import { MemoryCount } from "./memory.ts";
import { PipelineCache } from "./pipelines.ts";
import { PlannedBuffer, PlannedTexels } from "./planned.ts";
import { type PendingRead, Readback } from "./readback.ts";
import { Recorder } from "./recorder.ts";
import { Recording } from "./recording.ts";
import type { StepWords } from "./step_number.ts";
import { type CommandSink, CommandStream, type Workgroups } from "./stream.ts";
import { mostTexelBytes, sizeClass, TexelPool, type Texels } from "./texels.ts";

/** There is no WebGPU adapter, or it gave no device. */
export class AdapterError extends Error {
  /** The class's name. */
  override readonly name = "AdapterError";
}

/** The device failed: a kernel did not compile, a command was invalid, memory ran out, or it was lost. */
export class GpuError extends Error {
  /** The class's name. */
  override readonly name = "GpuError";
}

/** How much work a device was given. */
export interface GpuCounts {
  /** Dispatches of kernels. */
  readonly dispatches: number;
  /** Submissions to the queue. */
  readonly submissions: number;
  /** Reads, each one a wait. */
  readonly reads: number;
}

/** Limits worth raising from their portable minimum to what the adapter offers. */
const RAISED_LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxTextureDimension2D",
] as const;

const NO_UNIFORMS = new Uint32Array(0);

const USED_FEATURES: readonly GPUFeatureName[] = ["timestamp-query", "shader-f16"];

/**
 * A WebGPU device with its buffer pool and command stream. Everything that runs on a GPU is given one.
 *
 * @example
 * ```ts
 * import { Gpu } from "@spheregrad/spheregrad";
 *
 * using gpu = await Gpu.request();
 * console.log(gpu.adapter.name, gpu.adapter.class);
 * ```
 */
export class Gpu implements Disposable {
  /** The WebGPU device. */
  readonly device: GPUDevice;
  /** The adapter's name and class. */
  readonly adapter: AdapterDescription;
  /** Whether the device offers f16, as storage. */
  readonly offersHalf: boolean;
  readonly #memory = new MemoryCount();
  readonly #pool: BufferPool;
  readonly #texels: TexelPool;
  readonly #pipelines: PipelineCache;
  readonly #stream: CommandStream;
  readonly #readback: Readback;
  #recorder: Recorder | null = null;
  #failure: Error | null = null;
  #disposed = false;

  /** Wraps a device; most callers want {@linkcode Gpu.request}. */
  constructor(device: GPUDevice, adapter: AdapterDescription) {
    this.device = device;
    this.adapter = adapter;
    this.offersHalf = device.features.has("shader-f16");
    this.#pool = new BufferPool(device, this.#memory);
    this.#texels = new TexelPool(device, this.#memory);
    this.#pipelines = new PipelineCache(device, (message) => this.#fail(new GpuError(message)));
    this.#stream = new CommandStream(device, this.#pipelines);
    this.#readback = new Readback(device, this.#stream);
    device.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      this.#fail(
        new GpuError(
          `The GPU refused a command: ${(event as GPUUncapturedErrorEvent).error.message}`,
        ),
      );
    });
    device.lost.then((info) => {
      if (!this.#disposed) {
        this.#fail(new GpuError(`The GPU device was lost (${info.reason}): ${info.message}`));
      }
    });
  }

  /**
   * The device of the system's adapter.
   *
   * @throws {AdapterError} where there is no adapter; the message says what to do.
   */
  static async request(): Promise<Gpu> {
    const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
    if (adapter === null || adapter === undefined) {
      throw new AdapterError(
        "No WebGPU adapter was found. In Deno run `deno task setup`, which installs a driver or says " +
          "which one is missing; in a browser turn WebGPU on.",
      );
    }
    const requiredLimits: Record<string, number> = {};
    for (const limit of RAISED_LIMITS) requiredLimits[limit] = adapter.limits[limit];
    const requiredFeatures = USED_FEATURES.filter((feature) => adapter.features.has(feature));
    const device = await adapter.requestDevice({ requiredLimits, requiredFeatures });
    return new Gpu(device, describeAdapter(adapter.info));
  }

  /** The largest range that a kernel can bind, in bytes. */
  get bindingLimit(): number {
    return this.device.limits.maxStorageBufferBindingSize;
  }

  /** Memory for `bytes`, as whole vectors of four floats; contents unspecified. */
  acquire(bytes: number): Slice {
    const buffer = this.#recorder?.acquire(bufferSize(this.device, bytes)) ??
      this.#pool.acquire(bytes);
    return { buffer, offset: 0, size: Math.max(1, Math.ceil(bytes / 16)) * 16 };
  }

  /** Gives a whole acquired range back. */
  release({ buffer }: Slice): void {
    if (buffer instanceof PlannedBuffer) buffer.released = true;
    else if (this.#recorder === null) this.#pool.release(buffer);
    else this.#recorder.releases.push(() => this.#pool.release(buffer));
  }

  /** The largest texture that serves as memory, in bytes. */
  get texelLimit(): number {
    return mostTexelBytes(this.device);
  }

  /** At least `bytes` of a texture used as memory; contents unspecified. */
  acquireTexels(bytes: number): Texels {
    return this.#recorder?.acquireTexels(sizeClass(bytes)) ?? this.#texels.acquire(bytes);
  }

  /** Gives an acquired texture back. */
  releaseTexels(texels: Texels): void {
    if (texels instanceof PlannedTexels) texels.released = true;
    else if (this.#recorder === null) this.#texels.release(texels);
    else this.#recorder.releases.push(() => this.#texels.release(texels));
  }

  /**
   * Appends a dispatch to the stream.
   *
   * @param uniforms The words of the kernel's uniform block, at most 64.
   * @param stepWords The words among them that change from step to step, as f32; a recording keeps track.
   * @throws {RangeError} if the resources do not fit the kernel, or there are too many workgroups.
   * @throws {TypeError} for f16 where the kernel takes f32.
   */
  dispatch(
    kernel: Kernel,
    resources: readonly Resource[],
    workgroups: Workgroups,
    uniforms: Uint32Array = NO_UNIFORMS,
    stepWords: StepWords = [],
  ): void {
    if (resources.length !== kernel.bindings.length) {
      throw new RangeError(
        `The kernel ${kernel.name} has ${kernel.bindings.length} bindings, not ${resources.length}.`,
      );
    }
    if (kernel.half !== true && resources.some(isHalf)) {
      throw new TypeError(
        `The kernel ${kernel.name} takes f32 alone, not f16; cast() the tensor to f32 before.`,
      );
    }
    const [x, y = 1, z = 1] = workgroups;
    const most = this.device.limits.maxComputeWorkgroupsPerDimension;
    if (x > most || y > most || z > most) {
      throw new RangeError(
        `The kernel ${kernel.name} would need ${x}×${y}×${z} workgroups; this adapter allows ${most} in each dimension. Use a smaller batch.`,
      );
    }
    if (x === 0 || y === 0 || z === 0) return;
    this.#sink.dispatch(kernel, resources, [x, y, z], uniforms, stepWords);
  }

  /** Appends a copy of a range into another of the same size. */
  copy(from: Slice, to: Slice): void {
    this.#sink.copy(from, to);
  }

  /** Appends zeroing of a range. */
  clear(slice: Slice): void {
    this.#sink.clear(slice);
  }

  /** Writes host bytes into a range, in order with the commands given so far. */
  upload(to: Slice, bytes: ArrayBufferView<ArrayBuffer>): void {
    this.#sink.upload(to, bytes);
  }

  /** Submits the commands given so far; nothing while they are recorded. */
  flush(): void {
    if (this.#recorder === null) this.#stream.flush();
  }

  /**
   * Takes the commands that a function gives down instead of running them. They can be replayed then, with
   * the same memory each time, and with the present values of the numbers that change (`StepNumber`).
   * Memory that the function acquires and does not release keeps its contents from one replay to the next.
   *
   * @throws {TypeError} if the function returns a promise: recorded work cannot wait.
   * @throws {Error} if the function records, reads or waits itself.
   */
  record(run: () => void): Recording {
    this.#refuseWhileRecording("record");
    const recorder = this.#recorder = new Recorder();
    try {
      if (run() as unknown instanceof Promise) {
        throw new TypeError("record() takes a synchronous function down; this one waits.");
      }
    } catch (error) {
      for (const release of recorder.releases) release();
      throw error;
    } finally {
      this.#recorder = null;
    }
    return new Recording({
      device: this.device,
      pipelines: this.#pipelines,
      stream: this.#stream,
      pool: this.#pool,
      texels: this.#texels,
    }, recorder);
  }

  get #sink(): CommandSink {
    return this.#recorder ?? this.#stream;
  }

  #refuseWhileRecording(what: string): void {
    if (this.#recorder !== null) {
      throw new Error(`Recorded work cannot ${what}; do it before or after.`);
    }
  }

  /**
   * The bytes of a range after all commands given so far.
   *
   * @throws {GpuError} if the device has failed, now or before.
   */
  read(slice: Slice): Promise<ArrayBuffer> {
    return this.beginRead(slice).bytes();
  }

  /**
   * Reads a range in two parts: the copy takes its place among the commands now, and the bytes are waited for
   * later. Nothing is submitted before.
   */
  beginRead(slice: Slice): PendingRead {
    this.#refuseWhileRecording("read");
    const pending = this.#readback.begin(slice);
    return {
      bytes: async () => {
        let bytes: ArrayBuffer;
        try {
          bytes = await pending.bytes();
        } catch (error) {
          this.check();
          throw error;
        }
        this.check();
        return bytes;
      },
    };
  }

  /** Waits until all commands given so far have run. */
  async finish(): Promise<void> {
    this.#refuseWhileRecording("wait");
    this.#stream.flush();
    await this.device.queue.onSubmittedWorkDone();
    this.check();
  }

  /** Throws the first failure of the device, if there was one. */
  check(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  /** Memory in use. */
  get memory(): PoolStatistics {
    const { allocatedBytes, usedBytes, peakBytes } = this.#memory;
    return { allocatedBytes, usedBytes, peakBytes, buffers: this.#pool.buffers };
  }

  /** Dispatches, submissions and reads so far. */
  get counts(): GpuCounts {
    return {
      dispatches: this.#stream.dispatches,
      submissions: this.#stream.submissions,
      reads: this.#readback.reads,
    };
  }

  /** Returns idle memory to the system. */
  trim(): void {
    this.#refuseWhileRecording("return memory");
    this.#stream.flush();
    this.#pipelines.forgetGroups();
    this.#pool.trim();
    this.#texels.trim();
    this.#readback.trim();
  }

  /** Destroys the device. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    this.device.destroy();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
  }
}

function isHalf(resource: Resource): boolean {
  return "buffer" in resource && typeOf(resource) === "f16";
}
