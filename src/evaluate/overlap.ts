/** Identities that may be the same person, by the embeddings of their images. */

/** Rows that are compared: normalised features, each of an identity. */
export interface IdentityRows {
  /** For messages. */
  readonly name: string;
  /** Length of a feature. */
  readonly dim: number;
  /** The identity of each row, an index into `identities`. */
  readonly labels: Uint32Array;
  /** Names of the identities. */
  readonly identities: readonly string[];
  /** Number of images of each identity. */
  readonly images: ArrayLike<number>;
  /** `count` rows from `first` on, `[count, dim]`, each of length 1. */
  read(first: number, count: number): Promise<Float32Array<ArrayBuffer>>;
}

/** Two identities that may be the same person. */
export interface IdentityMatch {
  /** Label in the first set. */
  readonly a: number;
  /** Label in the second set, or in the first one where that is compared with itself. */
  readonly b: number;
  /** Cosine of the rows that are most alike, −1 to 1. */
  readonly score: number;
}

/** A candidate while the search runs: which rows, and their cosine in 32-bit floats. */
export interface RowMatch {
  /** Row of the first set. */
  readonly row: number;
  /** Row of the second set. */
  readonly other: number;
  /** Their cosine. */
  readonly score: number;
}

/** What a cosine in 32-bit floats may be off by, generously. */
const ROUNDING = 1e-4;

/** Candidates kept beside those asked for, so that rounding does not choose among near ties. */
const SPARE = 16;

/** Keeps the best matches of each identity while cosines come in, in bounded memory. */
export class BestMatches {
  /** The score below which nothing is kept. */
  readonly least: number;
  readonly #each: number;
  /** By the first set's label: the best match of each of the second set's labels. */
  readonly #found = new Map<number, Map<number, RowMatch>>();
  /** The score that a full identity's next match must reach. */
  readonly #cuts: Float64Array;

  /**
   * Begins without matches.
   *
   * @param identities Number of identities of the first set.
   * @param threshold Matches below it do not count.
   * @param each The most matches of an identity.
   */
  constructor(identities: number, threshold: number, each: number) {
    this.#each = each;
    this.least = threshold - ROUNDING;
    this.#cuts = new Float64Array(identities).fill(this.least);
  }

  /** The score that a match of an identity must reach to be kept. */
  cut(a: number): number {
    return this.#cuts[a]!;
  }

  /** Takes note of two rows of the identities `a` and `b`. */
  offer(a: number, b: number, match: RowMatch): void {
    if (match.score < this.#cuts[a]!) return;
    let matches = this.#found.get(a);
    if (matches === undefined) this.#found.set(a, matches = new Map());
    const known = matches.get(b);
    if (known === undefined || match.score > known.score) matches.set(b, match);
    if (matches.size > 2 * (this.#each + SPARE)) this.#prune(a, matches);
  }

  /** All that were kept, of which some may be below the threshold by what rounding does. */
  all(): RowMatch[] {
    for (const [a, matches] of this.#found) this.#prune(a, matches);
    return [...this.#found.values()].flatMap((matches) => [...matches.values()]);
  }

  #prune(a: number, matches: Map<number, RowMatch>): void {
    const best = [...matches].sort(([, x], [, y]) => y.score - x.score);
    const kept = best.slice(0, this.#each + SPARE);
    this.#found.set(a, new Map(kept));
    if (best.length > kept.length) this.#cuts[a] = kept.at(-1)![1].score;
  }
}

/**
 * Looks through a block of cosines.
 *
 * @param best What is found is noted there.
 * @param cosines `[rows, columns]`, of the rows from `firstRow` and the others from `firstOther` on.
 * @param other The second set; null where the first is compared with itself: then each pair of rows counts once,
 * and rows of one identity are passed over.
 */
export function scanCosines(
  best: BestMatches,
  cosines: Float32Array,
  { rows, firstRow, other, firstOther, columns }: {
    readonly rows: Pick<IdentityRows, "labels">;
    readonly firstRow: number;
    readonly other: Pick<IdentityRows, "labels"> | null;
    readonly firstOther: number;
    readonly columns: number;
  },
): void {
  const others = other ?? rows;
  for (let at = 0, row = firstRow; at < cosines.length; at += columns, row++) {
    const a = rows.labels[row]!;
    const start = other === null ? Math.max(0, row + 1 - firstOther) : 0;
    // A match of two identities of one set belongs to the one with the smaller label, which may not be full yet.
    let cut = other === null ? best.least : best.cut(a);
    for (let column = start; column < columns; column++) {
      const score = cosines[at + column]!;
      if (!(score >= cut)) continue;
      const b = others.labels[firstOther + column]!;
      if (other === null && a === b) continue;
      // The smaller label first, so that both orders of two identities are one match.
      const swap = other === null && b < a;
      const match = { row, other: firstOther + column, score };
      best.offer(swap ? b : a, swap ? a : b, match);
      if (other !== null) cut = best.cut(a);
    }
  }
}

/**
 * Scores candidates anew in 64-bit floats, and lists those that reach the threshold from the best on.
 *
 * @param candidates What {@linkcode BestMatches} kept.
 * @param each The most matches of an identity of the first set.
 */
export async function rescore(
  rows: IdentityRows,
  other: IdentityRows | null,
  candidates: readonly RowMatch[],
  { threshold, each }: { readonly threshold: number; readonly each: number },
): Promise<IdentityMatch[]> {
  const others = other ?? rows;
  const matches: IdentityMatch[] = [];
  for (const match of candidates) {
    const [x, y] = await Promise.all([rows.read(match.row, 1), others.read(match.other, 1)]);
    const [one, two] = [rows.labels[match.row]!, others.labels[match.other]!];
    const [a, b] = other === null && two < one ? [two, one] : [one, two];
    const score = cosine(x, y);
    if (score >= threshold) matches.push({ a, b, score });
  }
  matches.sort((x, y) => y.score - x.score || x.a - y.a || x.b - y.b);
  const counts = new Map<number, number>();
  return matches.filter(({ a }) => {
    const count = (counts.get(a) ?? 0) + 1;
    counts.set(a, count);
    return count <= each;
  });
}

function cosine(x: Float32Array, y: Float32Array): number {
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    xx += x[i]! * x[i]!;
    yy += y[i]! * y[i]!;
    xy += x[i]! * y[i]!;
  }
  const norms = Math.sqrt(xx * yy);
  return norms > 0 ? Math.max(-1, Math.min(1, xy / norms)) : 0;
}
