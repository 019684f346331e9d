/**
 * `deno task doctor [--json]`: says what this machine's WebGPU is, whether it computes right, and what
 * is off.
 */
import { parseArgs } from "@std/cli";
import { type AdapterDescription, describeAdapter } from "../gpu/adapter.ts";
import { knownAnswer, type Precision } from "./known_answer.ts";
import { isOpenGl } from "./probe.ts";
import { familyOf, remedyFor } from "./remedies.ts";
import { describeTuning } from "./tuning/tuning_files.ts";

/** Limits that decide what fits; in bytes where they are sizes. */
export const LIMITS = [
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxStorageBuffersPerShaderStage",
] as const;

/** Features that are used where they are offered. */
export const FEATURES = ["timestamp-query", "shader-f16", "subgroups"] as const;

/** What `doctor` looks at; tests put their own here. */
export interface Patient {
  /** The runtime's WebGPU. */
  readonly gpu: GPU | undefined;
  /** Names and versions, such as `{ deno: "2.9.6" }`. */
  readonly runtime: Readonly<Record<string, string>>;
  /** What to do where no adapter is found. */
  readonly remedy: string;
  /** Runs the known-answer kernel; `null` says that it was right. */
  readonly run: (device: GPUDevice, precision: Precision) => Promise<string | null>;
  /** Says where variants of kernels for an adapter come from. */
  readonly tuning?: (adapter: AdapterDescription) => Promise<string>;
}

/** The findings, as `--json` prints them. */
export interface Findings {
  /** Names and versions of the runtime and the system. */
  readonly runtime: Readonly<Record<string, string>>;
  /** The adapter, or `null` where there is none. */
  readonly adapter: (AdapterDescription & { readonly openGl: boolean }) | null;
  /** Limits of the adapter by name. */
  readonly limits: Readonly<Record<string, number>>;
  /** Features by name: whether the adapter offers them. */
  readonly features: Readonly<Record<string, boolean>>;
  /** How the known-answer kernel went: `"right"`, `"not offered"`, or what was wrong. */
  readonly knownAnswer: Readonly<Record<Precision, string>>;
  /** Where variants of kernels come from; empty without an adapter. */
  readonly tuning: string;
  /** What keeps the engine from working here. */
  readonly problems: readonly string[];
  /** What works, but less well than it could. */
  readonly warnings: readonly string[];
}

/** Examines the adapter and what it computes. */
export async function examine(patient: Patient): Promise<Findings> {
  const { gpu, runtime } = patient;
  const adapter = await gpu?.requestAdapter();
  if (!adapter) {
    const reason = gpu ? "WebGPU finds no adapter" : "this runtime has no WebGPU";
    const knownAnswer = { f32: "not run", f16: "not run" };
    const problems = [`${reason}; to fix this: ${patient.remedy}, or run \`deno task setup\``];
    return {
      runtime,
      adapter: null,
      limits: {},
      features: {},
      knownAnswer,
      tuning: "",
      problems,
      warnings: [],
    };
  }
  const description = { ...describeAdapter(adapter.info), openGl: isOpenGl(adapter) };
  const answers = await runKernels(adapter, patient);
  const problems: string[] = [];
  if (answers.f32 !== "right") {
    problems.push(
      `the f32 known-answer kernel fails (${answers.f32}); update the adapter's driver`,
    );
  }
  return {
    runtime,
    adapter: description,
    limits: Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]])),
    features: Object.fromEntries(FEATURES.map((name) => [name, adapter.features.has(name)])),
    knownAnswer: answers,
    tuning: await (patient.tuning ?? describeTuning)(description),
    problems,
    warnings: warningsFor(description, adapter, answers),
  };
}

async function runKernels(
  adapter: GPUAdapter,
  patient: Patient,
): Promise<Record<Precision, string>> {
  const hasF16 = adapter.features.has("shader-f16");
  try {
    const device = await adapter.requestDevice({
      requiredFeatures: hasF16 ? ["shader-f16"] : [],
    });
    const f32 = await patient.run(device, "f32") ?? "right";
    const f16 = hasF16 ? await patient.run(device, "f16") ?? "right" : "not offered";
    device.destroy();
    return { f32, f16 };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { f32: `the adapter gives no device: ${reason}`, f16: "not run" };
  }
}

function warningsFor(
  description: AdapterDescription & { openGl: boolean },
  adapter: GPUAdapter,
  answers: Record<Precision, string>,
): string[] {
  const warnings: string[] = [];
  if (description.openGl) {
    warnings.push(
      "the adapter runs on OpenGL, where this engine is not tested; see `deno task setup`",
    );
  }
  if (description.class === "software") {
    warnings.push(
      "shaders run in software on the CPU; a GPU with its Vulkan driver is much faster",
    );
  }
  if (!["right", "not offered", "not run"].includes(answers.f16)) {
    warnings.push(`f16 must stay off, since its known-answer kernel fails (${answers.f16})`);
  }
  if (adapter.limits.maxStorageBuffersPerShaderStage < 8) {
    const { maxStorageBuffersPerShaderStage: most } = adapter.limits;
    warnings.push(`a kernel may bind ${most} storage buffers, and some here need 8`);
  }
  return warnings;
}

/** The findings as lines for a reader. */
export function render(findings: Findings): string {
  const { adapter, runtime, limits, features, knownAnswer } = findings;
  const lines: [string, string][] = [
    ["runtime", Object.entries(runtime).map(([name, version]) => `${name} ${version}`).join(", ")],
  ];
  if (adapter) {
    const extra = [adapter.vendor, adapter.architecture].filter((word) => word !== "").join(", ");
    const api = adapter.openGl ? ", on OpenGL" : "";
    lines.push(
      ["adapter", extra ? `${adapter.name} (${extra})` : adapter.name],
      ["class", (adapter.class === "gpu" ? "GPU" : "software") + api],
    );
    for (const [name, value] of Object.entries(limits)) {
      lines.push([name, name.endsWith("Size") ? bytes(value) : String(value)]);
    }
    for (const [name, offered] of Object.entries(features)) {
      lines.push([name, offered ? "yes" : "no"]);
    }
    lines.push(["known answer, f32", knownAnswer.f32], ["known answer, f16", knownAnswer.f16]);
    lines.push(["kernels", findings.tuning]);
  } else {
    lines.push(["adapter", "none"]);
  }
  const width = Math.max(...lines.map(([name]) => name.length)) + 2;
  return [
    ...lines.map(([name, value]) => name.padEnd(width) + value),
    ...findings.warnings.map((text) => `Note: ${text}.`),
    ...findings.problems.map((text) => `Problem: ${text}.`),
    findings.problems.length === 0
      ? "All is well."
      : "This machine cannot run the engine as it is.",
  ].join("\n");
}

function bytes(value: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB"];
  const unit = Math.min(3, Math.max(0, Math.floor(Math.log2(value) / 10)));
  const scaled = value / 1024 ** unit;
  return `${Number.isInteger(scaled) ? scaled : scaled.toFixed(2)} ${units[unit]}`;
}

function thisMachine(): Patient {
  let release = "";
  try {
    release = Deno.build.os === "linux" ? Deno.readTextFileSync("/etc/os-release") : "";
  } catch { /* A system without the file has the general remedy. */ }
  const { deno, v8 } = Deno.version;
  return {
    gpu: navigator.gpu,
    runtime: { Deno: deno, V8: v8, [Deno.build.os]: Deno.build.arch },
    remedy: remedyFor(familyOf(Deno.build.os, release)),
    run: knownAnswer,
  };
}

/** Runs the command; the exit code is 1 where the adapter is missing or computes wrong. */
export async function main(args: string[], patient: Patient = thisMachine()): Promise<number> {
  const { json } = parseArgs(args, { boolean: ["json"] });
  const findings = await examine(patient);
  console.log(json ? JSON.stringify(findings, null, 2) : render(findings));
  return findings.problems.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
