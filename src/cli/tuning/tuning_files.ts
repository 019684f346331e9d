/**
 * What the tuner found on this machine, in one JSON file of the user's cache folder: by adapter, and only for
 * the shaders that it was found with. Where there is no such file, the rules and the shipped choices do.
 */

import { dirname, join } from "@std/path";
import type { AdapterDescription } from "../../gpu/adapter.ts";
import type { Gpu } from "../../gpu/gpu.ts";
import { adapterKey, choicesOf, type VariantsByBucket } from "../../kernels/choices.ts";
import { CONV_VARIANTS } from "../../kernels/conv.ts";
import { MATMUL_VARIANTS } from "../../kernels/matmul.ts";
import { shippedVariants } from "../../kernels/shipped_choices.ts";
import * as wgsl from "../../kernels/wgsl.ts";
import { reasonOf, writeWhole } from "../write_whole.ts";

const FORMAT = "spheregrad tuning 1";

/** What this file needs of the system; tests put their own here. */
export interface TuningSystem {
  /** Name of the operating system, as `Deno.build.os` has it. */
  readonly os: string;
  /** A variable of the environment; undefined where it is not set or may not be read. */
  env(name: string): string | undefined;
}

const SYSTEM: TuningSystem = {
  os: Deno.build.os,
  // Asked before, for without a terminal a refused variable is an error, and with one a question.
  env: (variable) =>
    Deno.permissions.querySync({ name: "env", variable }).state === "granted"
      ? Deno.env.get(variable)
      : undefined,
};

/** Path of the file; null where the environment does not tell the cache folder. */
export function tuningPath({ os, env }: TuningSystem = SYSTEM): string | null {
  const home = env("HOME");
  const folder = env("XDG_CACHE_HOME") || (
    os === "windows"
      ? env("LOCALAPPDATA")
      : home && (os === "darwin" ? join(home, "Library", "Caches") : join(home, ".cache"))
  );
  return folder ? join(folder, "spheregrad", "tuning.json") : null;
}

/** A hash of all shaders and of the names of variants: choices hold for these alone. */
export async function shaderHash(): Promise<string> {
  const texts = Object.entries(wgsl).sort(([a], [b]) => a < b ? -1 : 1);
  const all = JSON.stringify([texts, CONV_VARIANTS, MATMUL_VARIANTS]);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(all));
  return new Uint8Array(digest).toHex().slice(0, 32);
}

/** What was found on one adapter. */
export interface AdapterTuning {
  /** {@linkcode shaderHash} of the shaders that were measured. */
  readonly shaders: string;
  /** The variant of each bucket. */
  readonly variants: VariantsByBucket;
}

type Adapters = Readonly<Record<string, AdapterTuning>>;

/** The file of choices at one path. */
export class TuningFile {
  /** Where it is, or would be. */
  readonly path: string;

  /** A file that need not exist. */
  constructor(path: string) {
    this.path = path;
  }

  /** The file of this machine; null where the cache folder is not known. */
  static here(system?: TuningSystem): TuningFile | null {
    const path = tuningPath(system);
    return path === null ? null : new TuningFile(path);
  }

  /**
   * The choices for an adapter that were found with the present shaders, and a sentence where the file is
   * damaged. A file that is not there, or may not be read, holds none.
   */
  async read(
    adapter: AdapterDescription,
  ): Promise<{ variants: VariantsByBucket; remark?: string }> {
    const { adapters, damage } = await this.#adapters();
    const remark = damage === undefined
      ? {}
      : { remark: `${this.path} ${damage} and is left aside; deno task tune writes it anew.` };
    const found = adapters[adapterKey(adapter)];
    const fresh = found !== undefined && found.shaders === await shaderHash();
    return { variants: fresh ? found.variants : {}, ...remark };
  }

  /**
   * Adds choices for an adapter; those of other shaders go.
   *
   * @throws {Error} if it cannot be written.
   */
  async add(adapter: AdapterDescription, variants: VariantsByBucket): Promise<void> {
    const { adapters } = await this.#adapters();
    const known = await this.read(adapter);
    const tuning = { shaders: await shaderHash(), variants: { ...known.variants, ...variants } };
    const all = { format: FORMAT, adapters: { ...adapters, [adapterKey(adapter)]: tuning } };
    await Deno.mkdir(dirname(this.path), { recursive: true });
    await writeWhole(this.path, JSON.stringify(all, null, 1) + "\n");
  }

  /** Why the file could not be written; null if it can be. Leaves no folder behind that was not there. */
  async obstacle(): Promise<string | null> {
    let folder = dirname(this.path);
    try {
      while (await Deno.stat(folder).catch(missing) === null) folder = dirname(folder);
      await Deno.remove(await Deno.makeTempFile({ dir: folder, prefix: "spheregrad-" }));
      return null;
    } catch (error) {
      return `${folder}: ${reasonOf(error)}`;
    }
  }

  async #adapters(): Promise<{ adapters: Adapters; damage?: string }> {
    let text: string;
    try {
      text = await Deno.readTextFile(this.path);
    } catch {
      return { adapters: {} };
    }
    try {
      return { adapters: parse(text) };
    } catch {
      return { adapters: {}, damage: "is damaged" };
    }
  }
}

function missing(error: unknown): null {
  if (error instanceof Deno.errors.NotFound) return null;
  throw error;
}

function parse(text: string): Adapters {
  const file = JSON.parse(text) as { format?: unknown; adapters?: unknown };
  if (file.format !== FORMAT || !isRecord(file.adapters)) throw new SyntaxError("another format");
  for (const tuning of Object.values(file.adapters)) {
    const whole = isRecord(tuning) && typeof tuning["shaders"] === "string" &&
      isRecord(tuning["variants"]) &&
      Object.values(tuning["variants"]).every((variant) => typeof variant === "string");
    if (!whole) throw new SyntaxError("not the choices of an adapter");
  }
  return file.adapters as unknown as Adapters;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Takes up what was found on this machine, if anything was; a damaged file is told. */
export async function useTuning(
  gpu: Gpu,
  file: TuningFile | null = TuningFile.here(),
): Promise<void> {
  if (file === null) return;
  const { variants, remark } = await file.read(gpu.adapter);
  choicesOf(gpu).add(variants);
  if (remark !== undefined) console.error(remark);
}

/** Where the choices for an adapter come from, in one line. */
export async function describeTuning(
  adapter: AdapterDescription,
  file: TuningFile | null = TuningFile.here(),
): Promise<string> {
  const shipped = Object.keys(shippedVariants(adapter)).length;
  const without = shipped > 0 ? `${shipped} built-in choices` : "chosen by the adapter's class";
  if (file === null) {
    return `${without}; none can be kept here, as the environment names no cache folder`;
  }
  const { variants, remark } = await file.read(adapter);
  const count = Object.keys(variants).length;
  const obstacle = await file.obstacle();
  if (remark !== undefined) return `${without}; ${remark.replace(/\.$/, "")}`;
  if (count > 0) return `${count} choices measured here, in ${file.path}`;
  return obstacle === null
    ? `${without}; nothing measured yet (${file.path})`
    : `${without}; none can be kept here (${obstacle})`;
}
