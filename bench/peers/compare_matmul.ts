/** The product of two large square matrices on every engine. */

import { noise } from "../support.ts";
import { type Outcome, prepareAll, proveEqual, race } from "./compare.ts";
import type { Contender } from "./contender.ts";

const SIZE = 1024;

/** Products may differ by this share of their norm. */
const TOLERANCE = 1e-4;

/** Shows that all engines give the same product, then times them in turns. */
export async function compareMatmul(
  contenders: readonly Contender[],
  repeats: number,
): Promise<Outcome> {
  const work = `matrix product ${SIZE}³`;
  console.log(`\n${work}`);
  const operands = { size: SIZE, a: noise(SIZE ** 2, 1), b: noise(SIZE ** 2, 2) };
  const field = await prepareAll(contenders, (contender) => contender.matmul?.(operands));
  const difference = await proveEqual(field, "product", TOLERANCE, (runner) => runner.product());
  const entrants = field.ready.map(({ contender, runner }) => ({
    contender,
    amount: 2 * SIZE ** 3 / 1e9,
    run: (times: number) => runner.run(times),
  }));
  const rows = await race("GFLOP", entrants, repeats);
  for (const { runner } of field.ready) runner[Symbol.dispose]();
  return { kind: "matmul", id: "matmul", work, rows, difference, failures: field.failures };
}
