/**
 * `deno task check`: every check that needs no GPU, one line a step. What a failing step wrote is
 * printed in full.
 */
import { fromFileUrl, join } from "@std/path";

interface Step {
  readonly name: string;
  readonly args: readonly string[];
}

// Examples on other machines' folders and generated runs are no business of these checks.
const SOURCES = ["mod.ts", "src", "tests", "bench", "vendor"];

function steps(browserConfig: string): Step[] {
  return [
    { name: "format", args: ["fmt", "--check"] },
    { name: "lint", args: ["lint"] },
    { name: "types", args: ["check", ...SOURCES] },
    { name: "types in a browser", args: ["check", "--no-lock", "-c", browserConfig, "mod.ts"] },
    { name: "docstrings", args: ["doc", "--lint", "mod.ts", "src/cli/main.ts"] },
    { name: "generated WGSL", args: ["task", "--quiet", "wgsl", "--check"] },
    { name: "layers", args: ["test", "--quiet", "--allow-read=.", "tests/layers_test.ts"] },
    { name: "publish (dry run)", args: ["publish", "--dry-run", "--allow-dirty"] },
  ];
}

/** Writes a configuration in which only what browsers have exists: no `Deno`, no `node:` types. */
async function writeBrowserConfig(root: string, path: string): Promise<void> {
  const { imports, compilerOptions } = JSON.parse(
    await Deno.readTextFile(join(root, "deno.json")),
  );
  const packages = Object.entries(imports as Record<string, string>)
    .filter(([, target]) => target.startsWith("npm:"));
  const lib = ["esnext", "dom", "dom.iterable", "dom.asynciterable"];
  const config = {
    imports: Object.fromEntries(packages),
    nodeModulesDir: "none",
    compilerOptions: { ...compilerOptions, lib },
  };
  await Deno.writeTextFile(path, JSON.stringify(config));
}

/** Runs all steps, also after one has failed; the exit code is 1 where one has. */
export async function main(_args: string[]): Promise<number> {
  const root = fromFileUrl(new URL("../../", import.meta.url));
  const folder = await Deno.makeTempDir({ prefix: "spheregrad-check-" });
  const failed: string[] = [];
  try {
    const browserConfig = join(folder, "browser.json");
    await writeBrowserConfig(root, browserConfig);
    for (const { name, args } of steps(browserConfig)) {
      const start = performance.now();
      const { success, stdout, stderr } = await new Deno.Command("deno", {
        args: [...args],
        cwd: root,
        stdin: "null",
      }).output();
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      console.log(`${success ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
      if (success) continue;
      failed.push(name);
      await Deno.stdout.write(stdout);
      await Deno.stderr.write(stderr);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  console.log(failed.length === 0 ? "All checks passed." : `Failed: ${failed.join(", ")}.`);
  return failed.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
