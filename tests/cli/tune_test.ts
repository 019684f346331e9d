import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import { main } from "../../src/cli/tune.ts";
import { shaderHash, TuningFile } from "../../src/cli/tuning/tuning_files.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { adapterKey, bucketOf } from "../../src/kernels/choices.ts";
import type { TuneOptions } from "../../src/kernels/tuner.ts";
import { candidatesOf } from "../../src/kernels/tuner_candidates.ts";
import { trainingWork } from "../../src/sphereface/step_work.ts";
import { tinyConfiguration } from "../sphereface/tiny_run.ts";
import { run, withFiles } from "./command.ts";

/** Few variants, each measured once. */
const QUICK: TuneOptions = {
  rounds: 1,
  sample: 0,
  candidates: (gpu, work) =>
    candidatesOf(gpu, work).filter(({ variant }) => ["patches", "plain"].includes(variant)),
};

async function tune(file: TuningFile | null, ...args: string[]): Promise<string> {
  const { log, error } = console;
  const lines: string[] = [];
  console.log = (line: string) => lines.push(line);
  console.error = () => {};
  try {
    assertEquals(await main(args, file, QUICK), 0);
  } finally {
    Object.assign(console, { log, error });
  }
  return lines.join("\n");
}

Deno.test("tune measures the work of a net, keeps the choices, and prints the rates", async () => {
  await withFiles({}, async (dir) => {
    const file = new TuningFile(join(dir, "cache", "tuning.json"));
    const out = join(dir, "choices.json");
    const settings = ["--net", "4", "--size", "16x16", "--batch", "1,2", "--identities", "4"];
    const table = await tune(file, ...settings, "--head", "softmax", "--out", out);
    using gpu = await Gpu.request();
    const buckets = [1, 2].flatMap((batch) => {
      const size = { height: 16, width: 16 };
      const configuration = tinyConfiguration({ size, batch, head: "softmax" });
      return trainingWork(gpu, configuration, 4).map(bucketOf);
    });
    const { variants, remark } = await file.read(gpu.adapter);
    assertEquals(remark, undefined);
    assertEquals(Object.keys(variants).toSorted(), [...new Set(buckets)].toSorted());
    assertEquals(JSON.parse(await Deno.readTextFile(out)), {
      adapter: adapterKey(gpu.adapter),
      shaders: await shaderHash(),
      variants,
    });
    for (const [bucket, variant] of Object.entries(variants)) {
      const line = table.split("\n").find((line) => line.startsWith(`${bucket} `));
      assertStringIncludes(line!, ` ${variant}* `);
      assertMatch(line!, /plain\*? \d/);
    }
    assert(!table.includes("dropped"), table);
  });
});

Deno.test("tune says before it measures that the choices could not be kept", async () => {
  await withFiles({ "a file": "" }, async (dir) => {
    const nowhere = new TuningFile(join(dir, "a file", "tuning.json"));
    for (const file of [nowhere, null]) {
      const { message } = await assertRejects(() => main([], file), Error);
      assertStringIncludes(message, "The choices could not be kept (");
      assertStringIncludes(message, "--out");
    }
  });
});

Deno.test("tune refuses what it does not understand", async () => {
  for (
    const [args, words] of [
      [["faces"], 'no argument "faces"'],
      [["--batch", "8,x"], '--batch takes whole numbers with commas, such as 8,32, not "8,x"'],
      [["--batch", "0"], "--batch takes"],
      [["--identities", "1"], "at least 2"],
      [["--net", "5"], 'no net "5"'],
      [["--head", "cosine"], "--head must be one of"],
    ] as const
  ) {
    const { code, err } = await run("tune", ...args);
    assertEquals(code, 1);
    assertStringIncludes(err, words);
  }
});
