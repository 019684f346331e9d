/** Windows of rows over ranges that exceed what a kernel can bind. */

import type { Slice } from "../gpu/buffers.ts";

/** Consecutive rows of a matrix. */
export interface RowWindow {
  /** The first row, a multiple of 64: wherever it begins, in rows of any multiple of 4 bytes, can be bound. */
  readonly first: number;
  /** Rows. */
  readonly rows: number;
}

const STEP = 64;

/**
 * Divides `rows` rows into windows of at most `limit` bytes in each matrix, whose rows have at most
 * `bytesARow` bytes, and of at most `most` rows.
 *
 * @throws {RangeError} if 64 rows exceed the limit.
 */
export function rowWindows(
  limit: number,
  rows: number,
  bytesARow: number,
  most: number = Infinity,
): RowWindow[] {
  const fit = Math.min(Math.floor(limit / bytesARow), most);
  if (rows <= fit) return [{ first: 0, rows }];
  const step = Math.floor(fit / STEP) * STEP;
  if (step === 0) {
    throw new RangeError(
      `A matrix of ${rows} rows of ${bytesARow} bytes cannot be divided: this adapter's kernels bind ` +
        `${limit} bytes, less than ${STEP} rows; use smaller rows or batches.`,
    );
  }
  return Array.from({ length: Math.ceil(rows / step) }, (_, i) => {
    const first = i * step;
    return { first, rows: Math.min(step, rows - first) };
  });
}

/** The part of a matrix that lies in a window; its rows have `bytesARow` bytes, a multiple of 4. */
export function rowsOf(matrix: Slice, { first, rows }: RowWindow, bytesARow: number): Slice {
  return {
    buffer: matrix.buffer,
    offset: matrix.offset + first * bytesARow,
    size: Math.ceil(rows * bytesARow / 16) * 16,
  };
}
