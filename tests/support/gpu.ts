import type { AdapterClass } from "../../src/gpu/adapter.ts";
import { Gpu } from "../../src/gpu/gpu.ts";

/** One device for all tests of a file; without an adapter the file fails. */
export const gpu: Gpu = await Gpu.request();

/** The same device taken for either class: tiles and splits are chosen by the class. */
export const gpuOfClass: Readonly<Record<AdapterClass, Gpu>> = {
  software: new Gpu(gpu.device, { ...gpu.adapter, class: "software" }),
  gpu: new Gpu(gpu.device, { ...gpu.adapter, class: "gpu" }),
};

/** The same device, whose kernels are to bind `bytes` at a time at most. */
export function limited(bytes: number, adapterClass: AdapterClass = gpu.adapter.class): Gpu {
  return new LimitedGpu(bytes, adapterClass);
}

class LimitedGpu extends Gpu {
  readonly #bytes: number;

  constructor(bytes: number, adapterClass: AdapterClass) {
    super(gpu.device, { ...gpu.adapter, class: adapterClass });
    this.#bytes = bytes;
  }

  override get bindingLimit(): number {
    return this.#bytes;
  }

  override dispatch(...args: Parameters<Gpu["dispatch"]>): void {
    const [kernel, slices] = args;
    const over = slices.find(({ size }) => size > this.#bytes);
    if (over !== undefined) throw new Error(`${kernel.name} binds ${over.size} bytes.`);
    super.dispatch(...args);
  }
}

addEventListener("unload", () => gpu[Symbol.dispose]());
