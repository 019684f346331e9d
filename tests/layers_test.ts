/**
 * The rooms of src/ and who may import whom: arrows run one way, and what mod.ts reaches uses
 * web-standard APIs alone.
 */
import { assertEquals } from "@std/assert";
import { fromFileUrl, join, relative } from "@std/path";

interface Rule {
  /** Rooms whose values and types may be imported. */
  readonly values: readonly string[];
  /** Rooms of which types alone may be imported. */
  readonly types?: readonly string[];
  /** Packages, by name. */
  readonly packages?: readonly string[];
}

const ENGINE = ["gpu", "kernels", "autograd", "ops"];

const RULES: Readonly<Record<string, Rule>> = {
  gpu: { values: [] },
  kernels: { values: ["gpu"] },
  autograd: { values: ["gpu", "kernels"] },
  ops: { values: ["gpu", "kernels", "autograd"] },
  nn: { values: ENGINE },
  heads: { values: [...ENGINE, "nn"] },
  optim: { values: ENGINE, types: ["nn"] },
  sphereface: {
    values: [...ENGINE, "nn", "heads", "optim", "data", "formats", "evaluate"],
  },
  formats: { values: [] },
  evaluate: { values: [] },
  report: { values: [] },
  faces: {
    values: [...ENGINE, "nn", "formats"],
    packages: ["@jsquash/jpeg", "fast-png"],
  },
  data: { values: ["faces", "formats", "gpu"] },
};

/** What is written in one import, export or worker address. */
interface Arrow {
  readonly target: string;
  readonly typeOnly: boolean;
}

/** File paths relative to the root, such as `src/gpu/gpu.ts`, and their texts. */
type Files = ReadonlyMap<string, string>;

const STATEMENT = /^(?:import|export)\b(?:[^"';]*?\bfrom\s*)?\s*"([^"]+)"/gm;
const DYNAMIC = /(?:\bimport\(|\bnew URL\()\s*"([^"]+)"/g;

/** The code of a file without lines of comment, so that examples in docstrings do not count. */
function withoutComments(text: string): string {
  return text.split("\n").filter((line) => !/^\s*(\/\/|\/\*|\*)/.test(line)).join("\n");
}

function arrowsOf(text: string): Arrow[] {
  const code = withoutComments(text);
  const statements = [...code.matchAll(STATEMENT)].map(([words, target]) => ({
    target: target!,
    typeOnly: /^(?:import|export)\s+type\b/.test(words) || importsOnlyTypes(words),
  }));
  const dynamic = [...code.matchAll(DYNAMIC)]
    .filter(([words, target]) => words.startsWith("import") || target!.endsWith(".ts"))
    .map(([, target]) => ({ target: target!, typeOnly: false }));
  return [...statements, ...dynamic];
}

/** Whether a statement reads `import { type A, type B } from ...`. */
function importsOnlyTypes(words: string): boolean {
  const names = /^(?:import|export)\s*\{([^}]*)\}/.exec(words)?.[1];
  const list = names?.split(",").map((name) => name.trim()).filter((name) => name !== "") ?? [];
  return list.length > 0 && list.every((name) => name.startsWith("type "));
}

/** The room of a file: its folder in src/, or the empty string for the common ground beside them. */
function roomOf(path: string): string {
  const parts = path.split("/");
  return parts.length > 2 ? parts[1]! : "";
}

function resolveFrom(path: string, target: string): string {
  return new URL(target, `file:///${path}`).pathname.slice(1);
}

const isRelative = (target: string): boolean => target.startsWith(".");

/** Files that may use the file system and the other APIs of Deno. */
const isForDeno = (path: string): boolean =>
  path.startsWith("src/cli/") || path.endsWith("_files.ts");

function judgeArrow(path: string, { target, typeOnly }: Arrow): string | null {
  const room = roomOf(path);
  if (room === "cli") return null;
  const rule = RULES[room] ?? { values: [] };
  if (room !== "" && !(room in RULES)) return `${path}: the room "${room}" is not in the plan`;
  if (!isRelative(target)) {
    const allowed = [...rule.packages ?? [], ...isForDeno(path) ? ["@std/cli", "@std/path"] : []];
    const known = allowed.some((name) => target === name || target.startsWith(`${name}/`));
    return known ? null : `${path}: may not import the package "${target}"`;
  }
  const resolved = resolveFrom(path, target);
  if (!resolved.startsWith("src/")) return `${path}: may not import "${target}", outside of src/`;
  const other = roomOf(resolved);
  const allowed = other === "" || other === room || rule.values.includes(other) ||
    (typeOnly && (rule.types ?? []).includes(other));
  if (!allowed) {
    const what = typeOnly ? "types of " : "";
    return `${path}: may not import ${what}${resolved}; the arrow runs back to "${other}"`;
  }
  const leaksFiles = isForDeno(resolved) && !isForDeno(path);
  return leaksFiles ? `${path}: may not import ${resolved}, which uses the file system` : null;
}

function judgeApis(path: string, text: string): string[] {
  if (isForDeno(path)) return [];
  const code = withoutComments(text).replace(/\s\/\/ .*$/gm, "");
  const words = code.match(/\bDeno\.\w+|"node:[^"]*"|\bglobalThis\.(?:Deno|process|Buffer)\b/g) ??
    [];
  return words.map((word) => `${path}: uses ${word}, which browsers do not have`);
}

/** All files that an entry reaches through imports, exports, dynamic imports and workers. */
function reachedFrom(entry: string, files: Files): Set<string> {
  const reached = new Set([entry]);
  for (const path of reached) {
    for (const { target } of arrowsOf(files.get(path) ?? "")) {
      if (isRelative(target)) reached.add(resolveFrom(path, target));
    }
  }
  return reached;
}

/** Everything that breaks the plan, one sentence each. */
function violations(files: Files): string[] {
  const found: string[] = [];
  for (const [path, text] of files) {
    if (path === "mod.ts") continue;
    for (const arrow of arrowsOf(text)) {
      const complaint = judgeArrow(path, arrow);
      if (complaint) found.push(complaint);
    }
    found.push(...judgeApis(path, text));
  }
  for (const path of reachedFrom("mod.ts", files)) {
    if (isForDeno(path)) found.push(`mod.ts reaches ${path}, which needs Deno`);
    else if (!files.has(path)) found.push(`mod.ts reaches ${path}, which does not exist`);
  }
  return found;
}

async function readSources(): Promise<Files> {
  const root = fromFileUrl(new URL("../", import.meta.url));
  const files = new Map([["mod.ts", await Deno.readTextFile(join(root, "mod.ts"))]]);
  const folders = [join(root, "src")];
  for (const folder of folders) {
    for await (const entry of Deno.readDir(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory) folders.push(path);
      else if (entry.name.endsWith(".ts")) {
        files.set(relative(root, path).replaceAll("\\", "/"), await Deno.readTextFile(path));
      }
    }
  }
  return files;
}

Deno.test("src/ keeps to the plan: arrows run one way, and mod.ts reaches no API of Deno", async () => {
  const files = await readSources();
  assertEquals(violations(files), []);
  // The example files below prove nothing about a checker that reads too little of the real ones.
  assertEquals(files.size > 10, true);
});

const SOUND: readonly [string, string][] = [
  ["mod.ts", 'export { conv } from "./src/ops/conv.ts";\n'],
  [
    "src/ops/conv.ts",
    '/**\n * import x from "../cli/x.ts";\n */\nimport { k } from "../kernels/k.ts";\n',
  ],
  ["src/kernels/k.ts", 'import type {\n  Gpu,\n} from "../gpu/gpu.ts";\n'],
  ["src/gpu/gpu.ts", '// Deno.cwd() is not here.\nimport "../random.ts";\n'],
  ["src/random.ts", "export const x = 1;\n"],
  ["src/optim/sgd.ts", 'import { type Layer } from "../nn/layer.ts";\n'],
  ["src/faces/images/decode.ts", 'import decode from "@jsquash/jpeg/decode.js";\n'],
  ["src/data/folder_files.ts", 'import { join } from "@std/path";\nDeno.cwd();\n'],
  ["src/cli/train.ts", 'import { x } from "../data/folder_files.ts";\nDeno.exit();\n'],
];

Deno.test("the checker accepts sound arrows, and examples in docstrings", () => {
  assertEquals(violations(new Map(SOUND)), []);
});

Deno.test("the checker catches each kind of arrow that runs back", () => {
  const cases: [string, string, string][] = [
    ["src/gpu/gpu.ts", 'import { k } from "../kernels/k.ts";', 'runs back to "kernels"'],
    ["src/gpu/gpu.ts", 'import type { K } from "../kernels/k.ts";', "may not import types of"],
    ["src/gpu/gpu.ts", 'export * from "../ops/conv.ts";', 'runs back to "ops"'],
    ["src/ops/conv.ts", 'import {\n  a,\n  type B,\n} from "../nn/n.ts";', 'runs back to "nn"'],
    ["src/kernels/k.ts", 'const x = await import("../autograd/t.ts");', "autograd"],
    ["src/optim/o.ts", 'import { Layer } from "../nn/layer.ts";', 'runs back to "nn"'],
    ["src/optim/o.ts", 'import { type A, b } from "../nn/layer.ts";', 'runs back to "nn"'],
    ["src/formats/f.ts", 'import { g } from "../gpu/gpu.ts";', 'runs back to "gpu"'],
    ["src/evaluate/e.ts", 'import { r } from "../report/r.ts";', 'runs back to "report"'],
    ["src/random.ts", 'import { g } from "./gpu/gpu.ts";', 'runs back to "gpu"'],
    ["src/gpu/gpu.ts", 'import { t } from "../../tests/t.ts";', "outside of src/"],
    ["src/gpu/gpu.ts", 'import { join } from "@std/path";', 'the package "@std/path"'],
    ["src/nn/n.ts", 'import png from "fast-png";', 'the package "fast-png"'],
    ["src/misc/m.ts", 'import "../gpu/gpu.ts";', 'the room "misc" is not in the plan'],
    ["src/data/d.ts", 'import { x } from "./folder_files.ts";', "uses the file system"],
    ["src/gpu/gpu.ts", "const x = Deno.cwd();", "uses Deno.cwd"],
    ["src/data/d.ts", 'import { join } from "node:path";', 'uses "node:path"'],
    ["src/data/d.ts", 'new Worker(new URL("../cli/w.ts", import.meta.url));', "cli"],
    ["mod.ts", 'export { main } from "./src/cli/train.ts";', "mod.ts reaches src/cli/train.ts"],
    ["mod.ts", 'export { x } from "./src/data/folder_files.ts";', "mod.ts reaches"],
    ["mod.ts", 'export { x } from "./src/nowhere.ts";', "does not exist"],
  ];
  for (const [path, line, words] of cases) {
    const files = new Map(SOUND);
    files.set(path, `${files.get(path) ?? ""}${line}\n`);
    const found = violations(files);
    assertEquals(found.some((text) => text.includes(words)), true, `${line}: ${found.join("; ")}`);
  }
});
