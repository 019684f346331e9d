import { makeAxis } from "./axis.ts";
import { formatNumber } from "./number_format.ts";
import { curvePath, makeFrame, pixel } from "./svg.ts";

/** How many images each identity of a set has. */
export interface ClassHistogramChart {
  /** Heading. */
  readonly title: string;
  /** Number of images of each identity, in any order. */
  readonly images: ArrayLike<number>;
  /** Where a dashed line stands, such as the least number of images that a training takes. */
  readonly line?: { readonly value: number; readonly label: string };
  /** Scale of the numbers of images; by default logarithmic where they differ by much. */
  readonly scale?: "linear" | "log";
  /** Width in pixels at its natural size; default 560. */
  readonly width?: number;
  /** Height in pixels at its natural size; default 340. */
  readonly height?: number;
}

/** A linear axis hides most identities once the largest is so many times the median one. */
const LONG_TAIL = 12;

/**
 * Draws the number of images of each identity, from the one with the most to the one with the fewest, as the
 * paper's figure of CASIA-WebFace does, as an SVG that reads in light and dark.
 *
 * @returns An `<svg>` element, to stand alone as a file or inside a page.
 *
 * @example
 * ```ts
 * import { classHistogramChart } from "@spheregrad/spheregrad";
 *
 * const svg = classHistogramChart({ title: "faces", images: [20, 3, 11, 7] });
 * console.log(svg.startsWith("<svg")); // true
 * ```
 */
export function classHistogramChart(chart: ClassHistogramChart): string {
  const { title, line, width = 560, height = 340 } = chart;
  const images = Float64Array.from(chart.images).filter(Number.isFinite).sort().reverse();
  const count = images.length;
  const middle = median(images);
  const scale = chart.scale ?? ((images[0] ?? 0) > LONG_TAIL * middle ? "log" : "linear");
  // Rank r stands between r − 1 and r, so that one identity alone is seen as well.
  const x = makeAxis({ label: "", min: 0, max: Math.max(1, count) }, []);
  const y = makeAxis(
    { label: "", scale, min: scale === "log" ? 0.8 : 0 },
    line ? [...images, line.value] : images,
  );
  const frame = makeFrame({
    title,
    width,
    height,
    x: { ...x, ticks: x.ticks.filter(({ value }) => Number.isInteger(value)) },
    y: { ...y, ticks: y.ticks.filter(({ value }) => Number.isInteger(value)) },
    xLabel: "identities, by their number of images",
    yLabel: `images of an identity${scale === "log" ? " (logarithmic)" : ""}`,
    legend: [
      {
        label: count === 0 ? "no identities" : `${plural(count, "identity", "identities")}, ` +
          `${plural(images.reduce((sum, one) => sum + one, 0), "image", "images")}, ` +
          `median ${formatNumber(middle)}`,
        color: "blue",
        mark: "area",
      },
      ...(line ? [{ label: line.label, color: "orange" as const, mark: "dashed" as const }] : []),
    ],
  });
  const floor = pixel(frame.height);
  const xs = Array.from(images, (_, rank) => [rank, rank + 1]).flat();
  const ys = Array.from(images, (value) => [value, value]).flat();
  const outline = curvePath(frame, xs, ys);
  const area = count === 0 ? "" : `<g class="blue">` +
    `<path class="area" d="${outline}V${floor}H${pixel(frame.px(0))}Z"/>` +
    `<path class="curve" d="${outline}"/></g>`;
  const mark = line
    ? `<g class="orange"><path class="curve dashed" d="M0 ${pixel(frame.py(line.value))}h${
      pixel(frame.width)
    }"/></g>`
    : "";
  return frame.svg(area + mark);
}

function median(sorted: Float64Array): number {
  if (sorted.length === 0) return NaN;
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

function plural(count: number, one: string, many: string): string {
  return `${formatNumber(count, 9)} ${count === 1 ? one : many}`;
}
