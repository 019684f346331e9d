/** A whole training step of a SphereNet on every engine. */

import type { NetName } from "../../src/sphereface/table2.ts";
import { PAPER_SIZE } from "../cases/conv.ts";
import { CLASSES } from "../cases/head.ts";
import { RECIPE, startingWeights } from "../spherenet_step.ts";
import { type Outcome, race, titleOf } from "./compare.ts";
import type { Contender, StepRunner, StepWork } from "./contender.ts";

/** What is compared. */
export interface StepComparison {
  /** The net. */
  readonly net: NetName;
  /** Images in a step of this engine. */
  readonly batch: number;
  /** Images in a step of the others. */
  readonly peerBatch: number;
  /** Runs that each median is taken of. */
  readonly repeats: number;
}

interface Prepared {
  readonly title: string;
  readonly runner: StepRunner;
  readonly batch: number;
}

/** Losses may differ by this share. */
const TOLERANCE = 1e-3;

/** Shows that all engines take the same first steps, then times further ones in turns. */
export async function compareStep(
  contenders: readonly Contender[],
  { net, batch, peerBatch, repeats }: StepComparison,
): Promise<Outcome> {
  const { margin, lambda } = RECIPE;
  const others = peerBatch === batch ? "" : `, others ${peerBatch}`;
  const work = `SphereNet-${net} training step, 112×96, batch ${batch}${others}`;
  console.log(
    `\n${work}; A-Softmax m = ${margin}, λ = ${lambda}, ${CLASSES} classes; SGD with momentum`,
  );
  const extents = { net, size: PAPER_SIZE, classes: CLASSES, batch: peerBatch };
  const shared: StepWork = { ...extents, weights: startingWeights(extents) };
  const runners = contenders.flatMap((contender) => {
    const runner = contender.trainingStep?.(shared);
    return runner === undefined ? [] : [{ title: titleOf(contender), runner, batch: peerBatch }];
  });
  const agreement = `${work}: ${await proveSameLosses(runners)}`;
  console.log(`  ${agreement}`);
  const timed = batch === peerBatch
    ? runners
    : await withBatch(runners, contenders, { ...shared, batch });
  const entrants = timed.map(({ title, runner, batch }) => ({
    title,
    amount: batch,
    run: () => runner.run(),
  }));
  const rows = await race(work, "images", entrants, repeats);
  for (const { runner } of timed) runner[Symbol.dispose]();
  return { rows, agreement };
}

/** Two steps of every engine: the second loss depends on all gradients of the first and on the update. */
async function proveSameLosses(runners: readonly Prepared[]): Promise<string> {
  let first: readonly number[] | null = null;
  let most = 0;
  for (const { title, runner } of runners) {
    const start = performance.now();
    const losses = [await runner.run(), await runner.run()];
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`  ${title}: losses ${losses.join(", ")} after ${seconds} s, compilation included`);
    first ??= losses;
    for (const [step, loss] of losses.entries()) {
      const error = Math.abs(loss / first[step]! - 1);
      if (!(error < TOLERANCE)) {
        throw new Error(
          `${title}'s loss in step ${step + 1} is ${loss}, not ${first[step]}; nothing was timed.`,
        );
      }
      most = Math.max(most, error);
    }
  }
  const losses = first!.map((loss) => loss.toFixed(5)).join(" and ");
  return `the losses of two steps from the same weights, ${losses}, differed by at most ${
    most.toExponential(1)
  } of their value.`;
}

/** The first engine with a batch of its own, warmed up; the others as they are. */
async function withBatch(
  [own, ...others]: readonly Prepared[],
  [contender]: readonly Contender[],
  work: StepWork,
): Promise<Prepared[]> {
  own!.runner[Symbol.dispose]();
  const runner = contender!.trainingStep!(work);
  await runner.run();
  return [{ title: own!.title, runner, batch: work.batch }, ...others];
}
