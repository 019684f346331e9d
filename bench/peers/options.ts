/** The command line of `deno task bench:peers`. */

import { parseArgs } from "@std/cli";
import { isNetName, type NetName } from "../../src/sphereface/table2.ts";
import { type Kind, KINDS } from "./compare.ts";
import { ENGINE_NAMES, USUAL_ENGINES } from "./engines.ts";

/** What was asked for. */
export interface Options {
  /** Kinds of work. */
  readonly kinds: readonly Kind[];
  /** Engines beside this one. */
  readonly engines: readonly string[];
  /** Runs that each median is taken of. */
  readonly repeats: number;
  /** Images in convolutions and forward passes. */
  readonly batch: number;
  /** Images in each training step that is compared. */
  readonly stepBatches: readonly number[];
  /** Images in a training step of other engines in JavaScript. */
  readonly peerBatch: number;
  /** The net. */
  readonly net: NetName;
  /** Part of the description of the convolutions to compare. */
  readonly match: string;
  /** Where the tables go. */
  readonly out: string;
}

/** Reads the command line. */
export function optionsOf(words: string[]): Options {
  const args = parseArgs(words, {
    string: [
      "only",
      "engines",
      "repeats",
      "batch",
      "peer-batch",
      "net",
      "match",
      "out",
    ],
    default: { repeats: "3", "peer-batch": "2", net: "20", match: "", out: "bench/RESULTS.md" },
    unknown(word) {
      throw new RangeError(
        `bench:peers knows no ${word}; its options stand in bench/peers/main.ts.`,
      );
    },
  });
  const { net, match, out } = args;
  if (!isNetName(net)) throw new RangeError(`There is no SphereNet-${net}.`);
  if (!out.endsWith(".md")) throw new RangeError(`--out takes a Markdown file, not "${out}".`);
  const batches = args.batch?.split(",").map((value) => count("batch", value));
  return {
    kinds: listOf("only", args.only, KINDS) ?? KINDS,
    engines: listOf("engines", args.engines, ENGINE_NAMES) ?? USUAL_ENGINES,
    repeats: count("repeats", args.repeats),
    batch: batches?.[0] ?? 8,
    stepBatches: batches ?? [8, 32],
    peerBatch: count("peer-batch", args["peer-batch"]),
    net,
    match,
    out,
  };
}

function listOf<T extends string>(
  option: string,
  words: string | undefined,
  known: readonly T[],
): T[] | undefined {
  return words?.split(",").filter((word) => word !== "").map((word) => {
    const found = known.find((one) => one === word);
    if (found !== undefined) return found;
    throw new RangeError(`--${option} takes some of ${known.join(", ")}, not "${word}".`);
  });
}

function count(option: string, value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  throw new RangeError(`--${option} takes a positive whole number, not "${value}".`);
}
