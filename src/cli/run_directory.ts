/** The files of a training run. */

import { join } from "@std/path";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "../sphereface/checkpoint.ts";
import type { StepReport } from "../sphereface/trainer.ts";
import { writeWhole } from "./write_whole.ts";

/** The trained model. */
export const MODEL: string = "model.safetensors";

/** The state to go on from. */
export const CHECKPOINT: string = "checkpoint.safetensors";

/** The page for people. */
export const REPORT: string = "report.html";

const METRICS = "metrics.jsonl";

/** What a line of `metrics.jsonl` holds. */
export interface MetricsLine extends StepReport {
  /** Images a second since the run was started or resumed. */
  readonly imagesPerSecond: number;
}

/** A folder that a run is written to. */
export class RunDirectory {
  /** Path of the folder. */
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * Makes the folder of a new run. A folder that holds a run already is never written over: an exact path
   * is refused, and a name is numbered.
   */
  static async create(path: string, exact: boolean): Promise<RunDirectory> {
    for (let number = 1;; number++) {
      const numbered = number === 1 ? path : `${path}-${number}`;
      if (!(await holdsRun(numbered))) {
        await makeFolder(numbered);
        return new RunDirectory(numbered);
      }
      if (exact) {
        throw new Error(
          `${path} holds a run already; give another --out, or --resume to go on with it.`,
        );
      }
    }
  }

  /** The folder of an earlier run: the exact path, or the last one of that name. */
  static async last(path: string, exact: boolean): Promise<RunDirectory> {
    let last = path;
    for (let number = 2; !exact && await holdsRun(`${path}-${number}`); number++) {
      last = `${path}-${number}`;
    }
    return new RunDirectory(last);
  }

  /** Path of a file of the run. */
  file(name: string): string {
    return join(this.path, name);
  }

  /** Writes a whole file of the run. */
  async write(name: string, content: Uint8Array | string): Promise<void> {
    await writeWhole(this.file(name), content);
  }

  /** Writes the checkpoint; the one before stays whole until then. */
  async writeCheckpoint(checkpoint: Checkpoint): Promise<void> {
    await this.write(CHECKPOINT, encodeCheckpoint(checkpoint));
  }

  /**
   * Reads the checkpoint.
   *
   * @throws {Error} if there is none.
   */
  async readCheckpoint(): Promise<Checkpoint> {
    const path = this.file(CHECKPOINT);
    let bytes: Uint8Array;
    try {
      bytes = await Deno.readFile(path);
    } catch (error) {
      throw new Error(
        `There is no checkpoint to go on from: ${path} (${
          (error as Error).message
        }). Give the --out of the run, or leave --resume out.`,
        { cause: error },
      );
    }
    return decodeCheckpoint(bytes, path);
  }

  /** Appends to `metrics.jsonl`. */
  async appendMetrics(lines: readonly MetricsLine[]): Promise<void> {
    const text = lines.map((line) => JSON.stringify(line) + "\n").join("");
    await Deno.writeTextFile(this.file(METRICS), text, { append: true });
  }

  /** Keeps the metrics of the first iterations alone, and gives them; none for a new run. */
  async keepMetrics(iterations: number): Promise<MetricsLine[]> {
    const path = this.file(METRICS);
    const text = await Deno.readTextFile(path).catch(() => "");
    const lines = text.split("\n").flatMap((line) => parseLine(line)).filter((line) =>
      line.iteration <= iterations
    );
    await writeWhole(path, lines.map((line) => JSON.stringify(line) + "\n").join(""));
    return lines;
  }
}

/** A line that an interruption cut short is dropped. */
function parseLine(line: string): MetricsLine[] {
  try {
    return line === "" ? [] : [JSON.parse(line) as MetricsLine];
  } catch {
    return [];
  }
}

async function holdsRun(path: string): Promise<boolean> {
  const files = await Promise.all(
    [MODEL, CHECKPOINT, METRICS].map((name) =>
      Deno.stat(join(path, name)).then(() => true, () => false)
    ),
  );
  return files.includes(true);
}

async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (error) {
    throw new Error(
      `The folder ${path} for the run could not be made (${
        (error as Error).message
      }); choose another --out.`,
      { cause: error },
    );
  }
}
