/** From embeddings of images to the rows by which identities are compared. */

import type { IdentityRows } from "./overlap.ts";

/** Fewest images of an identity whose halves say something. */
const HALVED = 4;

/**
 * The mean direction of each identity's embeddings: every image counts alike, whatever its embedding's length.
 * Takes embeddings one by one and keeps two rows an identity.
 */
export class IdentityMeans {
  readonly #name: string;
  readonly #dim: number;
  readonly #identities: readonly string[];
  readonly #images: Uint32Array;
  /** Sums of every other image, and of the others, `[2, identities, dim]`. */
  readonly #sums: readonly [Float32Array, Float32Array];

  /**
   * Begins without images.
   *
   * @param name For messages.
   * @param identities Names of the identities.
   * @param dim Length of an embedding.
   */
  constructor(name: string, identities: readonly string[], dim: number) {
    this.#name = name;
    this.#dim = dim;
    this.#identities = identities;
    this.#images = new Uint32Array(identities.length);
    const sums = () => new Float32Array(identities.length * dim);
    this.#sums = [sums(), sums()];
  }

  /** Adds the embedding of an image. */
  add(label: number, embedding: Float32Array): void {
    const sums = this.#sums[this.#images[label]! % 2]!;
    this.#images[label]!++;
    const scale = 1 / (lengthOf(embedding) || 1);
    const at = label * this.#dim;
    for (let i = 0; i < this.#dim; i++) sums[at + i] = sums[at + i]! + scale * embedding[i]!;
  }

  /** A row for each identity that has an image. */
  rows(): IdentityRows {
    const labels = Uint32Array.from(this.#identities.keys()).filter((one) =>
      this.#images[one]! > 0
    );
    const features = new Float32Array(labels.length * this.#dim);
    labels.forEach((label, row) => {
      const [even, odd] = this.#halves(label);
      const out = features.subarray(row * this.#dim, (row + 1) * this.#dim);
      for (let i = 0; i < this.#dim; i++) out[i] = even[i]! + odd[i]!;
    });
    return imageRows({
      name: this.#name,
      dim: this.#dim,
      labels,
      identities: this.#identities,
      images: this.#images,
      features,
    });
  }

  /**
   * How alike two halves of one person's images are, for each identity of at least four images: the cosines that
   * the same person reaches.
   */
  halves(): Float64Array {
    const labels = [...this.#identities.keys()].filter((label) => this.#images[label]! >= HALVED);
    return Float64Array.from(labels, (label) => {
      const [even, odd] = this.#halves(label);
      return productOf(even, odd) / (lengthOf(even) * lengthOf(odd) || 1);
    });
  }

  #halves(label: number): [Float32Array, Float32Array] {
    const [from, to] = [label * this.#dim, (label + 1) * this.#dim];
    return [this.#sums[0].subarray(from, to), this.#sums[1].subarray(from, to)];
  }
}

/** Rows of features in memory, which are scaled to length 1 in place; those of zeros stay. */
export function imageRows(
  set: Omit<IdentityRows, "read"> & { readonly features: Float32Array<ArrayBuffer> },
): IdentityRows {
  const { features, dim } = set;
  for (let at = 0; at < features.length; at += dim) {
    const row = features.subarray(at, at + dim);
    const scale = 1 / (lengthOf(row) || 1);
    for (let i = 0; i < dim; i++) row[i] = row[i]! * scale;
  }
  const { name, labels, identities, images } = set;
  return {
    name,
    dim,
    labels,
    identities,
    images,
    read: (first, count) => Promise.resolve(features.subarray(first * dim, (first + count) * dim)),
  };
}

/** Identities and images of each that {@linkcode bestOfHalves} looks at, at most. */
const MOST = { identities: 500, images: 16 } as const;

/**
 * How alike the most alike images of two halves of one person's images are, for some hundred identities of at least
 * four images: what {@linkcode IdentityMeans.halves} is where identities are compared by their most alike images.
 */
export async function bestOfHalves(rows: IdentityRows): Promise<Float64Array> {
  const rowsOf = new Map<number, number[]>();
  rows.labels.forEach((label, row) => {
    const own = rowsOf.get(label);
    if (own === undefined) rowsOf.set(label, [row]);
    else if (own.length < MOST.images) own.push(row);
  });
  const enough = [...rowsOf.values()].filter(({ length }) => length >= HALVED);
  const step = Math.max(1, Math.ceil(enough.length / MOST.identities));
  const best: number[] = [];
  for (let i = 0; i < enough.length; i += step) {
    const features = await Promise.all(enough[i]!.map((row) => rows.read(row, 1)));
    const odd = features.filter((_, place) => place % 2 === 1);
    const even = features.filter((_, place) => place % 2 === 0);
    best.push(Math.max(...even.flatMap((one) => odd.map((other) => productOf(one, other)))));
  }
  return Float64Array.from(best);
}

function productOf(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

function lengthOf(row: Float32Array): number {
  let sum = 0;
  for (const value of row) sum += value * value;
  return Math.sqrt(sum);
}
