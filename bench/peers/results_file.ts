/**
 * Outcomes on disk: a JSON file that keeps them, so that a run of one kind of work replaces that kind alone,
 * and the Markdown page that is made of it. What stands on the page outside of two marks is left alone.
 */

import { type Kind, KINDS, type Outcome } from "./compare.ts";
import { ratioTable, tableOf } from "./results.ts";

/** Where and when something was measured. */
export interface Setting {
  /** WebGPU adapter. */
  readonly adapter: string;
  /** Processor and number of cores. */
  readonly machine: string;
  /** JavaScript runtime. */
  readonly runtime: string;
  /** Day, `YYYY-MM-DD`. */
  readonly date: string;
  /** Runs that each median is taken of. */
  readonly repeats: number;
}

/** An outcome with its circumstances. */
export interface Measurement extends Outcome {
  /** Its circumstances. */
  readonly setting: Setting;
}

const START = "<!-- written by deno task bench:peers -->";
const END = "<!-- end of what deno task bench:peers writes -->";

const TITLES: Readonly<Record<Kind, string>> = {
  matmul: "Matrix product",
  conv: "Convolutions of SphereNet-20",
  forward: "Forward pass",
  step: "Training step",
  detect: "Face detection",
};

/** A page and the file that it is made of, which lies beside it. */
export class ResultsFile {
  readonly #page: string;
  readonly #data: string;

  /** The page's path ends in `.md`. */
  constructor(page: string) {
    this.#page = page;
    this.#data = page.replace(/\.md$/, ".json");
  }

  /** Puts measurements in the places of older ones of the same work on the same adapter. */
  async add(added: readonly Measurement[]): Promise<void> {
    const kept = JSON.parse(await textOf(this.#data) || "[]") as Measurement[];
    for (const one of added) {
      const place = kept.findIndex(({ id, setting }) =>
        id === one.id && setting.adapter === one.setting.adapter
      );
      kept.splice(place < 0 ? kept.length : place, 1, one);
    }
    const order = (kind: Kind) => KINDS.indexOf(kind);
    kept.sort((a, b) => order(a.kind) - order(b.kind));
    await Deno.writeTextFile(this.#data, JSON.stringify(kept, null, 2) + "\n");
    const page = insert(await textOf(this.#page), pageOf(kept));
    await Deno.writeTextFile(this.#page, page);
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

/** The text with what is between the marks replaced; at the end where there are none. */
function insert(text: string, generated: string): string {
  const block = `${START}\n\n${generated}\n${END}`;
  const [start, end] = [text.indexOf(START), text.indexOf(END)];
  if (start >= 0 && end > start) {
    return text.slice(0, start) + block + text.slice(end + END.length);
  }
  return `${text === "" ? "" : `${text.trimEnd()}\n\n`}${block}\n`;
}

/** Everything between the marks. */
function pageOf(measurements: readonly Measurement[]): string {
  const adapters = Map.groupBy(measurements, ({ setting }) => setting.adapter);
  const parts = [...adapters].map(([adapter, list]) => {
    const kinds = Map.groupBy(list, ({ kind }) => kind);
    const sections = [...kinds].map(([kind, some]) => sectionOf(kind, some));
    return [`## On ${adapter}`, ratioTable(list), ...sections].join("\n\n");
  });
  return `# The same work on other engines

Measured by \`deno task bench:peers\`. The engines took turns; before anything was timed, their results were
compared. A run does the work once, or as often as fills half a second, and ends when the last result
is there; each figure is the median of several runs. GFLOP count the multiply-adds of the plain product or
convolution, however it was computed. Absolute figures drift with the machine; the ratios are
what counts.

${parts.join("\n\n")}
`;
}

function sectionOf(kind: Kind, measurements: readonly Measurement[]): string {
  const settings = new Set(measurements.map(({ setting }) => describe(setting)));
  const engines = new Set(
    measurements.flatMap(({ rows }) => rows.map(({ engine, version }) => `${engine} ${version}`)),
  );
  const most = Math.max(...measurements.map(({ difference }) => difference));
  const what = {
    matmul: "products",
    conv: "results",
    forward: "embeddings",
    step: "losses of two steps",
    detect: "answers of the three nets",
  };
  const failures = new Set(
    measurements.flatMap(({ work, failures }) => failures.map((text) => `- ${work}: ${text}`)),
  );
  return [
    `### ${TITLES[kind]}`,
    [...settings].join("\n") + (kind === "conv" ? ` ${[...engines].join(", ")}.` : ""),
    tableOf(kind, measurements),
    `The engines' ${what[kind]} differed by at most ${most.toExponential(1)} of their norm.`,
    ...(failures.size > 0 ? [[...failures].join("\n")] : []),
  ].join("\n\n");
}

function describe({ machine, runtime, date, repeats }: Setting): string {
  return `${date}: ${machine}, ${runtime}; medians of ${repeats}.`;
}
