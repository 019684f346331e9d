/** A whole training step of a SphereNet on every engine. */

import type { NetName } from "../../src/sphereface/table2.ts";
import { PAPER_SIZE } from "../cases/conv.ts";
import { CLASSES } from "../cases/head.ts";
import { RECIPE, startingWeights } from "../spherenet_step.ts";
import { type Field, type Outcome, prepareAll, proveEqual, race, titleOf } from "./compare.ts";
import type { Contender, StepRunner, StepWork } from "./contender.ts";

/** What is compared. */
export interface StepComparison {
  /** The net. */
  readonly net: NetName;
  /** Images in a step of this engine and of native ones. */
  readonly batch: number;
  /** Images in a step of other engines in JavaScript. */
  readonly peerBatch: number;
  /** Runs that each median is taken of. */
  readonly repeats: number;
}

/** Losses may differ by this share. */
const TOLERANCE = 1e-3;

/** Shows that all engines take the same first steps, then times further ones in turns. */
export async function compareStep(
  contenders: readonly Contender[],
  { net, batch, peerBatch, repeats }: StepComparison,
): Promise<Outcome> {
  const { margin, lambda } = RECIPE;
  const hasPeers = contenders.some(({ kind, trainingStep }) =>
    kind === "javascript" && trainingStep !== undefined
  );
  const isSmaller = hasPeers && peerBatch !== batch;
  const others = isSmaller ? ` (${peerBatch} for other engines in JavaScript)` : "";
  const work = `SphereNet-${net} training step, 112×96, batch ${batch}${others}`;
  console.log(
    `\n${work}; A-Softmax m = ${margin}, λ = ${lambda}, ${CLASSES} classes; SGD with momentum`,
  );
  const extents = { net, size: PAPER_SIZE, classes: CLASSES, batch };
  const shared: StepWork = { ...extents, weights: startingWeights(extents) };
  const fields = await prepareSteps(contenders, shared, isSmaller ? peerBatch : batch);
  const entrants = fields.flatMap(({ field, batch }) =>
    field.ready.map(({ contender, runner }) => ({
      contender,
      amount: batch,
      run: (times: number) => runner.run(times),
    }))
  );
  const place = ({ contender }: { contender: Contender }) => contenders.indexOf(contender);
  entrants.sort((a, b) => place(a) - place(b));
  const rows = await race("images", entrants, repeats);
  for (const { runner } of fields.flatMap(({ field }) => field.ready)) runner[Symbol.dispose]();
  return {
    kind: "step",
    id: `step ${net} ${batch}`,
    work,
    rows,
    difference: Math.max(...fields.map(({ difference }) => difference)),
    failures: [...new Set(fields.flatMap(({ field }) => field.failures))],
  };
}

interface FirstSteps {
  readonly field: Field<StepRunner>;
  readonly batch: number;
  readonly difference: number;
}

/** All engines at the smaller batch, then those that can take more again at theirs. */
async function prepareSteps(
  contenders: readonly Contender[],
  work: StepWork,
  peerBatch: number,
): Promise<FirstSteps[]> {
  const all = await firstSteps(contenders, { ...work, batch: peerBatch });
  if (peerBatch === work.batch) return [all];
  const isPeer = (contender: Contender) => contender.kind === "javascript";
  const { ready } = all.field;
  for (const { contender, runner } of ready) {
    if (!isPeer(contender)) runner[Symbol.dispose]();
  }
  ready.splice(0, ready.length, ...ready.filter(({ contender }) => isPeer(contender)));
  return [await firstSteps(contenders.filter((one) => !isPeer(one)), work), all];
}

/** Two steps of every engine: the second loss depends on all gradients of the first and on the update. */
async function firstSteps(contenders: readonly Contender[], work: StepWork): Promise<FirstSteps> {
  const field = await prepareAll(contenders, (contender) => contender.trainingStep?.(work));
  const difference = await proveEqual(field, "losses", TOLERANCE, async (runner, contender) => {
    const losses = [await runner.run(1), await runner.run(1)];
    console.log(`  ${titleOf(contender)}: losses ${losses.join(", ")}`);
    return losses;
  });
  return { field, batch: work.batch, difference };
}
