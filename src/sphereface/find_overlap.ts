/** Comparing all identities of two sets, or of one with itself, on the GPU. */

import { scope } from "../autograd/scope.ts";
import { noGrad } from "../autograd/tape.ts";
import { Tensor } from "../autograd/tensor.ts";
import {
  BestMatches,
  type IdentityMatch,
  type IdentityRows,
  rescore,
  scanCosines,
} from "../evaluate/overlap.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { matmul } from "../ops/matmul.ts";
import { overlapped } from "./embedding_stream.ts";

/** Options of {@linkcode findOverlap}. */
export interface OverlapOptions {
  /** The least cosine of a match. */
  readonly threshold: number;
  /** The most matches of an identity of the first set; 10 by default. */
  readonly each?: number;
  /** Rows of either set that are compared at once; 2048 by default. Memory grows with its square. */
  readonly block?: number;
  /** Hears after each block how many pairs of rows are compared, and of how many. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Products that the GPU is given before the first is looked through. */
const IN_FLIGHT = 2;

/** A block of pairs of rows. */
interface Block {
  readonly firstRow: number;
  readonly rows: number;
  readonly firstOther: number;
  readonly columns: number;
}

/**
 * Finds identities that may be the same person: each row of the first set is compared with each of the second, or
 * with those after it where there is one set alone. Products are made in blocks, so that memory does not grow with
 * the sets; the matches' scores are computed anew in 64-bit floats.
 *
 * @param gpu The device.
 * @param rows The first set.
 * @param other The second set, or null to find people who are in the first one twice.
 * @returns Matches from the best on; of several rows of two identities those most alike count.
 * @throws {RangeError} if the features are of different lengths, or an option is out of range.
 *
 * @example
 * ```ts
 * import { findOverlap, Gpu, IdentityMeans } from "@spheregrad/spheregrad";
 *
 * const means = new IdentityMeans("mine", ["Ann", "Bob", "Anna"], 2);
 * means.add(0, Float32Array.of(1, 0));
 * means.add(1, Float32Array.of(0, 1));
 * means.add(2, Float32Array.of(2, 0.1));
 * using gpu = await Gpu.request();
 * const [match] = await findOverlap(gpu, means.rows(), null, { threshold: 0.9 });
 * console.log(match); // a 0, b 2, score 0.9988
 * ```
 */
export async function findOverlap(
  gpu: Gpu,
  rows: IdentityRows,
  other: IdentityRows | null,
  { threshold, each = 10, block = 2048, onProgress }: OverlapOptions,
): Promise<IdentityMatch[]> {
  if (other !== null && rows.dim !== other.dim) {
    throw new RangeError(
      `Features of ${rows.dim} (${rows.name}) and ${other.dim} values (${other.name}) cannot be ` +
        "compared; embed both sets with one model.",
    );
  }
  requireWhole("each", each);
  requireWhole("block", block);
  const blocks = blocksOf(rows.labels.length, other?.labels.length ?? null, block);
  const total = blocks.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
  const best = new BestMatches(rows.identities.length, threshold, each);
  const product = async (one: Block) => ({ one, cosines: await cosinesOf(gpu, rows, other, one) });
  let done = 0;
  for await (const { one, cosines } of overlapped(streamOf(blocks), product, IN_FLIGHT)) {
    scanCosines(best, cosines, { ...one, rows, other });
    onProgress?.(done += one.rows * one.columns, total);
  }
  return await rescore(rows, other, best.all(), { threshold, each });
}

/** All pairs of rows in blocks; those on and right of the diagonal where a set is compared with itself. */
function blocksOf(rows: number, others: number | null, block: number): Block[] {
  const blocks: Block[] = [];
  const end = others ?? rows;
  for (let firstRow = 0; firstRow < rows; firstRow += block) {
    for (let firstOther = others === null ? firstRow : 0; firstOther < end; firstOther += block) {
      blocks.push({
        firstRow,
        rows: Math.min(block, rows - firstRow),
        firstOther,
        columns: Math.min(block, end - firstOther),
      });
    }
  }
  return blocks;
}

async function cosinesOf(
  gpu: Gpu,
  rows: IdentityRows,
  other: IdentityRows | null,
  { firstRow, rows: count, firstOther, columns }: Block,
): Promise<Float32Array> {
  const { dim } = rows;
  const [x, y] = await Promise.all([
    rows.read(firstRow, count),
    (other ?? rows).read(firstOther, columns),
  ]);
  using cosines = noGrad(() =>
    scope(() =>
      matmul(Tensor.from(gpu, x, [count, dim]), Tensor.from(gpu, y, [columns, dim]), "nt")
    )
  );
  return await cosines.data();
}

async function* streamOf(blocks: readonly Block[]): AsyncGenerator<Block, void, void> {
  yield* blocks;
}

function requireWhole(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new RangeError(`${name} must be a whole number from 1, not ${value}.`);
}
