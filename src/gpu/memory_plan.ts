/**
 * A plan of memory for work whose commands are all known: ranges that are never needed at the same time share
 * a place. A place is a buffer of its own, for WebGPU refuses a dispatch that reads one part of a buffer and
 * writes another.
 */

/** A range, from the first command that touches it to the last one. */
export interface Lifetime {
  /** Bytes. */
  readonly size: number;
  /** Number of the first command. */
  readonly first: number;
  /** Number of the last command. */
  readonly last: number;
}

/** Places, and which range lies where. */
export interface MemoryPlan {
  /** Bytes of each place. */
  readonly sizes: readonly number[];
  /** For each lifetime, the number of its place. */
  readonly places: readonly number[];
}

/**
 * Gives every lifetime a place, the large ones first: each goes where the fewest bytes lie idle between the
 * lives that are there, or to a place of its own size.
 */
export function planMemory(lifetimes: readonly Lifetime[]): MemoryPlan {
  const order = lifetimes.map((_, index) => index)
    .sort((a, b) =>
      lifetimes[b]!.size - lifetimes[a]!.size || lifetimes[a]!.first - lifetimes[b]!.first
    );
  const sizes: number[] = [];
  const tenants: Lifetime[][] = [];
  const places = new Array<number>(lifetimes.length);
  for (const index of order) {
    const life = lifetimes[index]!;
    let best = -1;
    let least = Infinity;
    for (const [place, others] of tenants.entries()) {
      if (others.some((other) => other.first <= life.last && life.first <= other.last)) continue;
      const waste = sizes[place]! - life.size;
      if (waste < least) [best, least] = [place, waste];
    }
    if (best < 0) {
      best = sizes.push(life.size) - 1;
      tenants.push([]);
    }
    tenants[best]!.push(life);
    places[index] = best;
  }
  return { sizes, places };
}
