/** Outcomes of comparisons as Markdown tables. */

import type { Times } from "../timing.ts";
import type { Kind, Outcome } from "./compare.ts";

/** One engine's time for one piece of work. */
export interface Row {
  /** By whom it was done. */
  readonly engine: string;
  /** Version of the engine. */
  readonly version: string;
  /** Work done in one run. */
  readonly amount: number;
  /** What the amount counts, such as `images`. */
  readonly unit: string;
  /** Times of the runs. */
  readonly times: Times;
}

/** Engines on WebGPU in JavaScript, as this one is: the better of them is what counts. */
const WEBGPU_PEERS: readonly string[] = ["TensorFlow.js WebGPU", "jax-js WebGPU"];

const BETTER = "the better of both";

/** Work done a second, at the median. */
export function rateOf({ amount, times }: Row): number {
  return amount / times.median * 1000;
}

/** The tables of one kind of work: engines below each other, or for convolutions beside each other. */
export function tableOf(kind: Kind, outcomes: readonly Outcome[]): string {
  return kind === "conv" ? wideTable(outcomes) : longTable(outcomes);
}

function longTable(outcomes: readonly Outcome[]): string {
  const cells = outcomes.flatMap(({ work, rows }) =>
    rows.map((row) => {
      const { median, least, most } = row.times;
      const range = `${seconds(median)} s (${seconds(least)}–${seconds(most)})`;
      const ratio = row === rows[0] ? "" : `${ratioOf(rateOf(rows[0]!) / rateOf(row))} ×`;
      return [work, `${row.engine} ${row.version}`, rateIn(row), range, ratio];
    })
  );
  return markdown(
    ["work", "engine", "rate", "run: median (range)", "spheregrad's rate over it"],
    cells,
  );
}

function wideTable(outcomes: readonly Outcome[]): string {
  const engines = enginesOf(outcomes);
  const cells = outcomes.map(({ work, rows }) => {
    const rates = engines.map((engine) => {
      const row = rows.find((row) => row.engine === engine);
      return row === undefined ? "–" : rateOf(row).toPrecision(3);
    });
    const better = ratiosOf(rows).get(BETTER);
    return [work, ...rates, better === undefined ? "–" : `${ratioOf(better)} ×`];
  });
  const unit = outcomes[0]?.rows[0]?.unit ?? "";
  const titles = engines.map((engine) => `${engine}, ${unit}/s`);
  return markdown(["convolution", ...titles, "spheregrad over the better on WebGPU"], cells);
}

/** One line a piece of work, or a pass of all convolutions: this engine's rate over each other's. */
export function ratioTable(outcomes: readonly Outcome[]): string {
  const others = enginesOf(outcomes).slice(1);
  const isWebGpu = (engine: string) => WEBGPU_PEERS.includes(engine);
  const columns = [
    ...others.filter(isWebGpu),
    ...(others.some(isWebGpu) ? [BETTER] : []),
    ...others.filter((engine) => !isWebGpu(engine)),
  ];
  const groups = Map.groupBy(
    outcomes,
    ({ kind, work }) => kind === "conv" ? `convolutions, ${work.replace(/,.* /, " ")}` : work,
  );
  const cells = [...groups].map(([work, group]) => {
    const ratios = group.map(({ rows }) => ratiosOf(rows));
    const count = group[0]!.kind === "conv" ? ` (${group.length})` : "";
    return [work + count, ...columns.map((column) => span(ratios, column))];
  });
  return markdown(["spheregrad's rate over that of", ...columns], cells);
}

/** The ratio, or the least and the greatest of several. */
function span(ratios: readonly ReadonlyMap<string, number>[], column: string): string {
  const values = ratios.flatMap((ratio) => ratio.get(column) ?? []);
  if (values.length === 0) return "–";
  const [least, most] = [ratioOf(Math.min(...values)), ratioOf(Math.max(...values))];
  return least === most ? `${least} ×` : `${least}–${most} ×`;
}

/** The first engine's rate over each other's. */
function ratiosOf(rows: readonly Row[]): Map<string, number> {
  const own = rateOf(rows[0]!);
  const ratios = new Map(rows.slice(1).map((row) => [row.engine, own / rateOf(row)] as const));
  const peers = WEBGPU_PEERS.flatMap((engine) => ratios.get(engine) ?? []);
  if (peers.length > 0) ratios.set(BETTER, Math.min(...peers));
  return ratios;
}

/** Every engine that occurs, in the order of the first outcome with most of them. */
function enginesOf(outcomes: readonly Outcome[]): string[] {
  const longestFirst = [...outcomes].sort((a, b) => b.rows.length - a.rows.length);
  return [...new Set(longestFirst.flatMap(({ rows }) => rows.map(({ engine }) => engine)))];
}

function markdown(header: readonly string[], cells: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...cells.map((line) => line[column]!.length))
  );
  const lineOf = (line: readonly string[]) =>
    `| ${line.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [lineOf(header), rule, ...cells.map(lineOf)].join("\n");
}

function ratioOf(value: number): string {
  return value < 10 ? value.toFixed(value < 1 ? 2 : 1) : value.toFixed(0);
}

function rateIn(row: Row): string {
  return `${rateOf(row).toPrecision(3)} ${row.unit}/s`;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toPrecision(3);
}
