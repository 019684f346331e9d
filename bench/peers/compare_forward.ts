/** The forward pass of a SphereNet on every engine. */

import { PAPER_SIZE } from "../cases/conv.ts";
import type { NetName } from "../../src/sphereface/table2.ts";
import { startingWeights } from "../spherenet_step.ts";
import { type Outcome, prepareAll, proveEqual, race } from "./compare.ts";
import type { Contender } from "./contender.ts";

/** What is compared. */
export interface ForwardComparison {
  /** The net. */
  readonly net: NetName;
  /** Images. */
  readonly batch: number;
  /** Runs that each median is taken of. */
  readonly repeats: number;
}

/** Embeddings may differ by this share of their norm. */
const TOLERANCE = 1e-3;

/** Shows that all engines give the same embeddings, then times them in turns. */
export async function compareForward(
  contenders: readonly Contender[],
  { net, batch, repeats }: ForwardComparison,
): Promise<Outcome> {
  const work = `SphereNet-${net} forward, 112×96, batch ${batch}`;
  console.log(`\n${work}`);
  // The head takes no part; a small one keeps its weights small.
  const extents = { net, size: PAPER_SIZE, classes: 4, batch };
  const shared = { ...extents, weights: startingWeights(extents) };
  const field = await prepareAll(contenders, (contender) => contender.forward?.(shared));
  const difference = await proveEqual(field, "embeddings", TOLERANCE, (runner) => runner.run(1));
  const entrants = field.ready.map(({ contender, runner }) => ({
    contender,
    amount: batch,
    run: (times: number) => runner.run(times),
  }));
  const rows = await race("images", entrants, repeats);
  for (const { runner } of field.ready) runner[Symbol.dispose]();
  const id = `forward ${net} ${batch}`;
  return { kind: "forward", id, work, rows, difference, failures: field.failures };
}
