import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { autoTune } from "../../../src/cli/tuning/auto_tune.ts";
import { TuningFile, useTuning } from "../../../src/cli/tuning/tuning_files.ts";
import type { AdapterClass } from "../../../src/gpu/adapter.ts";
import { Gpu } from "../../../src/gpu/gpu.ts";
import { bucketOf, choicesOf } from "../../../src/kernels/choices.ts";
import { trainingWork } from "../../../src/sphereface/step_work.ts";
import { tinyConfiguration } from "../../sphereface/tiny_run.ts";
import { gpu } from "../../support/gpu.ts";
import { withFiles } from "../command.ts";

const LONG = tinyConfiguration({ size: { height: 16, width: 16 }, batch: 2, iterations: 1e6 });

function fresh(kind: AdapterClass = "gpu"): Gpu {
  return new Gpu(gpu.device, { ...gpu.adapter, name: "never measured", class: kind });
}

Deno.test("autoTune() enters and keeps a choice for all work of a run, once", async () => {
  await withFiles({}, async (dir) => {
    const file = new TuningFile(join(dir, "cache", "tuning.json"));
    const on = fresh();
    const line = await autoTune(on, LONG, 5, file, 0); // no time for anything: the rule is kept
    assertMatch(line!, /^Tuned 0 of \d+ kinds of work for this adapter in \d+\.\d s, kept in /);
    const works = trainingWork(on, LONG, 5);
    assert(works.every((work) => choicesOf(on).has(work)));
    const { variants } = await file.read(on.adapter);
    assertEquals(Object.keys(variants).toSorted(), works.map(bucketOf).toSorted());
    assertEquals(await autoTune(on, LONG, 5, file), null);
    // The next process finds them.
    const next = fresh();
    await useTuning(next, file);
    assertEquals(await autoTune(next, LONG, 5, file), null);
  });
});

Deno.test("autoTune() does nothing where it does not pay or cannot be kept", async () => {
  await withFiles({ "a file": "" }, async (dir) => {
    const file = new TuningFile(join(dir, "cache", "tuning.json"));
    assertEquals(await autoTune(fresh("software"), LONG, 5, file), null);
    assertEquals(await autoTune(fresh(), { ...LONG, iterations: 100 }, 5, file), null);
    assertEquals(await autoTune(fresh(), LONG, 5, null), null);
    const nowhere = new TuningFile(join(dir, "a file", "tuning.json"));
    assertEquals(await autoTune(fresh(), LONG, 5, nowhere), null);
    assertEquals(await Array.fromAsync(Deno.readDir(dir), ({ name }) => name), ["a file"]);
  });
});
