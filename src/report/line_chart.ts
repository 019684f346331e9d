import { type AxisOptions, makeAxis } from "./axis.ts";
import { curvePath, makeFrame, pixel } from "./svg.ts";
import { SERIES_COLORS, type SeriesColor } from "./theme.ts";

/** One curve of a line chart. */
export interface Series {
  /** What it shows, for the legend; an empty label stays out of it. */
  readonly label: string;
  /** Abscissae, in drawing order. */
  readonly x: ArrayLike<number>;
  /** Ordinates; what isn't finite leaves a gap. */
  readonly y: ArrayLike<number>;
  /** Default: the next colour of the palette. */
  readonly color?: SeriesColor;
  /** `faint` for raw values behind a smoothed curve, `dashed` for a reference. Default `solid`. */
  readonly line?: "solid" | "faint" | "dashed";
}

/** A line chart. */
export interface LineChart {
  /** Heading. */
  readonly title: string;
  /** Curves; later ones are drawn over earlier ones. */
  readonly series: readonly Series[];
  /** Horizontal axis. */
  readonly x: AxisOptions;
  /** Vertical axis. */
  readonly y: AxisOptions;
  /** Width in pixels at its natural size; default 560. */
  readonly width?: number;
  /** Height in pixels at its natural size; default 340. */
  readonly height?: number;
}

/**
 * Draws curves over two axes as an SVG that reads in light and dark, with no script and no link.
 *
 * @returns An `<svg>` element, to stand alone as a file or inside a page.
 *
 * @example
 * ```ts
 * import { lineChart } from "@spheregrad/spheregrad";
 *
 * const svg = lineChart({
 *   title: "Loss",
 *   series: [{ label: "loss", x: [1, 2, 3], y: [4, 2, 1] }],
 *   x: { label: "iteration" },
 *   y: { label: "nats", scale: "log" },
 * });
 * console.log(svg.startsWith("<svg")); // true
 * ```
 */
export function lineChart(chart: LineChart): string {
  const { title, width = 560, height = 340 } = chart;
  const series = chart.series.map((one, i) => ({
    ...one,
    color: one.color ?? SERIES_COLORS[i % SERIES_COLORS.length]!,
    line: one.line ?? "solid",
  }));
  const x = makeAxis(chart.x, series.flatMap((one) => Array.from(one.x)));
  const y = makeAxis(chart.y, series.flatMap((one) => Array.from(one.y)));
  const named = series.filter(({ label, line }) => label !== "" && line !== "faint");
  const frame = makeFrame({
    title,
    width,
    height,
    x,
    y,
    xLabel: chart.x.label,
    yLabel: chart.y.label,
    legend: named.length < 2 ? [] : named.map(({ label, color, line }) => (
      { label, color, mark: line === "dashed" ? "dashed" : "line" }
    )),
  });
  const curves = series.map((one) => {
    const d = curvePath(frame, one.x, one.y);
    const style = one.line === "solid" ? "curve" : `curve ${one.line}`;
    return d === "" ? "" : `<g class="${one.color}"><path class="${style}" d="${d}"/></g>`;
  });
  const isEmpty = curves.every((curve) => curve === "");
  const middle = `x="${pixel(frame.width / 2)}" y="${pixel(frame.height / 2)}"`;
  return frame.svg(
    isEmpty ? `<text ${middle} text-anchor="middle">nothing to show</text>` : curves.join("\n"),
  );
}
