import { Random } from "../random.ts";

/** Pairs of images by row, as they are drawn from labelled images. */
export interface SampledPairs {
  /** Row of the first image of each pair. */
  readonly left: Uint32Array;
  /** Row of the second image of each pair. */
  readonly right: Uint32Array;
  /** 1 where both images show one identity, else 0; the positives come first. */
  readonly same: Uint8Array;
}

/** How many pairs to draw, and from which seed. */
export interface SamplePairsOptions {
  /** Pairs of one identity. */
  readonly positives: number;
  /** Pairs of two identities. */
  readonly negatives: number;
  /** Any safe integer; the same seed draws the same pairs. */
  readonly seed: number;
}

/** How many different pairs there are. */
export interface PairCounts {
  /** Unordered pairs of two images of one identity. */
  readonly positives: number;
  /** Unordered pairs of images of two identities. */
  readonly negatives: number;
}

/**
 * Counts the different pairs that labelled images can make.
 *
 * @param labels The identity of each image.
 *
 * @example
 * ```ts
 * import { countPairs } from "@spheregrad/spheregrad";
 *
 * console.log(countPairs([0, 0, 1])); // { positives: 1, negatives: 2 }
 * ```
 */
export function countPairs(labels: ArrayLike<number>): PairCounts {
  let positives = 0;
  for (const images of imagesByIdentity(labels)) positives += pairsOf(images.length);
  return { positives, negatives: pairsOf(labels.length) - positives };
}

/**
 * Draws distinct pairs of images, no two alike in either order.
 *
 * Identities take turns in random order, and so do pairs of identities, so that one with many images
 * weighs no more than the others while these have pairs left.
 *
 * @param labels The identity of each image, any whole numbers.
 * @throws {RangeError} when there are fewer different pairs than asked for.
 *
 * @example
 * ```ts
 * import { samplePairs } from "@spheregrad/spheregrad";
 *
 * const { same } = samplePairs([0, 0, 1, 1], { positives: 2, negatives: 3, seed: 1 });
 * console.log(same); // [1, 1, 0, 0, 0]
 * ```
 */
export function samplePairs(
  labels: ArrayLike<number>,
  { positives, negatives, seed }: SamplePairsOptions,
): SampledPairs {
  const identities = imagesByIdentity(labels);
  const available = countPairs(labels);
  for (
    const [kind, wanted, there] of [
      ["one identity", positives, available.positives],
      ["two identities", negatives, available.negatives],
    ] as const
  ) {
    if (!Number.isInteger(wanted) || wanted < 0 || wanted > there) {
      throw new RangeError(
        `${wanted} pairs of ${kind} can't be drawn: ${labels.length} images of ${identities.length} ` +
          `identities make ${there} different ones.`,
      );
    }
  }
  const random = new Random(seed);
  const drawn = [
    ...drawPositives(identities, positives, random),
    ...drawNegatives(identities, negatives, random),
  ];
  return {
    left: Uint32Array.from(drawn, ([left]) => left),
    right: Uint32Array.from(drawn, ([, right]) => right),
    same: Uint8Array.from(drawn, (_, i) => i < positives ? 1 : 0),
  };
}

type Pair = readonly [left: number, right: number];

function drawPositives(
  identities: readonly (readonly number[])[],
  count: number,
  random: Random,
): Pair[] {
  let sources = identities.filter((images) => images.length > 1)
    .map((images) => ({ images, deck: new Deck(pairsOf(images.length), random) }));
  const pairs: Pair[] = [];
  while (pairs.length < count) {
    for (const { images, deck } of random.shuffle(sources)) {
      if (pairs.length === count) break;
      const [high, low] = unrank(deck.draw());
      pairs.push([images[low]!, images[high]!]);
    }
    sources = sources.filter(({ deck }) => deck.left > 0);
  }
  return pairs;
}

function drawNegatives(
  identities: readonly (readonly number[])[],
  count: number,
  random: Random,
): Pair[] {
  const decks = new Map<number, Deck>();
  let used: number[] = [];
  let turn = new Deck(pairsOf(identities.length), random);
  const pairs: Pair[] = [];
  while (pairs.length < count) {
    if (turn.left === 0) {
      // Another round over the pairs of identities that still have pairs of images.
      const open = used.filter((rank) => decks.get(rank)!.left > 0);
      turn = new Deck(open.length, random, open);
      used = [];
    }
    const rank = turn.draw();
    const [high, low] = unrank(rank);
    const [a, b] = [identities[low]!, identities[high]!];
    const deck = decks.get(rank) ?? new Deck(a.length * b.length, random);
    decks.set(rank, deck);
    used.push(rank);
    const cell = deck.draw();
    pairs.push([a[cell % a.length]!, b[Math.floor(cell / a.length)]!]);
  }
  return pairs;
}

/** Numbers 0…size − 1 (or given ones) drawn in random order, keeping only what has been moved. */
class Deck {
  left: number;
  readonly #moved = new Map<number, number>();

  constructor(
    size: number,
    private readonly random: Random,
    private readonly cards: readonly number[] | null = null,
  ) {
    this.left = size;
  }

  draw(): number {
    const at = this.random.below(this.left--);
    const card = this.#moved.get(at) ?? at;
    this.#moved.set(at, this.#moved.get(this.left) ?? this.left);
    this.#moved.delete(this.left);
    return this.cards === null ? card : this.cards[card]!;
  }
}

/** Rows of each identity, in order of appearance. */
function imagesByIdentity(labels: ArrayLike<number>): number[][] {
  const rows = new Map<number, number[]>();
  for (let i = 0; i < labels.length; i++) {
    const images = rows.get(labels[i]!);
    if (images) images.push(i);
    else rows.set(labels[i]!, [i]);
  }
  return [...rows.values()];
}

function pairsOf(count: number): number {
  return count * (count - 1) / 2;
}

/** The pair high > low whose place is `rank` in the order (1,0), (2,0), (2,1), (3,0), … */
function unrank(rank: number): [high: number, low: number] {
  let high = Math.floor((1 + Math.sqrt(1 + 8 * rank)) / 2);
  if (pairsOf(high) > rank) high--;
  else if (pairsOf(high + 1) <= rank) high++;
  return [high, rank - pairsOf(high)];
}
