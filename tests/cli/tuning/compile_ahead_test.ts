import { assertEquals } from "@std/assert";
import { compileStepAhead, compileTask } from "../../../src/cli/tuning/compile_ahead.ts";
import { Gpu } from "../../../src/gpu/gpu.ts";
import { tinyConfiguration } from "../../sphereface/tiny_run.ts";
import { gpu } from "../../support/gpu.ts";

const SETTINGS = tinyConfiguration({ size: { height: 16, width: 16 }, batch: 2 });

Deno.test("compileTask() compiles on a device of its own", async () => {
  const before = gpu.counts;
  await compileTask({ settings: SETTINGS, classes: 5 });
  assertEquals(gpu.counts, before);
});

Deno.test("compileStepAhead() may be ended at any time, and does nothing on a real GPU", async () => {
  for (const adapterClass of ["software", "gpu"] as const) {
    const on = new Gpu(gpu.device, { ...gpu.adapter, class: adapterClass });
    for (const milliseconds of [0, 300]) {
      using _ahead = compileStepAhead(on, SETTINGS, 5);
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
    }
  }
});
