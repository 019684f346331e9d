import { type AxisOptions, makeAxis } from "./axis.ts";
import { curvePath, makeFrame, pixel } from "./svg.ts";
import { SERIES_COLORS, type SeriesColor } from "./theme.ts";

/** One group of values. */
export interface HistogramSeries {
  /** What the values are, for the legend. */
  readonly label: string;
  /** The values themselves, in any order; what isn't finite is left out. */
  readonly values: ArrayLike<number>;
  /** Default: the next colour of the palette. */
  readonly color?: SeriesColor;
}

/** Histograms of several groups over each other. */
export interface HistogramChart {
  /** Heading. */
  readonly title: string;
  /** Groups of values. */
  readonly series: readonly HistogramSeries[];
  /** Horizontal axis, linear. */
  readonly x: AxisOptions;
  /** Upper end of the vertical axis, to compare charts; default: from the data. */
  readonly maxShare?: number;
  /** Number of equal bins along the axis; default 60. */
  readonly bins?: number;
  /** Where a dashed line stands, such as a threshold. */
  readonly line?: { readonly value: number; readonly label: string };
  /** Width in pixels at its natural size; default 560. */
  readonly width?: number;
  /** Height in pixels at its natural size; default 340. */
  readonly height?: number;
}

/**
 * Draws histograms over each other as an SVG that reads in light and dark. The vertical axis is each
 * group's share in a bin, so that groups of unequal size compare.
 *
 * @returns An `<svg>` element, to stand alone as a file or inside a page.
 *
 * @example
 * ```ts
 * import { histogramChart } from "@spheregrad/spheregrad";
 *
 * const svg = histogramChart({
 *   title: "Pair angles",
 *   series: [{ label: "same person", values: [20, 25, 30] }, { label: "two people", values: [80, 90] }],
 *   x: { label: "angle in degrees", min: 0, max: 180, step: 30 },
 * });
 * console.log(svg.startsWith("<svg")); // true
 * ```
 */
export function histogramChart(chart: HistogramChart): string {
  const { title, bins = 60, line, width = 560, height = 340 } = chart;
  const groups = chart.series.map((one, i) => ({
    label: one.label,
    color: one.color ?? SERIES_COLORS[i % SERIES_COLORS.length]!,
    values: Float64Array.from(one.values).filter(Number.isFinite),
  }));
  const x = makeAxis(chart.x, groups.flatMap(({ values }) => [...values]));
  const shares = groups.map(({ values }) => binShares(values, x.range, bins));
  const highest = Math.max(...shares.flatMap((share) => [...share]), 1e-3);
  const y = makeAxis(
    { label: "", percent: true, min: 0, max: (chart.maxShare ?? highest) * 1.05, ticks: 4 },
    [],
  );
  const frame = makeFrame({
    title,
    width,
    height,
    x,
    y,
    xLabel: chart.x.label,
    yLabel: "share of pairs in a bin",
    legend: [
      ...groups.map(({ label, color }) => ({ label, color, mark: "area" as const })),
      ...(line ? [{ label: line.label, color: "grey" as const, mark: "dashed" as const }] : []),
    ],
  });
  const [lower, upper] = x.range;
  const areas = shares.map((share, i) => {
    const edges = Array.from(
      { length: bins + 1 },
      (_, bin) => lower + (upper - lower) * bin / bins,
    );
    const xs = edges.flatMap((edge, bin) => bin === 0 || bin === bins ? [edge] : [edge, edge]);
    const ys = [...share].flatMap((value) => [value, value]);
    const outline = curvePath(frame, xs, ys);
    const floor = pixel(frame.height);
    const area = `${outline}V${floor}H0Z`;
    return `<g class="${groups[i]!.color}"><path class="area" d="${area}"/>` +
      `<path class="curve thin" d="${outline}"/></g>`;
  });
  const mark = line
    ? `<g class="grey"><path class="curve dashed" d="M${pixel(frame.px(line.value))} 0v${
      pixel(frame.height)
    }"/></g>`
    : "";
  return frame.svg(areas.join("\n") + mark);
}

/**
 * The share of values that the fullest bin of any group has: a common `maxShare` for charts side by side.
 */
export function highestShare(
  groups: readonly ArrayLike<number>[],
  range: readonly [lower: number, upper: number],
  bins: number,
): number {
  return Math.max(0, ...groups.flatMap((values) => [...binShares(values, range, bins)]));
}

function binShares(
  values: ArrayLike<number>,
  [lower, upper]: readonly [number, number],
  bins: number,
): Float64Array {
  const shares = new Float64Array(bins);
  for (let i = 0; i < values.length; i++) {
    const bin = Math.floor((values[i]! - lower) / (upper - lower) * bins);
    const inside = Math.max(0, Math.min(bins - 1, bin));
    shares[inside] = shares[inside]! + 1 / values.length;
  }
  return shares;
}
