/**
 * `deno task wgsl [--check]`: writes `shaders/*.wgsl` into `src/kernels/wgsl.ts` as string constants,
 * since neither JSR packages nor browsers can import text files.
 */
import { parseArgs } from "@std/cli";
import { fromFileUrl, join } from "@std/path";

/** A shader file: its name without folder, and its text. */
export interface ShaderFile {
  /** Such as `gemm_registers.wgsl`. */
  readonly name: string;
  /** The whole text. */
  readonly text: string;
}

const HEADER = `\
// deno-fmt-ignore-file
// Generated from shaders/*.wgsl by \`deno task wgsl\`; edit those files, never this one.
`;

/**
 * The name of the constant that holds a shader: `gemm_registers.wgsl` becomes `gemmRegisters`.
 *
 * @throws {SyntaxError} Where the file's name is not snake_case.
 */
export function constantName(file: string): string {
  if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*\.wgsl$/.test(file)) {
    throw new SyntaxError(`shaders/${file} is not a snake_case.wgsl name; rename the file.`);
  }
  return file.slice(0, -".wgsl".length).replace(/_([a-z0-9])/g, (_, next) => next.toUpperCase());
}

// A template literal turns \r\n into \n, hence a carriage return has to be spelt out.
function templateLiteral(text: string): string {
  const escaped = text.replace(/[\\`]|\$(?=\{)/g, "\\$&").replaceAll("\r", "\\r");
  return "`" + escaped + "`";
}

/** The module that holds the given shaders, in the order of their names. */
export function generate(files: readonly ShaderFile[]): string {
  const sorted = files.toSorted((a, b) => a.name < b.name ? -1 : 1);
  const constants = sorted.map(({ name, text }) =>
    `\n/** The text of \`shaders/${name}\`. */\n` +
    `export const ${constantName(name)}: string = ${templateLiteral(text)};\n`
  );
  return HEADER + constants.join("");
}

/** Reads every shader of a folder. */
export async function readShaders(folder: string): Promise<ShaderFile[]> {
  const files: ShaderFile[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (!entry.isFile || !entry.name.endsWith(".wgsl")) continue;
    files.push({ name: entry.name, text: await Deno.readTextFile(join(folder, entry.name)) });
  }
  return files;
}

/** Runs the command; the exit code is 1 where `--check` finds the generated file out of step. */
export async function main(args: string[]): Promise<number> {
  const { check } = parseArgs(args, { boolean: ["check"] });
  const root = fromFileUrl(new URL("../../", import.meta.url));
  const target = join(root, "src", "kernels", "wgsl.ts");
  const wanted = generate(await readShaders(join(root, "shaders")));
  const present = await Deno.readTextFile(target).catch(() => "");
  if (present === wanted) {
    console.log("src/kernels/wgsl.ts agrees with shaders/.");
    return 0;
  }
  if (check) {
    console.error("src/kernels/wgsl.ts does not agree with shaders/; run `deno task wgsl`.");
    return 1;
  }
  await Deno.writeTextFile(target, wanted);
  console.log("Wrote src/kernels/wgsl.ts.");
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
