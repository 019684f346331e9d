import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  annealedBy,
  annealingEnd,
  lambdaAt,
  RELEASED_ANNEALING,
} from "../../src/heads/annealing.ts";
import { annealedLambda } from "../reference/annealing.ts";

Deno.test("lambdaAt() gives the released schedule's values", () => {
  const table = [
    [1, 892.857],
    [2, 806.452],
    [10, 454.545],
    [50, 142.857],
    [100, 76.923],
    [500, 16.393],
    [501, 16.3613],
    [1000, 8.2645],
    [1500, 5.5249],
    [1658, 5.001],
    [1659, 5],
    [28_000, 5],
  ] as const;
  for (const [iteration, lambda] of table) {
    assertAlmostEquals(lambdaAt(RELEASED_ANNEALING, iteration), lambda, 5e-4);
    assertEquals(
      lambdaAt(RELEASED_ANNEALING, iteration),
      annealedLambda(iteration, RELEASED_ANNEALING),
    );
  }
});

Deno.test("lambdaAt() follows the exponent and may have no minimum", () => {
  const mnist = { base: 1000, gamma: 2.5e-5, power: 35, minimum: 0 };
  assertAlmostEquals(lambdaAt(mnist, 1000), 421, 0.5);
  assertAlmostEquals(lambdaAt(mnist, 5000), 16.2, 0.05);
  assertAlmostEquals(lambdaAt(mnist, 10_000), 0.41, 0.005);
});

Deno.test("annealingEnd() is the first iteration at the minimum", () => {
  assertEquals(annealingEnd(RELEASED_ANNEALING), 1659);
  const port = { base: 1500, gamma: 0.1, power: 1, minimum: 5 };
  assertEquals(annealingEnd(port), 2990);
  const steep = { base: 1000, gamma: 0.01, power: 4, minimum: 7 };
  for (const annealing of [RELEASED_ANNEALING, port, steep]) {
    const end = annealingEnd(annealing);
    assertEquals(lambdaAt(annealing, end), annealing.minimum);
    assert(lambdaAt(annealing, end - 1) > annealing.minimum);
  }
  // A run that starts at its minimum has no annealing before it.
  assertEquals(annealingEnd({ base: 5, gamma: 0.12, power: 1, minimum: 5 }), 1);
});

Deno.test("annealedBy() reaches the minimum at the iteration asked for", () => {
  const sources = [RELEASED_ANNEALING, { base: 1000, gamma: 1, power: 3, minimum: 2 }];
  for (const source of sources) {
    for (const iteration of [1, 3, 180, 720, 5000]) {
      const annealing = annealedBy(source, iteration);
      assertEquals({ ...annealing, gamma: source.gamma }, source);
      assertAlmostEquals(lambdaAt(annealing, iteration), source.minimum, 1e-9);
      if (iteration > 1) assert(lambdaAt(annealing, iteration - 1) > source.minimum * 1.0001);
    }
  }
});
