import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import {
  describeTuning,
  shaderHash,
  TuningFile,
  tuningPath,
  useTuning,
} from "../../../src/cli/tuning/tuning_files.ts";
import { Gpu } from "../../../src/gpu/gpu.ts";
import { choicesOf } from "../../../src/kernels/choices.ts";
import { gpu } from "../../support/gpu.ts";
import { withFiles } from "../command.ts";

const ADAPTER = { name: "some adapter", vendor: "v", architecture: "a", class: "gpu" } as const;
const OTHER = { ...ADAPTER, name: "another" };
const FILE = "spheregrad/tuning.json";

async function withFile(content: string, test: (file: TuningFile) => Promise<void>): Promise<void> {
  await withFiles({ [FILE]: content }, (dir) => test(new TuningFile(join(dir, FILE))));
}

/** What a function says on standard error. */
async function said(run: () => Promise<void>): Promise<string[]> {
  const { error } = console;
  const lines: string[] = [];
  console.error = (line: string) => lines.push(line);
  try {
    await run();
  } finally {
    console.error = error;
  }
  return lines;
}

Deno.test("tuningPath() is in the cache folder of the system's user", () => {
  const path = (os: string, variables: Record<string, string>) =>
    tuningPath({ os, env: (name) => variables[name] })?.replaceAll("\\", "/");
  const home = { HOME: "/home/ada", LOCALAPPDATA: "/users/ada/local" };
  assertEquals(path("linux", home), `/home/ada/.cache/${FILE}`);
  assertEquals(path("darwin", home), `/home/ada/Library/Caches/${FILE}`);
  assertEquals(path("windows", home), `/users/ada/local/${FILE}`);
  assertEquals(path("linux", { ...home, XDG_CACHE_HOME: "/cache" }), `/cache/${FILE}`);
  for (const os of ["linux", "darwin", "windows"]) assertEquals(path(os, {}), undefined);
  assertEquals(path("linux", { HOME: "" }), undefined);
});

Deno.test("TuningFile gives back what was added, for the same adapter", async () => {
  await withFiles({}, async (dir) => {
    const file = new TuningFile(join(dir, "new", FILE));
    assertEquals(await file.read(ADAPTER), { variants: {} });
    await file.add(ADAPTER, { a: "plain", b: "plain" });
    await file.add(OTHER, { a: "registers" });
    await file.add(ADAPTER, { b: "workgroup", c: "plain" });
    const again = new TuningFile(file.path);
    assertEquals(await again.read(ADAPTER), {
      variants: { a: "plain", b: "workgroup", c: "plain" },
    });
    assertEquals(await again.read(OTHER), { variants: { a: "registers" } });
    assertEquals(await again.read({ ...ADAPTER, class: "software" }), { variants: {} });
  });
});

Deno.test("TuningFile forgets what was found with other shaders", async () => {
  await withFile("", async (file) => {
    await file.add(ADAPTER, { a: "plain" });
    const text = await Deno.readTextFile(file.path);
    const hash = await shaderHash();
    assertMatch(hash, /^[0-9a-f]{32}$/);
    await Deno.writeTextFile(file.path, text.replace(hash, "0".repeat(32)));
    assertEquals(await file.read(ADAPTER), { variants: {} });
    await file.add(ADAPTER, { b: "plain" });
    assertEquals(await file.read(ADAPTER), { variants: { b: "plain" } });
  });
});

Deno.test("TuningFile leaves a damaged file aside, says so, and writes it anew", async () => {
  const whole = { format: "spheregrad tuning 1", adapters: {} };
  const damaged = [
    "",
    '{"format": "spheregrad tuning 1", "adap',
    "null",
    "[]",
    JSON.stringify({ ...whole, format: "spheregrad tuning 0" }),
    JSON.stringify({ ...whole, adapters: [] }),
    JSON.stringify({ ...whole, adapters: { x: { shaders: "0", variants: { a: 1 } } } }),
    JSON.stringify({ ...whole, adapters: { x: null } }),
  ];
  for (const content of damaged) {
    await withFile(content, async (file) => {
      const { variants, remark } = await file.read(ADAPTER);
      assertEquals(variants, {});
      assertEquals(
        remark,
        `${file.path} is damaged and is left aside; deno task tune writes it anew.`,
      );
      await file.add(ADAPTER, { a: "plain" });
      assertEquals(await file.read(ADAPTER), { variants: { a: "plain" } });
    });
  }
});

Deno.test("TuningFile.obstacle() finds out whether it can be written, and leaves nothing", async () => {
  await withFiles({ "a file": "" }, async (dir) => {
    assertEquals(await new TuningFile(join(dir, "x", "y", "tuning.json")).obstacle(), null);
    const under = await new TuningFile(join(dir, "a file", "tuning.json")).obstacle();
    assertStringIncludes(under!, "a file");
    assertEquals(await Array.fromAsync(Deno.readDir(dir), ({ name }) => name), ["a file"]);
  });
});

Deno.test("useTuning() enters the choices, and tells a damaged file in one line", async () => {
  const fresh = () => new Gpu(gpu.device, ADAPTER);
  const work = { pass: "nn", shape: { rows: 4, cols: 4, depth: 4 } } as const;
  await withFile("", async (file) => {
    await file.add(ADAPTER, { "matmul nn 4x4x4": "plain" });
    const on = fresh();
    assertEquals(await said(() => useTuning(on, file)), []);
    assertEquals(choicesOf(on).variantFor(work), "plain");
  });
  await withFile("{", async (file) => {
    const on = fresh();
    const lines = await said(() => useTuning(on, file));
    assertEquals(lines.length, 1);
    assertStringIncludes(lines[0]!, file.path);
    assertEquals(choicesOf(on).variantFor(work), undefined);
  });
  assertEquals(await said(() => useTuning(fresh(), null)), []);
});

Deno.test("describeTuning() says in one line where choices come from", async () => {
  await withFiles({ "a file": "" }, async (dir) => {
    const file = new TuningFile(join(dir, FILE));
    assertStringIncludes(
      await describeTuning(ADAPTER, file),
      `nothing measured yet (${file.path})`,
    );
    await file.add(ADAPTER, { a: "plain", b: "plain" });
    assertEquals(await describeTuning(ADAPTER, file), `2 choices measured here, in ${file.path}`);
    await Deno.writeTextFile(file.path, "{");
    assertStringIncludes(await describeTuning(ADAPTER, file), "is damaged");
    const nowhere = new TuningFile(join(dir, "a file", FILE));
    assertStringIncludes(await describeTuning(ADAPTER, nowhere), "none can be kept here (");
    const without = await describeTuning(ADAPTER, null);
    assertStringIncludes(without, "names no cache folder");
    assert(!without.includes("\n"));
  });
});
