/** Looks at the adapter that the runtime gives and finds out whether it computes. */
import { type AdapterClass, describeAdapter } from "../gpu/adapter.ts";
import { knownAnswer } from "./known_answer.ts";

/** What a look at the adapter found; plain data, as it travels between workers. */
export interface Probe {
  /** The adapter's name, or `null` where there is none. */
  readonly name: string | null;
  /** What runs the shaders. */
  readonly class: AdapterClass;
  /** Whether the adapter stands on OpenGL rather than on Vulkan, Metal or Direct3D. */
  readonly openGl: boolean;
  /** Why it cannot be used, or `null` where the known-answer kernel ran right. */
  readonly problem: string | null;
}

/**
 * Whether an adapter stands on OpenGL. The WebGPU of Deno does not say so, but its OpenGL backend
 * knows no subgroups, hence reports the widest span allowed, and never offers `bgra8unorm-storage`,
 * while Vulkan, Metal and Direct3D drivers do at least one of the two otherwise.
 */
export function isOpenGl(adapter: Pick<GPUAdapter, "info" | "features">): boolean {
  return adapter.info.subgroupMinSize === 4 && adapter.info.subgroupMaxSize === 128 &&
    !adapter.features.has("bgra8unorm-storage");
}

/** Asks for an adapter and runs the known-answer kernel on it. */
export async function probe(gpu: GPU | undefined = navigator.gpu): Promise<Probe> {
  const missing = { name: null, class: "software", openGl: false } as const;
  if (!gpu) return { ...missing, problem: "this runtime has no WebGPU" };
  const adapter = await gpu.requestAdapter();
  if (!adapter) return { ...missing, problem: "WebGPU finds no adapter" };
  const { name, class: adapterClass } = describeAdapter(adapter.info);
  const openGl = isOpenGl(adapter);
  let problem: string | null;
  try {
    const device = await adapter.requestDevice();
    problem = await knownAnswer(device, "f32");
    device.destroy();
  } catch (error) {
    problem = `it gives no device: ${error instanceof Error ? error.message : String(error)}`;
  }
  return { name, class: adapterClass, openGl, problem };
}
