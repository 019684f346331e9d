/** Medians of runs that take turns: what drifts on a machine then drifts for all of them. */

/** Times of one contender, in milliseconds. */
export interface Times {
  /** The middle one. */
  readonly median: number;
  /** The shortest. */
  readonly least: number;
  /** The longest. */
  readonly most: number;
}

/** The middle value, or the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) throw new RangeError("There is no median of no values.");
  return sorted.length % 2 === 1 ? upper : (sorted[middle - 1]! + upper) / 2;
}

/** Runs all contenders in turn, `rounds` times, and sums their times up by name. */
export async function interleave(
  contenders: Readonly<Record<string, () => Promise<unknown>>>,
  rounds: number,
  onRun: (name: string, milliseconds: number) => void = () => {},
): Promise<Map<string, Times>> {
  const times = new Map<string, number[]>(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(contenders)) {
      const start = performance.now();
      await run();
      const milliseconds = performance.now() - start;
      times.get(name)!.push(milliseconds);
      onRun(name, milliseconds);
    }
  }
  return new Map([...times].map(([name, list]) => [name, {
    median: median(list),
    least: Math.min(...list),
    most: Math.max(...list),
  }]));
}
