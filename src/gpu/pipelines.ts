/** Compute pipelines, bind-group layouts and bind groups, each made once and kept. */

import type { Resource } from "./buffers.ts";
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

  /** The bind group that binds these resources under a pipeline's layout. */
  group(pipeline: Pipeline, resources: readonly Resource[]): GPUBindGroup {
    let key = pipeline.layout.id;
    for (const it of resources) {
      key += "view" in it ? `|${it.id}` : `|${it.buffer.id},${it.offset},${it.size}`;
    }
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = this.#device.createBindGroup({
        layout: pipeline.layout.handle,
        entries: resources.map((it, binding) => ({
          binding,
          resource: "view" in it
            ? it.view
            : { buffer: it.buffer.handle, offset: it.offset, size: it.size },
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
          ...bindingLayout(access),
        })),
      });
      layout = { id: bindings, handle };
      this.#layouts.set(bindings, layout);
    }
    return layout;
  }
}

function bindingLayout(access: string): Omit<GPUBindGroupLayoutEntry, "binding" | "visibility"> {
  switch (access) {
    case "r":
      return { buffer: { type: "read-only-storage" } };
    case "w":
      return { buffer: { type: "storage" } };
    case "t":
      return { texture: { sampleType: "unfilterable-float" } };
    case "s":
      return { storageTexture: { access: "write-only", format: "rgba32float" } };
    default:
      throw new RangeError(`There is no binding of the kind "${access}".`);
  }
}
