/**
 * Names a WebGPU adapter and tells a GPU from a software rasteriser, in Deno and in browsers, which
 * fill `GPUAdapterInfo` in differently. It asks nothing of a device, so it works before one exists.
 */

/** What executes the shaders: a `"gpu"`, or `"software"` on the CPU. */
export type AdapterClass = "gpu" | "software";

/** An adapter in words that stay the same between runtimes. */
export interface AdapterDescription {
  /** The adapter's name as its driver gives it, or the best that can be made of vendor and architecture. */
  name: string;
  /** The vendor in lower case (`"nvidia"`, `"mesa"`), or the empty string where it is not told. */
  vendor: string;
  /** The architecture in lower case (`"ampere"`), or the empty string where it is not told. */
  architecture: string;
  /** Whether shaders run on a GPU or in software. */
  class: AdapterClass;
}

// Deno gives the vendor as a decimal PCI or Khronos number where browsers give a word.
const VENDOR_NAMES: Readonly<Record<string, string>> = {
  "4098": "amd",
  "4112": "imgtec",
  "4203": "apple",
  "4318": "nvidia",
  "5045": "arm",
  "5140": "microsoft",
  "6880": "google",
  "20803": "qualcomm",
  "32902": "intel",
  "65541": "mesa",
};

const SOFTWARE =
  /llvmpipe|lavapipe|softpipe|swrast|swiftshader|\bwarp\b|microsoft basic render|software (?:adapter|rasterizer|renderer)/i;

/**
 * Describes an adapter from what `GPUAdapter.info` says of it.
 *
 * An adapter is `"software"` where it calls itself a fallback adapter or bears the name of a known
 * rasteriser (llvmpipe or lavapipe, SwiftShader, WARP, Microsoft Basic Render Driver); else `"gpu"`.
 *
 * @param info The `info` of a `GPUAdapter` or the `adapterInfo` of a `GPUDevice`.
 * @returns Name, vendor, architecture and class.
 */
export function describeAdapter(info: GPUAdapterInfo): AdapterDescription {
  const vendor = VENDOR_NAMES[info.vendor] ?? (info.vendor ?? "").toLowerCase();
  const architecture = (info.architecture ?? "").toLowerCase();
  const name = info.description || [vendor, architecture].filter((word) => word !== "").join(" ") ||
    "unnamed adapter";
  const words = `${vendor} ${architecture} ${info.device ?? ""} ${info.description ?? ""}`;
  const software = info.isFallbackAdapter === true || SOFTWARE.test(words);
  return { name, vendor, architecture, class: software ? "software" : "gpu" };
}
