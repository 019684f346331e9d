/** The product of two large square matrices on every engine. */

import { noise } from "../support.ts";
import { type Outcome, race, titleOf } from "./compare.ts";
import type { Contender } from "./contender.ts";

const SIZE = 1024;

/** Products between two waits, so that waiting is no part of the figure. */
const PRODUCTS = 4;

/** Products may differ by this share of their norm. */
const TOLERANCE = 1e-4;

/** Shows that all engines give the same product, then times them in turns. */
export async function compareMatmul(
  contenders: readonly Contender[],
  repeats: number,
): Promise<Outcome> {
  const work = `matrix product ${SIZE}³`;
  console.log(`\n${work}, ${PRODUCTS} of them a run`);
  const operands = { size: SIZE, a: noise(SIZE ** 2, 1), b: noise(SIZE ** 2, 2) };
  const runners = contenders.flatMap((contender) => {
    const runner = contender.matmul?.(operands);
    return runner === undefined ? [] : [{ title: titleOf(contender), runner }];
  });
  let first: Float32Array | null = null;
  let most = 0;
  for (const { title, runner } of runners) {
    const product = await runner.product();
    first ??= product;
    const error = relativeError(product, first);
    if (!(error < TOLERANCE)) {
      throw new Error(`${title}'s product differs by ${error} of its norm; nothing was timed.`);
    }
    most = Math.max(most, error);
  }
  const agreement = `${work}: the products differed by at most ${
    most.toExponential(1)
  } of their norm.`;
  console.log(`  ${agreement}`);
  const amount = PRODUCTS * 2 * SIZE ** 3 / 1e9;
  const entrants = runners.map(({ title, runner }) => ({
    title,
    amount,
    run: () => runner.run(PRODUCTS),
  }));
  for (const { run } of entrants) await run();
  const rows = await race(work, "GFLOP", entrants, repeats);
  for (const { runner } of runners) runner[Symbol.dispose]();
  return { rows, agreement };
}

/** ‖a − b‖ / ‖b‖. */
function relativeError(a: Float32Array, b: Float32Array): number {
  let [difference, norm] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    norm += b[i]! ** 2;
  }
  return Math.sqrt(difference / norm);
}
