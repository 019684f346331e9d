/** Counts of values in equal bins. */
export interface Histogram {
  /** Borders of the bins, rising, one more than `counts`. */
  readonly edges: Float64Array;
  /** Values in each bin: `[lower, upper)`, the last one with its upper border. */
  readonly counts: Uint32Array;
}

/**
 * Counts values in equal bins between two borders; values outside count in the bin at that end.
 *
 * @param values Numbers in any order, such as pair angles in degrees.
 * @param range Lower and upper border; `[0, 180]` for angles in degrees.
 * @param bins Number of bins, 1 or more.
 * @throws {RangeError} for no bins, an empty range or a NaN.
 *
 * @example
 * ```ts
 * import { histogram } from "@spheregrad/spheregrad";
 *
 * console.log(histogram([10, 50, 90, 180], [0, 180], 2).counts); // [2, 2]
 * ```
 */
export function histogram(
  values: ArrayLike<number>,
  range: readonly [lower: number, upper: number],
  bins: number,
): Histogram {
  const [lower, upper] = range;
  if (!(upper > lower) || !Number.isInteger(bins) || bins < 1) {
    throw new RangeError(`A histogram can't have ${bins} bins between ${lower} and ${upper}.`);
  }
  const width = (upper - lower) / bins;
  const edges = Float64Array.from({ length: bins + 1 }, (_, i) => lower + i * width);
  edges[bins] = upper;
  const counts = new Uint32Array(bins);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) throw new RangeError(`Value ${i} of a histogram is not a number.`);
    let bin = Math.max(0, Math.min(bins - 1, Math.floor((value - lower) / width)));
    // Dividing may round over a border that the value doesn't reach, or the other way round.
    if (bin > 0 && value < edges[bin]!) bin--;
    else if (bin < bins - 1 && value >= edges[bin + 1]!) bin++;
    counts[bin] = counts[bin]! + 1;
  }
  return { edges, counts };
}
