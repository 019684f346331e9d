import { assertEquals, assertMatch } from "@std/assert";
import { main } from "../../src/cli/main.ts";

const MAIN = new URL("../../src/cli/main.ts", import.meta.url);

/** Runs `main` and returns its exit code and what it printed on either stream. */
async function run(...args: string[]): Promise<{ code: number; text: string }> {
  const { log, error } = console;
  const lines: string[] = [];
  console.log = console.error = (line: unknown) => lines.push(String(line));
  try {
    return { code: await main(args), text: lines.join("\n") };
  } finally {
    Object.assign(console, { log, error });
  }
}

Deno.test("main() lists its commands where none is given", async () => {
  for (const args of [[], ["--help"], ["help"]]) {
    const { code, text } = await run(...args);
    assertEquals(code, 0);
    assertMatch(text, /^Usage: spheregrad COMMAND/);
    assertMatch(text, /^ {2}train {5}train a SphereNet/m);
  }
});

Deno.test("main() refuses a command that does not exist", async () => {
  for (const name of ["trian", "toString", "__proto__"]) {
    const { code, text } = await run(name);
    assertEquals(code, 2);
    assertMatch(text, new RegExp(`^There is no command "${name}"\\.\nUsage:`));
  }
});

Deno.test("main() runs a command with its arguments and hands its exit code on", async () => {
  const { code, text } = await run("wgsl", "--check");
  assertEquals(code, 0);
  assertMatch(text, /agrees with shaders/);
});

Deno.test("main() can load each of its commands", async () => {
  const text = await Deno.readTextFile(MAIN);
  const files = [...text.matchAll(/import\("(\.\/[a-z_]+\.ts)"\)/g)];
  assertEquals(files.length, [...text.matchAll(/^ {4}summary: "/gm)].length);
  for (const [, file] of files) {
    const command = await import(new URL(file!, MAIN).href);
    assertEquals(typeof command.main, "function", file);
  }
});
