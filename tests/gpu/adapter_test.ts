import { assertEquals } from "@std/assert";
import { describeAdapter } from "../../src/gpu/adapter.ts";

function info(fields: Partial<GPUAdapterInfo>): GPUAdapterInfo {
  return {
    vendor: "",
    architecture: "",
    device: "",
    description: "",
    subgroupMinSize: 4,
    subgroupMaxSize: 128,
    isFallbackAdapter: false,
    ...fields,
  } as GPUAdapterInfo;
}

Deno.test("describeAdapter() reads Deno's decimal vendor numbers", () => {
  assertEquals(
    describeAdapter(info({ vendor: "4318", device: "9009", description: "NVIDIA H100" })),
    { name: "NVIDIA H100", vendor: "nvidia", architecture: "", class: "gpu" },
  );
  assertEquals(describeAdapter(info({ vendor: "99999" })).vendor, "99999");
});

Deno.test("describeAdapter() makes a name of vendor and architecture where a browser hides it", () => {
  assertEquals(
    describeAdapter(info({ vendor: "NVIDIA", architecture: "Ampere" })),
    { name: "nvidia ampere", vendor: "nvidia", architecture: "ampere", class: "gpu" },
  );
  assertEquals(describeAdapter(info({})).name, "unnamed adapter");
});

Deno.test("describeAdapter() knows software rasterisers by name or by the fallback flag", () => {
  const software: Partial<GPUAdapterInfo>[] = [
    { vendor: "65541", description: "llvmpipe (LLVM 15.0.6, 256 bits)" },
    { description: "lavapipe" },
    { vendor: "google", architecture: "swiftshader" },
    { description: "SwiftShader Device (LLVM 10.0.0)" },
    { vendor: "5140", description: "Microsoft Basic Render Driver" },
    { vendor: "microsoft", architecture: "warp" },
    { description: "Some GPU", isFallbackAdapter: true },
  ];
  for (const fields of software) {
    assertEquals(describeAdapter(info(fields)).class, "software", JSON.stringify(fields));
  }
});

Deno.test("describeAdapter() takes no GPU for software", () => {
  const gpus: Partial<GPUAdapterInfo>[] = [
    { vendor: "4098", description: "AMD Radeon RX 6800 (RADV NAVI21)" },
    { vendor: "32902", description: "Intel(R) UHD Graphics 620 (KBL GT2)" },
    { vendor: "5140", architecture: "", description: "Microsoft Direct3D12 (NVIDIA GeForce RTX)" },
    { vendor: "apple", architecture: "common-3", description: "" },
    { description: "Warpath Graphics 9" },
  ];
  for (const fields of gpus) {
    assertEquals(describeAdapter(info(fields)).class, "gpu", JSON.stringify(fields));
  }
});

Deno.test("describeAdapter() bears an info object without the newer members", () => {
  const old = { vendor: "intel", architecture: "gen-9" } as GPUAdapterInfo;
  assertEquals(describeAdapter(old), {
    name: "intel gen-9",
    vendor: "intel",
    architecture: "gen-9",
    class: "gpu",
  });
});
