/** The frame that every chart with two axes shares: title, legend, axes, ticks and grid, as SVG text. */

import type { Axis } from "./axis.ts";
import { escapeText } from "./escape.ts";
import { chartStyle, type SeriesColor } from "./theme.ts";

/** One entry of a legend. */
export interface LegendItem {
  /** What the series is. */
  readonly label: string;
  /** Its colour. */
  readonly color: SeriesColor;
  /** How its sample is drawn. */
  readonly mark: "line" | "dashed" | "area";
}

/** What a frame shows around a plot. */
export interface FrameOptions {
  /** Heading of the chart; screen readers get it too. */
  readonly title: string;
  /** Width in pixels at its natural size. */
  readonly width: number;
  /** Height in pixels at its natural size. */
  readonly height: number;
  /** Horizontal axis. */
  readonly x: Axis;
  /** Vertical axis. */
  readonly y: Axis;
  /** Text under the horizontal axis. */
  readonly xLabel: string;
  /** Text over the vertical axis. */
  readonly yLabel: string;
  /** Entries of the legend; none for no legend. */
  readonly legend: readonly LegendItem[];
}

/** The plot's area, and how values become pixels in it. */
export interface Frame {
  /** Width of the plot's area. */
  readonly width: number;
  /** Height of the plot's area. */
  readonly height: number;
  /** Pixels from the area's left border. */
  px(value: number): number;
  /** Pixels from the area's top border. */
  py(value: number): number;
  /** The whole SVG around what is drawn in the area. */
  svg(content: string): string;
}

const MARGIN = 18;
const LINE_HEIGHT = 18;
const TEXT_SIZE = 12;
// Room for the half of a line that runs along the border.
const BLEED = 3;

/** Lays out a chart's frame. */
export function makeFrame(options: FrameOptions): Frame {
  const { title, width, height, x, y, xLabel, yLabel } = options;
  const labelWidth = Math.max(...y.ticks.map(({ text }) => textWidth(text)), 12);
  const left = MARGIN + labelWidth + 8;
  const legend = layOutLegend(options.legend, width - 2 * MARGIN);
  const legendHeight = legend.rows === 0 ? 0 : legend.rows * LINE_HEIGHT + 8;
  const top = 38 + legendHeight + (yLabel === "" ? 8 : 28);
  const area = { width: width - left - MARGIN - 8, height: height - top - 48 };
  const px = (value: number) => x.position(value) * area.width;
  const py = (value: number) => (1 - y.position(value)) * area.height;

  const text = (at: readonly [number, number], content: string, attributes = "") =>
    `<text x="${pixel(at[0])}" y="${pixel(at[1])}"${attributes}>${escapeText(content)}</text>`;
  const before = [
    `<rect class="paper" width="${width}" height="${height}" rx="8"/>`,
    text([MARGIN, 28], title, ' class="title"'),
    `<g transform="translate(${MARGIN} 34)">${legend.content}</g>`,
    yLabel === "" ? "" : text([MARGIN, top - 16], yLabel),
    ...y.ticks.flatMap((tick) => {
      const at = top + py(tick.value);
      return [
        `<path class="grid" d="M${pixel(left)} ${crisp(at)}h${pixel(area.width)}"/>`,
        text([left - 8, at + 4], tick.text, ' text-anchor="end"'),
      ];
    }),
  ];
  const bottom = top + area.height;
  const after = [
    `<path class="axis" d="M${pixel(left)} ${crisp(bottom)}h${pixel(area.width)}"/>`,
    ...readableTicks(x, area.width).flatMap((tick) => {
      const at = left + px(tick.value);
      return [
        `<path class="axis" d="M${crisp(at)} ${crisp(bottom)}v4"/>`,
        text([at, bottom + 18], tick.text, ' text-anchor="middle"'),
      ];
    }),
    text([left + area.width / 2, bottom + 37], xLabel, ' text-anchor="middle"'),
  ];
  // An inner svg element clips without an id, of which one page would hold many alike.
  const inner = `<svg x="${pixel(left - BLEED)}" y="${pixel(top - BLEED)}" ` +
    `width="${pixel(area.width + 2 * BLEED)}" height="${pixel(area.height + 2 * BLEED)}" ` +
    `overflow="hidden"><g transform="translate(${BLEED} ${BLEED})">`;
  return {
    ...area,
    px,
    py,
    svg: (content) =>
      [
        `<svg xmlns="http://www.w3.org/2000/svg" class="sg" viewBox="0 0 ${width} ${height}" ` +
        `width="${width}" height="${height}" role="img" aria-label="${escapeText(title)}">`,
        `<style>${chartStyle()}</style>`,
        ...before,
        `${inner}${content}</g></svg>`,
        ...after,
        "</svg>",
      ].join("\n"),
  };
}

/** The points of a curve as a path, with gaps where a value is missing, at most a few points a pixel. */
export function curvePath(
  frame: Pick<Frame, "px" | "py">,
  x: ArrayLike<number>,
  y: ArrayLike<number>,
): string {
  const runs: string[] = [];
  let run: Point[] = [];
  const finishRun = () => {
    if (run.length > 0) runs.push(runPath(thin(run)));
    run = [];
  };
  for (let i = 0; i < x.length; i++) {
    const point = [frame.px(x[i]!), frame.py(y[i]!)] as const;
    if (Number.isFinite(point[0]) && Number.isFinite(point[1])) run.push(point);
    else finishRun();
  }
  finishRun();
  return runs.join("");
}

/** Rounds a coordinate for the file's sake. */
export function pixel(value: number): string {
  return String(Math.round(value * 10) / 10);
}

type Point = readonly [x: number, y: number];

function runPath(points: readonly Point[]): string {
  const [first, ...rest] = points.map(([x, y]) => `${pixel(x)} ${pixel(y)}`);
  // A line of no length still shows a dot, thanks to its round caps.
  return `M${first}${rest.length > 0 ? "L" + rest.join(" ") : "h0"}`;
}

/** Keeps the first, lowest, highest and last point of each pixel column. */
function thin(points: readonly Point[]): Point[] {
  const kept: Point[] = [];
  for (let start = 0; start < points.length;) {
    const column = Math.floor(points[start]![0]);
    let [end, low, high] = [start, start, start];
    while (end < points.length && Math.floor(points[end]![0]) === column) {
      if (points[end]![1] < points[low]![1]) low = end;
      if (points[end]![1] > points[high]![1]) high = end;
      end++;
    }
    const indices = new Set([start, low, high, end - 1].sort((a, b) => a - b));
    for (const index of indices) kept.push(points[index]!);
    start = end;
  }
  return kept;
}

/** Ticks that don't run into each other. */
function readableTicks(axis: Axis, width: number): Axis["ticks"] {
  let end = -Infinity;
  return axis.ticks.filter(({ value, text }) => {
    const half = textWidth(text) / 2;
    const at = axis.position(value) * width;
    if (at - half < end + 8) return false;
    end = at + half;
    return true;
  });
}

function layOutLegend(
  items: readonly LegendItem[],
  width: number,
): { content: string; rows: number } {
  let [x, row] = [0, 0];
  const parts = items.map(({ label, color, mark }) => {
    const itemWidth = 26 + textWidth(label) + 18;
    if (x > 0 && x + itemWidth > width) [x, row] = [0, row + 1];
    const sample = mark === "area"
      ? '<rect class="area" width="18" height="10" y="-9"/><path class="curve" d="M1 -9h16"/>'
      : `<path class="curve${mark === "dashed" ? " dashed" : ""}" d="M1 -4h16"/>`;
    const part = `<g class="${color}" transform="translate(${pixel(x)} ${
      (row + 1) * LINE_HEIGHT
    })">${sample}<text class="legend" x="25">${escapeText(label)}</text></g>`;
    x += itemWidth;
    return part;
  });
  return { content: parts.join(""), rows: items.length === 0 ? 0 : row + 1 };
}

/** Roughly: sans-serif letters are a little over half as wide as high. */
function textWidth(text: string): number {
  return text.length * TEXT_SIZE * 0.56;
}

/** Puts a line of one pixel on the pixel grid. */
function crisp(value: number): string {
  return String(Math.floor(value) + 0.5);
}
