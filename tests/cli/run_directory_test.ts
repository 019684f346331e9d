import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { CHECKPOINT, type MetricsLine, MODEL, RunDirectory } from "../../src/cli/run_directory.ts";
import { type FileWriter, writeWhole } from "../../src/cli/write_whole.ts";
import {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
} from "../../src/sphereface/checkpoint.ts";
import { modelSpecs } from "../../src/sphereface/model.ts";
import { sizeOf } from "../reference/array64.ts";
import { IDENTITIES, tinyConfiguration } from "../sphereface/tiny_run.ts";
import { withFiles } from "./command.ts";

function checkpoint(iteration: number): Checkpoint {
  const configuration = tinyConfiguration({ size: { height: 16, width: 16 } });
  const values = new Map(
    modelSpecs(configuration, IDENTITIES.length).map(({ name, shape }) =>
      [name, new Float32Array(sizeOf(shape)).fill(iteration)] as const
    ),
  );
  return { iteration, configuration, identities: IDENTITIES, weights: values, velocities: values };
}

function line(iteration: number): MetricsLine {
  return {
    iteration,
    loss: 1 / iteration,
    accuracy: 0.5,
    targetCosine: 0.1,
    lambda: null,
    learningRate: 0.05,
    imagesPerSecond: 20,
  };
}

async function names(dir: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(dir), ({ name }) => name)).sort();
}

Deno.test("RunDirectory.create() makes folders, and numbers a name that is taken", async () => {
  await withFiles({}, async (dir) => {
    const path = join(dir, "runs", "name");
    assertEquals((await RunDirectory.create(path, false)).path, path);
    // A folder without a run in it may be used.
    assertEquals((await RunDirectory.create(path, true)).path, path);
    for (const [taken, next] of [[path, `${path}-2`], [`${path}-2`, `${path}-3`]]) {
      await Deno.writeTextFile(join(taken!, "metrics.jsonl"), "");
      assertEquals((await RunDirectory.create(path, false)).path, next);
    }
    assertEquals((await RunDirectory.last(path, false)).path, `${path}-2`);
    await Deno.writeTextFile(join(`${path}-3`, "metrics.jsonl"), "");
    assertEquals((await RunDirectory.last(path, false)).path, `${path}-3`);
    assertEquals((await RunDirectory.last(path, true)).path, path);
  });
});

Deno.test("RunDirectory.create() never writes over a run at an exact path", async () => {
  for (const name of [MODEL, CHECKPOINT, "metrics.jsonl"]) {
    await withFiles({ [`run/${name}`]: "old" }, async (dir) => {
      const path = join(dir, "run");
      const error = await assertRejects(() => RunDirectory.create(path, true), Error);
      assertEquals(
        error.message,
        `${path} holds a run already; give another --out, or --resume to go on with it.`,
      );
      assertEquals(await Deno.readTextFile(join(path, name)), "old");
    });
  }
});

Deno.test("RunDirectory.create() says why a folder cannot be made", async () => {
  await withFiles({ file: "" }, async (dir) => {
    const path = join(dir, "file", "run");
    const { message } = await assertRejects(() => RunDirectory.create(path, true), Error);
    assertStringIncludes(message, `The folder ${path} for the run could not be made (`);
    assertStringIncludes(message, "choose another --out.");
  });
});

Deno.test("RunDirectory writes checkpoints and reads the last one", async () => {
  await withFiles({}, async (dir) => {
    const run = await RunDirectory.create(join(dir, "run"), true);
    for (const iteration of [3, 6]) {
      await run.writeCheckpoint(checkpoint(iteration));
      assertEquals((await run.readCheckpoint()).iteration, iteration);
    }
    assertEquals((await run.readCheckpoint()).velocities.get("fc1.bias")![0], 6);
    assertEquals(await names(run.path), [CHECKPOINT]);
  });
});

Deno.test("RunDirectory.readCheckpoint() names a checkpoint that is missing or cut short", async () => {
  await withFiles({}, async (dir) => {
    const run = await RunDirectory.last(join(dir, "run"), true);
    const path = join(dir, "run", CHECKPOINT);
    const { message } = await assertRejects(() => run.readCheckpoint(), Error);
    assertStringIncludes(message, `There is no checkpoint to go on from: ${path} (`);
    assertStringIncludes(message, "Give the --out of the run, or leave --resume out.");
    await Deno.mkdir(run.path);
    await Deno.writeFile(path, encodeCheckpoint(checkpoint(3)).subarray(0, 10_000));
    const { message: cut } = await assertRejects(() => run.readCheckpoint(), SyntaxError);
    assertStringIncludes(cut, `${path} is not a whole safetensors file`);
  });
});

Deno.test("a full disk while a checkpoint is written leaves the one before whole", async () => {
  const full: FileWriter = {
    async write(path, bytes) {
      await Deno.writeFile(path, bytes.subarray(0, bytes.length / 3));
      throw new Error("No space left on device (os error 28)");
    },
    rename: Deno.rename,
    remove: Deno.remove,
  };
  await withFiles({}, async (dir) => {
    const run = await RunDirectory.create(join(dir, "run"), true);
    await run.writeCheckpoint(checkpoint(3));
    const path = run.file(CHECKPOINT);
    const bytes = encodeCheckpoint(checkpoint(6));
    const { message } = await assertRejects(() => writeWhole(path, bytes, full), Error);
    assertStringIncludes(message, `${path} could not be written (No space left on device`);
    const { iteration, weights } = decodeCheckpoint(await Deno.readFile(path), path);
    assertEquals([iteration, weights.get("fc1.bias")![511]], [3, 3]);
    assertEquals(await names(run.path), [CHECKPOINT]);
  });
});

Deno.test("RunDirectory keeps metrics up to a checkpoint, and drops a line that was cut", async () => {
  await withFiles({}, async (dir) => {
    const run = await RunDirectory.create(join(dir, "run"), true);
    assertEquals(await run.keepMetrics(0), []);
    await run.appendMetrics([line(1), line(2)]);
    await run.appendMetrics([]);
    await run.appendMetrics([line(3), line(4)]);
    const path = run.file("metrics.jsonl");
    const text = await Deno.readTextFile(path);
    assertEquals(text.split("\n").length, 5);
    await Deno.writeTextFile(path, '{"iteration": 2, "lo', { append: true });
    assertEquals(await run.keepMetrics(3), [line(1), line(2), line(3)]);
    const kept = await Deno.readTextFile(path);
    assert(text.startsWith(kept) && kept.endsWith("}\n"));
    assertEquals(kept.trimEnd().split("\n").map((text) => JSON.parse(text).iteration), [1, 2, 3]);
  });
});
