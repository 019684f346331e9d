import type { AdapterClass } from "../../src/gpu/adapter.ts";
import { Gpu } from "../../src/gpu/gpu.ts";

/** One device for all tests of a file; without an adapter the file fails. */
export const gpu: Gpu = await Gpu.request();

/** The same device taken for either class: tiles and splits are chosen by the class. */
export const gpuOfClass: Readonly<Record<AdapterClass, Gpu>> = {
  software: new Gpu(gpu.device, { ...gpu.adapter, class: "software" }),
  gpu: new Gpu(gpu.device, { ...gpu.adapter, class: "gpu" }),
};

addEventListener("unload", () => gpu[Symbol.dispose]());
