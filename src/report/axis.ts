/** Scales of chart axes, and ticks that fall on round numbers. */

import { formatFixed, formatNumber, powerOfTen } from "./number_format.ts";

/** What an axis measures, and how. */
export interface AxisOptions {
  /** Printed beside the axis, with the unit. */
  readonly label: string;
  /** Linear (default) or logarithmic; a logarithmic axis leaves out values that aren't positive. */
  readonly scale?: "linear" | "log";
  /** Lower end; default: from the data. */
  readonly min?: number;
  /** Upper end; default: from the data. */
  readonly max?: number;
  /** Whether values are fractions to be printed as percentages. */
  readonly percent?: boolean;
  /** About how many ticks; default 5. */
  readonly ticks?: number;
  /** Exact distance of the ticks of a linear axis, such as 30 for degrees; default: a round number. */
  readonly step?: number;
}

/** A tick: where it stands and what it says. */
export interface Tick {
  /** The value. */
  readonly value: number;
  /** Its text. */
  readonly text: string;
}

/** A mapping of values to 0…1 along an axis, with its ticks. */
export interface Axis {
  /** Lower and upper end. */
  readonly range: readonly [lower: number, upper: number];
  /** Ticks within the range, rising. */
  readonly ticks: readonly Tick[];
  /** Share of the axis' length from its lower end; NaN for what a logarithmic axis can't show. */
  position(value: number): number;
}

/**
 * Makes an axis for values.
 *
 * Open ends are widened to round numbers on a linear axis, and by a little on a logarithmic one.
 *
 * @param options What the axis measures.
 * @param values All values that it has to hold; what isn't finite is left out.
 */
export function makeAxis(options: AxisOptions, values: Iterable<number>): Axis {
  const isLog = options.scale === "log";
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value) || (isLog && value <= 0)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) [low, high] = isLog ? [0.1, 10] : [0, 1];
  return isLog ? logAxis(options, low, high) : linearAxis(options, low, high);
}

function linearAxis(options: AxisOptions, low: number, high: number): Axis {
  const wanted = options.ticks ?? 5;
  let lower = options.min ?? low;
  let upper = options.max ?? high;
  if (!(upper > lower)) {
    const pad = Math.abs(lower) * 0.1 || 1;
    if (options.max === undefined) upper = lower + pad;
    if (options.min === undefined) lower -= pad;
  }
  const step = options.step ?? roundStep((upper - lower) / wanted);
  if (options.min === undefined) lower = Math.floor(lower / step + 1e-9) * step;
  if (options.max === undefined) upper = Math.ceil(upper / step - 1e-9) * step;
  const first = Math.ceil(lower / step - 1e-9);
  const count = Math.floor(upper / step + 1e-9) - first + 1;
  const decimals = Math.max(0, -Math.floor(Math.log10(step * (options.percent ? 100 : 1)) + 1e-9));
  const ticks = Array.from({ length: count }, (_, i): Tick => {
    const value = (first + i) * step;
    return { value, text: tickText(value, decimals, options.percent ?? false) };
  });
  return {
    range: [lower, upper],
    ticks,
    position: (value) => (value - lower) / (upper - lower),
  };
}

function tickText(value: number, decimals: number, percent: boolean): string {
  if (percent) return `${formatFixed(100 * value, decimals)}\u2009%`;
  return Math.abs(value) >= 1000 || decimals > 4
    ? formatNumber(value)
    : formatFixed(value, decimals);
}

/** The nearest of 1, 2, 5 × 10ⁿ to a step, by ratio. */
function roundStep(step: number): number {
  const exponent = Math.floor(Math.log10(step));
  const ratio = step / 10 ** exponent;
  const round = ratio < Math.SQRT2 ? 1 : ratio < Math.sqrt(10) ? 2 : ratio < Math.sqrt(50) ? 5 : 10;
  return Number(`${round}e${exponent}`);
}

function logAxis(options: AxisOptions, low: number, high: number): Axis {
  const lower = options.min ?? low / (low === high ? 2 : 1.1);
  const upper = options.max ?? high * (low === high ? 2 : 1.1);
  if (!(lower > 0 && upper > lower)) {
    throw new RangeError(`A logarithmic axis can't run from ${lower} to ${upper}.`);
  }
  const [from, to] = [Math.log10(lower), Math.log10(upper)];
  return {
    range: [lower, upper],
    ticks: logTicks(from, to, options),
    position: (value) => value > 0 ? (Math.log10(value) - from) / (to - from) : NaN,
  };
}

/** Powers of ten, thinned where there are many, joined by 2 and 5 where there are few. */
function logTicks(from: number, to: number, options: AxisOptions): Tick[] {
  const wanted = options.ticks ?? 5;
  const every = Math.max(1, Math.ceil((to - from) / (wanted + 1)));
  const factors = to - from < 1.2 ? [1, 2, 3, 5, 7] : to - from < 3 ? [1, 2, 5] : [1];
  const ticks: { value: number; exponent: number; factor: number }[] = [];
  for (let exponent = Math.floor(from); exponent <= to + 1e-9; exponent++) {
    if (exponent % every !== 0) continue;
    for (const factor of factors) {
      // 10 ** -3 is not the float nearest to 0.001 in every engine; its decimal text is.
      const value = Number(`${factor}e${exponent}`);
      const at = Math.log10(value);
      if (at >= from - 1e-9 && at <= to + 1e-9) ticks.push({ value, exponent, factor });
    }
  }
  const usePowers = factors.length === 1 &&
    ticks.some(({ exponent }) => exponent < -2 || exponent > 4);
  return ticks.map(({ value, exponent }) => ({
    value,
    text: options.percent
      ? `${formatNumber(100 * value)}\u2009%`
      : usePowers
      ? powerOfTen(exponent)
      : formatNumber(value),
  }));
}
