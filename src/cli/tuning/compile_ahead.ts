/** Compiling the kernels of a training run in a worker, beside what else a run begins with. */

import { Gpu } from "../../gpu/gpu.ts";
import { compileAhead } from "../../gpu/rehearsal.ts";
import { trainingKernels, type WorkSettings } from "../../sphereface/step_work.ts";

/** What the worker is told. */
export interface Task {
  readonly settings: WorkSettings;
  readonly classes: number;
}

/**
 * Has the kernels of a run compiled while it still makes its weights, and from their other end while it does its
 * first step: the half of the processors that waits otherwise takes part. Nothing depends on it. On software
 * adapters alone, as drivers of GPUs compile where they are asked to.
 *
 * @returns To be disposed of when the run ends, which also ends what is not done by then.
 */
export function compileStepAhead(gpu: Gpu, settings: WorkSettings, classes: number): Disposable {
  if (gpu.adapter.class !== "software") return { [Symbol.dispose]() {} };
  const worker = new Worker(new URL("./compile_ahead_worker.ts", import.meta.url), {
    type: "module",
  });
  worker.onerror = (event) => event.preventDefault(); // the run compiles what it needs itself
  const { net, size, head, margin, gradient, batch, recompute, precision } = settings;
  const plain = { net, size, head, margin, gradient, batch, recompute, precision };
  worker.postMessage({ settings: plain, classes } satisfies Task);
  return { [Symbol.dispose]: () => worker.terminate() };
}

/** The worker's side. */
export async function compileTask({ settings, classes }: Task): Promise<void> {
  using gpu = await Gpu.request();
  await compileAhead(gpu, trainingKernels(gpu, settings, classes));
}
