/** What the comparisons of all kinds of work share. */

import { interleave } from "../timing.ts";
import type { Contender } from "./contender.ts";
import type { Row } from "./results.ts";

/** Rows of the table, and what showed that the engines compute the same. */
export interface Outcome {
  /** One row an engine, this one first. */
  readonly rows: readonly Row[];
  /** A sentence with the difference that was found. */
  readonly agreement: string;
}

/** An engine ready to run. */
export interface Entrant {
  /** Its name and version. */
  readonly title: string;
  /** One run, with the wait for its result. */
  readonly run: () => Promise<unknown>;
  /** Work done in one run. */
  readonly amount: number;
}

/** Name and version of an engine. */
export function titleOf({ name, version }: Contender): string {
  return `${name} ${version}`;
}

/** Times all entrants in turns, telling of each run. */
export async function race(
  work: string,
  unit: string,
  entrants: readonly Entrant[],
  repeats: number,
): Promise<Row[]> {
  const runs = entrants.map(({ title, run }) => [title, run] as const);
  const times = await interleave(Object.fromEntries(runs), repeats, (title, milliseconds) => {
    console.log(`  ${title}: ${(milliseconds / 1000).toFixed(3)} s`);
  });
  return entrants.map(({ title, amount }) => ({
    work,
    engine: title,
    amount,
    unit,
    times: times.get(title)!,
  }));
}
