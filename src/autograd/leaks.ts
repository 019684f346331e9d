/**
 * Debug mode: tensors that the garbage collector takes before anyone freed them are reported with the name
 * of the operation that made them, for their GPU memory is lost.
 */

import type { Tensor } from "./tensor.ts";

/** Told of a leaked tensor: a sentence with the operation's name. */
export type LeakReport = (message: string) => void;

let report: LeakReport | null = null;
let registry: FinalizationRegistry<string> | null = null;
const live = new Map<string, number>();

/** Turns leak reports on (`console.warn` by default) or, with `null`, off. */
export function reportLeaks(to: LeakReport | null = console.warn): void {
  report = to;
  registry = to === null ? null : new FinalizationRegistry((origin) => {
    count(origin, -1);
    report?.(
      `A tensor made by ${origin} was never freed; make it inside a scope() or dispose of it.`,
    );
  });
  live.clear();
}

/** Live tensors by the operation that made them, counted since {@linkcode reportLeaks} was turned on. */
export function liveTensors(): Readonly<Record<string, number>> {
  return Object.fromEntries([...live].filter(([, tensors]) => tensors > 0));
}

/** Starts watching a new tensor. */
export function watch(tensor: Tensor): void {
  if (registry === null) return;
  registry.register(tensor, tensor.origin, tensor);
  count(tensor.origin, 1);
}

/** Stops watching a tensor that was freed. */
export function forget(tensor: Tensor): void {
  if (registry?.unregister(tensor)) count(tensor.origin, -1);
}

function count(origin: string, by: number): void {
  live.set(origin, (live.get(origin) ?? 0) + by);
}
