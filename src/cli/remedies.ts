/** What to install where WebGPU finds no adapter, system by system. */

/** A family of systems that share a remedy. */
export type Family =
  | "debian"
  | "fedora"
  | "arch"
  | "alpine"
  | "suse"
  | "linux"
  | "darwin"
  | "windows"
  | "other";

const FAMILIES: readonly (readonly [Family, RegExp])[] = [
  ["debian", /^(debian|ubuntu)$/],
  ["fedora", /^(fedora|rhel|centos)$/],
  ["arch", /^(arch|archlinux)$/],
  ["alpine", /^alpine$/],
  ["suse", /^(suse|opensuse|sles)$/],
];

/**
 * The family of a system.
 *
 * @param os As in `Deno.build.os`.
 * @param release The text of `/etc/os-release`, or the empty string.
 */
export function familyOf(os: string, release: string): Family {
  if (os === "darwin" || os === "windows") return os;
  if (os !== "linux") return "other";
  const ids = [...release.matchAll(/^ID(?:_LIKE)?=["']?([^"'\n]*)["']?$/gm)]
    .flatMap((match) => match[1]!.toLowerCase().split(/\s+/));
  return FAMILIES.find(([, id]) => ids.some((word) => id.test(word)))?.[0] ?? "linux";
}

const REMEDIES: Readonly<Record<Family, string>> = {
  debian: "sudo apt-get install --no-install-recommends mesa-vulkan-drivers",
  fedora: "sudo dnf install mesa-vulkan-drivers vulkan-loader",
  arch: "sudo pacman -S vulkan-swrast vulkan-icd-loader",
  alpine: "apk add mesa-vulkan-swrast vulkan-loader (as root)",
  suse: "sudo zypper install libvulkan_lvp libvulkan1",
  linux: "install Mesa's software Vulkan driver (lavapipe) and the Vulkan loader (libvulkan.so.1)",
  darwin: "run it on a Mac that has Metal, or in a virtual machine that passes Metal through",
  windows: "install the current driver of the graphics card; it needs Direct3D 12 or Vulkan",
  other: "install a Vulkan driver and loader that Deno's WebGPU can use",
};

/** The exact remedy for a family, to follow the words "To fix this: ". */
export function remedyFor(family: Family): string {
  return REMEDIES[family];
}
