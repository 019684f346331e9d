/** What the comparisons of all kinds of work share. */

import { interleave } from "../timing.ts";
import type { Contender } from "./contender.ts";
import type { Row } from "./results.ts";

/** The kinds of work. */
export const KINDS = ["matmul", "conv", "forward", "step", "detect"] as const;

/** A kind of work. */
export type Kind = (typeof KINDS)[number];

/** One piece of work on all engines that can do it. */
export interface Outcome {
  /** Its kind. */
  readonly kind: Kind;
  /** What distinguishes it among all works: a new outcome replaces an older one. */
  readonly id: string;
  /** What was done. */
  readonly work: string;
  /** One row an engine, this one first. */
  readonly rows: readonly Row[];
  /** By what share of their value or norm the engines' results differed. */
  readonly difference: number;
  /** Engines that failed at it, with their reasons. */
  readonly failures: readonly string[];
}

/** An engine that is ready for a piece of work. */
export interface Prepared<R> {
  /** The engine. */
  readonly contender: Contender;
  /** Its readiness. */
  readonly runner: R;
}

/** Engines that are ready, and those that are not. */
export interface Field<R> {
  /** The ready ones, in the order of the contenders. */
  readonly ready: Prepared<R>[];
  /** A sentence about each that failed. */
  readonly failures: string[];
}

/** Name and version of an engine. */
export function titleOf({ name, version }: Contender): string {
  return `${name} ${version}`;
}

/** Prepares all engines that know a kind of work; one that fails is told about and left out. */
export async function prepareAll<R extends Disposable>(
  contenders: readonly Contender[],
  prepare: (contender: Contender) => R | Promise<R> | undefined,
): Promise<Field<R>> {
  const field: Field<R> = { ready: [], failures: [] };
  for (const contender of contenders) {
    await attempt(field, contender, async () => {
      const runner = await prepare(contender);
      if (runner !== undefined) field.ready.push({ contender, runner });
    });
  }
  return field;
}

/**
 * Asks all engines for the same result and compares each with the first: the largest difference, as a share
 * of the norm. An engine that fails is told about and left out.
 *
 * @throws {Error} if a result differs by more than the tolerance.
 */
export async function proveEqual<R extends Disposable>(
  field: Field<R>,
  what: string,
  tolerance: number,
  resultOf: (runner: R, contender: Contender) => Promise<ArrayLike<number>>,
): Promise<number> {
  let first: ArrayLike<number> | null = null;
  let most = 0;
  for (const prepared of [...field.ready]) {
    const { contender, runner } = prepared;
    const isDone = await attempt(field, contender, async () => {
      const start = performance.now();
      const result = await resultOf(runner, contender);
      tellOf(titleOf(contender), performance.now() - start, ", preparation included");
      first ??= result;
      const error = relativeError(result, first);
      if (!(error < tolerance)) throw new Disagreement(what, contender, error);
      most = Math.max(most, error);
    });
    if (isDone) continue;
    field.ready.splice(field.ready.indexOf(prepared), 1);
    runner[Symbol.dispose]();
  }
  return most;
}

const LONG_MILLISECONDS = 4000;

class Disagreement extends Error {
  constructor(what: string, contender: Contender, error: number) {
    super(`${titleOf(contender)}'s ${what} differs by ${error} of its norm; nothing was timed.`);
  }
}

async function attempt<R>(
  field: Field<R>,
  contender: Contender,
  run: () => Promise<void>,
): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (error) {
    // Without this engine there is nothing to compare, and no wrong result may go unnoticed.
    if (contender.kind === "own" || error instanceof Disagreement) throw error;
    const failure = `${titleOf(contender)} failed: ${messageOf(error)}`;
    console.log(`  ${failure}`);
    field.failures.push(failure);
    return false;
  }
}

/** So that nobody waits in vain, what takes long is told about. */
function tellOf(title: string, milliseconds: number, more = ""): void {
  if (milliseconds > LONG_MILLISECONDS) {
    console.log(`  ${title}: ${(milliseconds / 1000).toFixed(1)} s${more}`);
  }
}

/** The first line of an error's message. */
export function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0]!;
}

/** ‖a − b‖ / ‖b‖; not a number where their lengths differ. */
function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return NaN;
  let [difference, norm] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    norm += b[i]! ** 2;
  }
  return Math.sqrt(difference / norm);
}

/** An engine at the start. */
export interface Entrant {
  /** The engine. */
  readonly contender: Contender;
  /** Does the work so many times, with one wait at the end. */
  readonly run: (times: number) => Promise<unknown>;
  /** Work done at each time. */
  readonly amount: number;
}

/** A run lasts this long, or as long as the work takes once: then the wait at its end matters little. */
const RUN_MILLISECONDS = 500;

const MOST_TIMES = 64;

/** Finds how often each engine does the work in a run, then times all of them in turns. */
export async function race(
  unit: string,
  entrants: readonly Entrant[],
  repeats: number,
): Promise<Row[]> {
  const times = new Map<Contender, number>();
  for (const { contender, run } of entrants) {
    const start = performance.now();
    await run(1);
    const once = performance.now() - start;
    times.set(contender, Math.min(MOST_TIMES, Math.max(1, Math.round(RUN_MILLISECONDS / once))));
  }
  const runs = entrants.map(({ contender, run }) =>
    [titleOf(contender), () => run(times.get(contender)!)] as const
  );
  const measured = await interleave(Object.fromEntries(runs), repeats, tellOf);
  return entrants.map(({ contender, amount }) => {
    const { name, version } = contender;
    const count = times.get(contender)!;
    const row = {
      engine: name,
      version,
      amount: amount * count,
      unit,
      times: measured.get(titleOf(contender))!,
    };
    const rate = row.amount / row.times.median * 1000;
    console.log(`  ${titleOf(contender)}: ${rate.toPrecision(3)} ${unit}/s, ${count} a run`);
    return row;
  });
}
