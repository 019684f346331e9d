/** Compute pipelines, bind-group layouts and bind groups, each made once and kept. */

import type { Slice } from "./buffers.ts";
import type { Kernel } from "./kernel.ts";

/** Bytes of the uniform block that a dispatch may fill. */
export const UNIFORM_BYTES = 256;

/** A compiled kernel. */
export interface Pipeline {
  /** The WebGPU pipeline. */
  readonly handle: GPUComputePipeline;
  /** The layout of its storage bindings. */
  readonly layout: StorageLayout;
}

interface StorageLayout {
  readonly id: string;
  readonly handle: GPUBindGroupLayout;
}

/** Makes pipelines from kernels, and bind groups from ranges. */
export class PipelineCache {
  readonly #device: GPUDevice;
  readonly #fail: (message: string) => void;
  readonly #pipelines = new Map<Kernel, Pipeline>();
  readonly #layouts = new Map<string, StorageLayout>();
  readonly #groups = new Map<string, GPUBindGroup>();
  /** Layout of group 1: one uniform block at a dynamic offset. */
  readonly uniformLayout: GPUBindGroupLayout;

  /** `fail` hears of kernels that do not compile. */
  constructor(device: GPUDevice, fail: (message: string) => void) {
    this.#device = device;
    this.#fail = fail;
    this.uniformLayout = device.createBindGroupLayout({
      entries: [{
        binding: 0,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: "uniform", hasDynamicOffset: true, minBindingSize: UNIFORM_BYTES },
      }],
    });
  }

  /** The pipeline of a kernel; a compile error reaches `fail`. */
  pipeline(kernel: Kernel): Pipeline {
    let pipeline = this.#pipelines.get(kernel);
    if (pipeline === undefined) {
      pipeline = this.#compile(kernel);
      this.#pipelines.set(kernel, pipeline);
    }
    return pipeline;
  }

  /** The bind group that binds these ranges under a pipeline's layout. */
  group(pipeline: Pipeline, slices: readonly Slice[]): GPUBindGroup {
    let key = pipeline.layout.id;
    for (const { buffer, offset, size } of slices) key += `|${buffer.id},${offset},${size}`;
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = this.#device.createBindGroup({
        layout: pipeline.layout.handle,
        entries: slices.map(({ buffer, offset, size }, binding) => ({
          binding,
          resource: { buffer: buffer.handle, offset, size },
        })),
      });
      this.#groups.set(key, group);
    }
    return group;
  }

  /** Forgets the bind groups, before buffers that they name are destroyed. */
  forgetGroups(): void {
    this.#groups.clear();
  }

  #compile(kernel: Kernel): Pipeline {
    const layout = this.#layout(kernel.bindings);
    this.#device.pushErrorScope("validation");
    const module = this.#device.createShaderModule({ label: kernel.name, code: kernel.code });
    const handle = this.#device.createComputePipeline({
      label: kernel.name,
      layout: this.#device.createPipelineLayout({
        bindGroupLayouts: [layout.handle, this.uniformLayout],
      }),
      compute: { module, entryPoint: "main" },
    });
    this.#device.popErrorScope().then((error) => {
      if (error !== null) {
        this.#fail(`The kernel ${kernel.name} does not compile: ${error.message}`);
      }
    }, () => {}); // a lost device is reported by the device itself
    return { handle, layout };
  }

  #layout(bindings: string): StorageLayout {
    let layout = this.#layouts.get(bindings);
    if (layout === undefined) {
      const handle = this.#device.createBindGroupLayout({
        entries: [...bindings].map((access, binding) => ({
          binding,
          visibility: GPUShaderStage.COMPUTE,
          buffer: { type: access === "r" ? "read-only-storage" : "storage" },
        })),
      });
      layout = { id: bindings, handle };
      this.#layouts.set(bindings, layout);
    }
    return layout;
  }
}
