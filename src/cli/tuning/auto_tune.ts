/** Tuning at the start of a training run, where it pays. */

import type { Gpu } from "../../gpu/gpu.ts";
import { choicesOf } from "../../kernels/choices.ts";
import { tune } from "../../kernels/tuner.ts";
import { trainingWork, type WorkSettings } from "../../sphereface/step_work.ts";
import type { TuningFile } from "./tuning_files.ts";

/** Milliseconds that it may take, but for the last compilation. */
const BUDGET = 3500;

/** Steps times kinds of work from which on a few seconds are worth it: about 200 steps of SphereNet-20. */
const LEAST_WORK = 5000;

/**
 * Measures the work of a run for which nothing is known, and keeps the choices. Not on software adapters, whose
 * rule was measured; not where the choices cannot be kept, for then the next run with the same settings would
 * choose anew, and its losses would not be the same bit for bit.
 *
 * @returns What was done, in one line; null for nothing.
 */
export async function autoTune(
  gpu: Gpu,
  settings: WorkSettings & { readonly iterations: number },
  classes: number,
  file: TuningFile | null,
  budget: number = BUDGET,
): Promise<string | null> {
  if (file === null || gpu.adapter.class === "software") return null;
  const started = performance.now();
  const works = trainingWork(gpu, settings, classes);
  const unknown = works.filter((work) => !choicesOf(gpu).has(work));
  if (unknown.length === 0 || settings.iterations * works.length < LEAST_WORK) return null;
  if (await file.obstacle() !== null) return null;
  const tuned = await tune(gpu, unknown, { budget, rounds: 2, sample: 15 });
  gpu.trim();
  // Also what there was no time for: whether it is measured must not depend on how often one trains.
  const variants = Object.fromEntries(tuned.map(({ bucket, chosen }) => [bucket, chosen]));
  await file.add(gpu.adapter, variants);
  const measured = tuned.filter(({ timings }) =>
    timings.some(({ milliseconds }) => milliseconds !== null)
  );
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  return `Tuned ${measured.length} of ${unknown.length} kinds of work for this adapter in ${seconds} s, ` +
    `kept in ${file.path}; deno task tune measures all, --no-tune none.`;
}
