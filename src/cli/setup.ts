/**
 * `deno task setup`: sees to it that WebGPU has an adapter that computes. Where one is there, it only
 * says so; where none is, it installs Mesa's software Vulkan driver on Debian and Ubuntu as root, and
 * gives the remedy on every other system.
 */
import { type Probe, probe } from "./probe.ts";
import { familyOf, remedyFor } from "./remedies.ts";

/** All that `setup` sees of the machine and does to it. */
export interface System {
  /** As in `Deno.build.os`. */
  readonly os: string;
  /** The text of `/etc/os-release`, or the empty string. */
  readonly release: string;
  /** Whether this process may install packages. */
  readonly isRoot: boolean;
  /** The backend that the user chose with `DENO_WEBGPU_BACKEND`. */
  readonly chosenBackend: string | undefined;
  /** Looks at the adapter. */
  probe(): Promise<Probe>;
  /** Looks again as a new process would, on the given backend alone if one is given. */
  probeAfresh(backend?: string): Promise<Probe>;
  /** Runs `apt-get` and returns its exit code and what it wrote. */
  aptGet(args: readonly string[]): Promise<{ code: number; output: string }>;
  /** Prints a line. */
  say(line: string): void;
}

const PACKAGE = "mesa-vulkan-drivers";

const kind = (found: Probe): string => found.class === "gpu" ? "GPU" : "software";

/** Prepares the machine; returns 0 where there is an adapter to go on with, else 1. */
export async function setup(system: System): Promise<number> {
  const found = await system.probe();
  if (found.problem === null && !found.openGl) {
    system.say(`WebGPU adapter: ${found.name} (${kind(found)}).`);
    return 0;
  }
  if (found.openGl && found.problem === null) return await settleOpenGl(system, found);
  if (found.name !== null && !found.openGl) return refuseBroken(system, found);
  if (!mayInstall(system)) return refuseMissing(system, found);
  const failure = await install(system, `${capital(found.problem!)}.`);
  const after = failure === null ? await system.probeAfresh() : found;
  if (failure === null && after.problem === null) {
    system.say(`WebGPU adapter: ${after.name} (${kind(after)}).`);
    return 0;
  }
  const reason = failure ?? `${PACKAGE} is installed, but ${after.problem}`;
  system.say(`Setup failed: ${reason}.`);
  return 1;
}

/** OpenGL computes, but the engine is tested on Vulkan: prefer that, and go on with a warning. */
async function settleOpenGl(system: System, found: Probe): Promise<number> {
  const warn = (advice: string) => {
    system.say(
      `Warning: ${found.name} runs on OpenGL, where this engine is not tested; ${advice}.`,
    );
    return 0;
  };
  if (system.chosenBackend) {
    return warn(`unset DENO_WEBGPU_BACKEND (now "${system.chosenBackend}") to use another backend`);
  }
  const vulkan = await system.probeAfresh("vulkan");
  if (vulkan.problem === null) {
    return warn(`set DENO_WEBGPU_BACKEND=vulkan to use ${vulkan.name} (${kind(vulkan)}) instead`);
  }
  const remedy = remedyFor(familyOf(system.os, system.release));
  if (!mayInstall(system)) return warn(`better: ${remedy}`);
  const failure = await install(system, `${found.name} runs on OpenGL; Vulkan has no driver.`);
  if (failure !== null) return warn(`a Vulkan driver could not be installed (${failure})`);
  const after = await system.probeAfresh();
  if (after.problem !== null || after.openGl) {
    return warn(`${PACKAGE} is installed, but Vulkan still gives no adapter`);
  }
  system.say(`WebGPU adapter: ${after.name} (${kind(after)}).`);
  return 0;
}

function refuseBroken(system: System, found: Probe): number {
  system.say(
    `The WebGPU adapter ${found.name} cannot be used: ${found.problem}. To fix this: update its ` +
      "driver, or see `deno task doctor`.",
  );
  return 1;
}

function refuseMissing(system: System, found: Probe): number {
  if (system.chosenBackend && system.chosenBackend !== "vulkan") {
    system.say(
      `${capital(found.problem!)} on the backend "${system.chosenBackend}". To fix this: unset ` +
        "DENO_WEBGPU_BACKEND.",
    );
    return 1;
  }
  const family = familyOf(system.os, system.release);
  const hint = family === "debian" ? ", or run this as root once" : "";
  system.say(`${capital(found.problem!)}. To fix this: ${remedyFor(family)}${hint}.`);
  return 1;
}

function mayInstall(system: System): boolean {
  const { isRoot, os, release, chosenBackend } = system;
  const usesVulkan = !chosenBackend || chosenBackend === "vulkan";
  return isRoot && usesVulkan && familyOf(os, release) === "debian";
}

/** Installs the driver; returns why it failed, or `null`. */
async function install(system: System, reason: string): Promise<string | null> {
  const args = [
    "-y",
    "--no-install-recommends",
    // Two runs at once wait for each other rather than fail on the lock.
    "-o",
    "DPkg::Lock::Timeout=300",
    "install",
    PACKAGE,
  ];
  system.say(`${reason} Installing Mesa's software Vulkan driver: apt-get install ${PACKAGE} ...`);
  let result = await system.aptGet(args);
  if (result.code !== 0) {
    system.say("The package lists are missing or old: apt-get update ...");
    await system.aptGet(["-o", "DPkg::Lock::Timeout=300", "update"]);
    result = await system.aptGet(args);
  }
  if (result.code === 0) return null;
  const lines = result.output.trim().split("\n");
  const last = lines.findLast((line) => line.startsWith("E:")) ?? lines.at(-1) ?? "";
  return `apt-get install ${PACKAGE} ended with code ${result.code}: ${last.replace(/\.$/, "")}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const BACKEND = "DENO_WEBGPU_BACKEND";

/**
 * What the tasks set: all backends but OpenGL, whose libraries can end a process with a crash as it exits.
 * It is no choice of the user's.
 */
const TASKS_BACKENDS = "vulkan,metal,dx12";

async function probeInWorker(backend?: string): Promise<Probe> {
  const before = Deno.env.get(BACKEND);
  if (backend) Deno.env.set(BACKEND, backend);
  const worker = new Worker(new URL("./probe_worker.ts", import.meta.url), { type: "module" });
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = (event) => resolve(event.data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(`The adapter probe failed: ${event.message}`));
      };
    });
  } finally {
    worker.terminate();
    if (before === undefined) Deno.env.delete(BACKEND);
    else Deno.env.set(BACKEND, before);
  }
}

async function aptGet(args: readonly string[]): Promise<{ code: number; output: string }> {
  try {
    const { code, stdout, stderr } = await new Deno.Command("apt-get", {
      args: [...args],
      env: { DEBIAN_FRONTEND: "noninteractive" },
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
  } catch (error) {
    return { code: 127, output: error instanceof Error ? error.message : String(error) };
  }
}

/** The machine that this process runs on. */
function thisSystem(): System {
  let release = "";
  if (Deno.build.os === "linux") {
    try {
      release = Deno.readTextFileSync("/etc/os-release");
    } catch { /* A system without the file has the general remedy. */ }
  }
  return {
    os: Deno.build.os,
    release,
    isRoot: Deno.build.os === "linux" && Deno.uid() === 0,
    chosenBackend: chosenBackend(Deno.env.get(BACKEND)),
    probe,
    probeAfresh: probeInWorker,
    aptGet,
    say: (line) => console.error(line),
  };
}

function chosenBackend(value: string | undefined): string | undefined {
  return value === TASKS_BACKENDS ? undefined : value;
}

/** Runs the command. */
export async function main(_args: string[]): Promise<number> {
  return await setup(thisSystem());
}

if (import.meta.main) Deno.exit(await main(Deno.args));
