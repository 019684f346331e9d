import { assert, assertEquals } from "@std/assert";
import { Gpu } from "../../src/gpu/gpu.ts";
import { bucketOf, choicesOf } from "../../src/kernels/choices.ts";
import type { ConvVariant } from "../../src/kernels/conv.ts";
import { trainingWork } from "../../src/sphereface/step_work.ts";
import { Trainer } from "../../src/sphereface/trainer.ts";
import { gpu } from "../support/gpu.ts";
import { IDENTITIES, tinyBatch, tinyConfiguration } from "./tiny_run.ts";

/** One of each kind; the kernels' own tests go through all. */
const VARIANTS: readonly ConvVariant[] = ["workgroup", "patches", "winograd2", "winograd4"];

/** Losses of ten steps, with λ and the learning rate changing, under one variant for all that it applies to. */
async function losses(variant: string | null, capture: boolean): Promise<number[]> {
  const on = new Gpu(gpu.device, { ...gpu.adapter, name: "never measured" });
  const configuration = tinyConfiguration({ net: "10" });
  using trainer = new Trainer(on, configuration, IDENTITIES, { capture });
  if (variant !== null) {
    const works = trainingWork(on, configuration, IDENTITIES.length);
    choicesOf(on).add(Object.fromEntries(works.map((work) => [bucketOf(work), variant])));
  }
  const seen: number[] = [];
  for (let step = 0; step < 10; step++) {
    const report = await trainer.step(tinyBatch(step, configuration));
    if (report !== null) seen.push(report.loss);
  }
  seen.push((await trainer.finish())!.loss);
  return seen;
}

Deno.test("ten steps are the same, captured or not, and within 1e-4 whatever the variants", async () => {
  const plain = await losses("plain", false);
  assertEquals(plain.length, 10);
  assertEquals(await losses("plain", true), plain);
  const chosen = await losses(null, false);
  assertEquals(await losses(null, true), chosen);
  const runs: [string, number[]][] = [["the rule", chosen]];
  for (const variant of VARIANTS) runs.push([variant, await losses(variant, true)]);
  for (const [name, run] of runs) {
    const error = Math.max(...run.map((loss, step) => Math.abs(loss / plain[step]! - 1)));
    assert(error <= 1e-4, `${name}: a loss differs by ${error}`);
  }
  // Or nothing would have been compared.
  for (const [name, run] of runs) {
    assert(name === "workgroup" || run.some((loss, step) => loss !== plain[step]), name);
  }
});
