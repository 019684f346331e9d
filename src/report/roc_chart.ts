import { lineChart, type Series } from "./line_chart.ts";
import { SERIES_COLORS, type SeriesColor } from "./theme.ts";

/** A ROC curve to be drawn; `rocCurve` gives one. */
export interface RocPoints {
  /** Fractions of negatives accepted, rising from 0 to 1. */
  readonly falseAcceptRate: ArrayLike<number>;
  /** Fractions of positives accepted, rising from 0 to 1. */
  readonly trueAcceptRate: ArrayLike<number>;
}

/** A ROC curve with its name. */
export interface NamedRoc {
  /** What it belongs to, for the legend. */
  readonly label: string;
  /** The curve. */
  readonly roc: RocPoints;
  /** Default: the next colour of the palette. */
  readonly color?: SeriesColor;
  /** Dashed for what the other curves are compared with. Default false. */
  readonly dashed?: boolean;
}

/** A chart of ROC curves. */
export interface RocChart {
  /** Heading. */
  readonly title: string;
  /** Curves. */
  readonly curves: readonly NamedRoc[];
  /** Scale of the false accept rate; logarithmic shows the strict end. Default linear. */
  readonly scale?: "linear" | "log";
  /** Width in pixels at its natural size; default 560. */
  readonly width?: number;
  /** Height in pixels at its natural size; default 340. */
  readonly height?: number;
}

/**
 * Draws ROC curves, with the line of chance, as an SVG that reads in light and dark. A logarithmic axis
 * begins at the smallest false accept rate above 0 that any curve reaches.
 *
 * @returns An `<svg>` element, to stand alone as a file or inside a page.
 *
 * @example
 * ```ts
 * import { rocChart, rocCurve } from "@spheregrad/spheregrad";
 *
 * const roc = rocCurve([0.9, 0.7, 0.4], [0.5, 0.2, 0.1]);
 * console.log(rocChart({ title: "ROC", curves: [{ label: "net 4", roc }] }).length > 0); // true
 * ```
 */
export function rocChart({ title, curves, scale = "linear", width, height }: RocChart): string {
  const isLog = scale === "log";
  const lowest = curves.reduce((low, { roc }) => Math.min(low, smallestPositive(roc)), 1);
  const from = isLog ? Math.min(lowest, 0.1) : 0;
  const chance = Array.from({ length: 101 }, (_, i) => isLog ? from ** (1 - i / 100) : i / 100);
  const series: Series[] = [
    { label: "chance", x: chance, y: chance, color: "grey", line: "dashed" },
    ...curves.map(({ label, roc, color, dashed }, i): Series => ({
      label,
      x: roc.falseAcceptRate,
      y: roc.trueAcceptRate,
      color: color ?? SERIES_COLORS[i % SERIES_COLORS.length]!,
      line: dashed ? "dashed" : "solid",
    })),
  ];
  return lineChart({
    title,
    series,
    x: { label: "false accept rate", scale, min: from, max: 1, percent: !isLog },
    y: { label: "true accept rate", min: 0, max: 1, percent: true },
    ...(width && { width }),
    ...(height && { height }),
  });
}

function smallestPositive({ falseAcceptRate }: RocPoints): number {
  for (let i = 0; i < falseAcceptRate.length; i++) {
    if (falseAcceptRate[i]! > 0) return falseAcceptRate[i]!;
  }
  return 1;
}
