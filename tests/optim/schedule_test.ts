import { assertAlmostEquals } from "@std/assert";
import { learningRateAt } from "../../src/optim/schedule.ts";

Deno.test("learningRateAt() falls when the iteration reaches a step", () => {
  const schedule = { base: 0.1, steps: [16_000, 24_000], factor: 0.1 };
  const table = [[0, 0.1], [15_999, 0.1], [16_000, 0.01], [23_999, 0.01], [24_000, 0.001]] as const;
  for (const [iteration, rate] of table) {
    assertAlmostEquals(learningRateAt(schedule, iteration), rate, 1e-12);
  }
});

Deno.test("learningRateAt() takes steps in any order, at once, or none", () => {
  assertAlmostEquals(learningRateAt({ base: 1, steps: [5, 2], factor: 0.5 }, 3), 0.5, 1e-12);
  assertAlmostEquals(learningRateAt({ base: 1, steps: [3, 3], factor: 0.5 }, 3), 0.25, 1e-12);
  assertAlmostEquals(learningRateAt({ base: 0.3, steps: [], factor: 0.1 }, 1e6), 0.3, 1e-12);
});
