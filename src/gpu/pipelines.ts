/**
 * Compute pipelines, bind-group layouts and bind groups, each made once and kept. Storage and uniforms of a
 * dispatch are one bind group: setting a second one costs as much as the rest of the dispatch.
 */

import type { Resource } from "./buffers.ts";
import type { Kernel } from "./kernel.ts";

/** Bytes of the uniform block that a dispatch may fill. */
export const UNIFORM_BYTES = 256;

/** A compiled kernel. */
export interface Pipeline {
  /** The WebGPU pipeline. */
  readonly handle: GPUComputePipeline;
  /** The layout of its bindings. */
  readonly layout: GroupLayout;
}

interface GroupLayout {
  readonly id: string;
  readonly handle: GPUBindGroupLayout;
}

/** Makes pipelines from kernels, and bind groups from ranges. */
export class PipelineCache {
  readonly #device: GPUDevice;
  readonly #fail: (message: string) => void;
  readonly #pipelines = new Map<Kernel, Pipeline>();
  readonly #layouts = new Map<string, GroupLayout>();
  readonly #groups = new Map<string, GPUBindGroup>();

  /** `fail` hears of kernels that do not compile. */
  constructor(device: GPUDevice, fail: (message: string) => void) {
    this.#device = device;
    this.#fail = fail;
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

  /**
   * The bind group of these resources, and of uniform blocks in `uniforms` at a dynamic offset, under a
   * pipeline's layout. It is kept: the stream's own uniforms, always the same, are not part of its name.
   */
  group(pipeline: Pipeline, resources: readonly Resource[], uniforms: GPUBuffer): GPUBindGroup {
    let key = pipeline.layout.id;
    for (const it of resources) {
      key += "view" in it ? `|${it.id}` : `|${it.buffer.id},${it.offset},${it.size}`;
    }
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = this.newGroup(pipeline, resources, uniforms);
      this.#groups.set(key, group);
    }
    return group;
  }

  /** The same, made anew and not kept. */
  newGroup(pipeline: Pipeline, resources: readonly Resource[], uniforms: GPUBuffer): GPUBindGroup {
    const entries: GPUBindGroupEntry[] = resources.map((it, binding) => ({
      binding,
      resource: "view" in it
        ? it.view
        : { buffer: it.buffer.handle, offset: it.offset, size: it.size },
    }));
    entries.push({
      binding: resources.length,
      resource: { buffer: uniforms, size: UNIFORM_BYTES },
    });
    return this.#device.createBindGroup({ layout: pipeline.layout.handle, entries });
  }

  /** Forgets the bind groups, before buffers that they name are destroyed. */
  forgetGroups(): void {
    this.#groups.clear();
  }

  #compile(kernel: Kernel): Pipeline {
    const layout = this.#layout(kernel.bindings);
    this.#device.pushErrorScope("validation");
    const code = kernel.code.replaceAll(
      /@group\(1\)\s*@binding\(0\)/g,
      `@group(0) @binding(${kernel.bindings.length})`,
    );
    const module = this.#device.createShaderModule({ label: kernel.name, code });
    const handle = this.#device.createComputePipeline({
      label: kernel.name,
      layout: this.#device.createPipelineLayout({
        bindGroupLayouts: [layout.handle],
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

  #layout(bindings: string): GroupLayout {
    let layout = this.#layouts.get(bindings);
    if (layout === undefined) {
      const handle = this.#device.createBindGroupLayout({
        entries: [...bindings, "u"].map((access, binding) => ({
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
    case "u":
      return {
        buffer: { type: "uniform", hasDynamicOffset: true, minBindingSize: UNIFORM_BYTES },
      };
    default:
      throw new RangeError(`There is no binding of the kind "${access}".`);
  }
}
