/** Running commands in tests, in this process or in one of their own. */

import { fromFileUrl, join } from "@std/path";
import { main } from "../../src/cli/main.ts";

/** How a command ended. */
export interface Outcome {
  readonly code: number;
  /** Standard output, without the last line break. */
  readonly out: string;
  /** Standard error; progress is missing from it where the command ran in this process. */
  readonly err: string;
}

/** Runs a command in this process. */
export async function run(...args: string[]): Promise<Outcome> {
  const { log, error } = console;
  const out: string[] = [];
  const err: string[] = [];
  console.log = (line: unknown) => out.push(String(line));
  console.error = (line: unknown) => err.push(String(line));
  try {
    return { code: await main(args), out: out.join("\n"), err: err.join("\n") };
  } finally {
    Object.assign(console, { log, error });
  }
}

/** Runs a task of `deno.json` as a user does, with the task's own permissions. */
export async function runTask(task: string, ...args: string[]): Promise<Outcome> {
  const root = fromFileUrl(new URL("../../", import.meta.url));
  const { tasks } = JSON.parse(await Deno.readTextFile(join(root, "deno.json")));
  const [, variables, words] = /^((?:\w+=\S+ )*)deno (.*)$/.exec(tasks[task].command)!;
  const pairs = variables!.trim().split(" ").filter((pair) => pair !== "");
  const env = Object.fromEntries(pairs.map((pair) => pair.split("=") as [string, string]));
  const output = await new Deno.Command("deno", {
    args: [...words!.split(" "), ...args],
    cwd: root,
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).replace(/\n$/, "");
  return { code: output.code, out: text(output.stdout), err: text(output.stderr) };
}

/** Writes files into a folder that stands for the time of a test. */
export async function withFiles(
  files: Readonly<Record<string, Uint8Array | string>>,
  test: (dir: string) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    for (const [name, content] of Object.entries(files)) {
      await Deno.mkdir(join(dir, name, ".."), { recursive: true });
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      await Deno.writeFile(join(dir, name), bytes);
    }
    await test(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}
