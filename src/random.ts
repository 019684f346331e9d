/**
 * Seeded pseudo-random numbers, the same for the same seed in every run and on every machine.
 *
 * The generator is xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom number
 * generators", 2018), its state filled from the seed by a Weyl sequence under MurmurHash3's
 * finaliser. Not for secrets.
 */

const WEYL = 0x9e3779b9;

function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Absorbs a safe integer into a hash, both of its 32-bit halves and thereby its sign too. */
function absorb(hash: number, value: number): number {
  const low = value >>> 0;
  const high = Math.floor(value / 2 ** 32) | 0;
  return mix(mix(hash + WEYL ^ low) + WEYL ^ high);
}

/**
 * A stream of pseudo-random numbers that a seed determines.
 *
 * @example
 * ```ts
 * import { Random } from "@spheregrad/spheregrad";
 *
 * const a = new Random(7);
 * const b = new Random(7);
 * console.assert(a.uint32() === b.uint32());
 * console.assert(a.fork(1).uint32() !== a.fork(2).uint32());
 * ```
 */
export class Random {
  #keys: readonly [number, number];
  #a: number;
  #b: number;
  #c: number;
  #d: number;
  #spare: number | null = null;

  /**
   * Starts the stream of a seed.
   *
   * @param seed Any safe integer.
   * @throws RangeError when the seed isn't a safe integer.
   */
  constructor(seed: number) {
    requireInteger("seed", seed);
    this.#keys = [absorb(1, seed), absorb(2, seed)];
    [this.#a, this.#b, this.#c, this.#d] = initialState(this.#keys);
  }

  /** The next 32 random bits, an integer in `[0, 2^32)`. */
  uint32(): number {
    const scrambled = Math.imul(rotateLeft(Math.imul(this.#b, 5), 7), 9);
    const t = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= t;
    this.#d = rotateLeft(this.#d, 11);
    return scrambled >>> 0;
  }

  /** A number in `[0, 1)`, a multiple of 2^-32. One draw of {@linkcode uint32}. */
  uniform(): number {
    return this.uint32() / 2 ** 32;
  }

  /** A sample of the standard normal distribution, by the Box-Muller transform. */
  gaussian(): number {
    if (this.#spare !== null) {
      const spare = this.#spare;
      this.#spare = null;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /**
   * An integer in `[0, n)`, every one equally likely.
   *
   * @param n From 1 to 2^32.
   * @throws RangeError when `n` is not such an integer.
   */
  below(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32) {
      throw new RangeError(`below(n) takes an integer from 1 to 2^32, not ${n}.`);
    }
    // Draws at or over the largest multiple of n would favour the small results.
    const limit = 2 ** 32 - (2 ** 32 % n);
    let bits = this.uint32();
    while (bits >= limit) bits = this.uint32();
    return bits % n;
  }

  /** Puts an array or typed array into random order in place (Fisher-Yates) and returns it. */
  shuffle<T extends Shuffleable>(array: T): T {
    // The element type doesn't matter to a swap, and a union of array types has no common one.
    const items = array as unknown as number[];
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const kept = items[i]!;
      items[i] = items[j]!;
      items[j] = kept;
    }
    return array;
  }

  /**
   * An independent generator that this one's seed and a stream number determine, whatever has been
   * drawn so far; so every epoch, layer or identity can have a stream of its own.
   *
   * @param stream Any safe integer.
   * @throws RangeError when the stream isn't a safe integer.
   */
  fork(stream: number): Random {
    requireInteger("stream", stream);
    const child = new Random(0);
    child.#keys = [absorb(this.#keys[0], stream), absorb(this.#keys[1], stream)];
    [child.#a, child.#b, child.#c, child.#d] = initialState(child.#keys);
    return child;
  }
}

/** What {@linkcode Random.shuffle} takes: plain arrays and typed arrays of numbers. */
export type Shuffleable =
  | unknown[]
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

function initialState(keys: readonly [number, number]): [number, number, number, number] {
  const [low, high] = keys;
  const word = (i: number) => mix(mix(low + Math.imul(i, WEYL)) ^ high);
  const state: [number, number, number, number] = [word(1), word(2), word(3), word(4)];
  // The one state that the generator never leaves.
  if (!(state[0] | state[1] | state[2] | state[3])) state[0] = 1;
  return state;
}

function rotateLeft(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

function requireInteger(name: string, value: number): void {
  if (!Number.isSafeInteger(value)) {
    throw new RangeError(`The ${name} of a Random must be a safe integer, not ${value}.`);
  }
}
