/** The outcome of a comparison as one Markdown table, with what is needed to judge it. */

import type { Times } from "../timing.ts";

/** One engine's time for one kind of work. */
export interface Row {
  /** What was computed. */
  readonly work: string;
  /** By whom, with the version. */
  readonly engine: string;
  /** Work done in one run. */
  readonly amount: number;
  /** What the amount counts, such as `images`. */
  readonly unit: string;
  /** Times of the runs. */
  readonly times: Times;
}

/** Where it was measured. */
export interface Setting {
  /** Processor and number of cores. */
  readonly machine: string;
  /** WebGPU adapter. */
  readonly adapter: string;
  /** JavaScript runtime. */
  readonly runtime: string;
  /** Day, `YYYY-MM-DD`. */
  readonly date: string;
  /** Runs that each median is taken of. */
  readonly repeats: number;
  /** What showed that the engines compute the same. */
  readonly agreement: readonly string[];
}

/** Work done a second, at the median. */
export function rateOf({ amount, times }: Row): number {
  return amount / times.median * 1000;
}

/** The table; the first row of each kind of work is the engine that the others are compared with. */
export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map((row) => {
    const own = rows.find(({ work }) => work === row.work)!;
    const { median, least, most } = row.times;
    const rate = rateOf(row);
    return [
      row.work,
      row.engine,
      `${rate.toPrecision(3)} ${row.unit}/s`,
      `${seconds(median)} s (${seconds(least)}–${seconds(most)})`,
      row === own ? "" : `${(rateOf(own) / rate).toFixed(1)} ×`,
    ];
  });
  const header = ["work", "engine", "rate", "median (range)", "spheregrad's rate over it"];
  const widths = header.map((title, column) =>
    Math.max(title.length, ...cells.map((line) => line[column]!.length))
  );
  const lineOf = (line: readonly string[]) =>
    `| ${line.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [lineOf(header), rule, ...cells.map(lineOf)].join("\n");
}

/** The whole page. */
export function pageOf(rows: readonly Row[], setting: Setting): string {
  const { machine, adapter, runtime, date, repeats, agreement } = setting;
  return `# The same work on other engines

Measured by \`deno task bench:peers\` on ${date}: ${machine}, adapter ${adapter}, ${runtime}.
The engines took turns in one process; each figure is the median of ${repeats} runs, each run ends when its
result (the loss, a sum of the product) has been read back. Absolute figures drift with the machine; the
ratios are what counts.

${tableOf(rows)}

Before anything was timed:

${agreement.map((line) => `- ${line}`).join("\n")}
`;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toPrecision(3);
}
