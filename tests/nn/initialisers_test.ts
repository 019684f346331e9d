import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { constant, gaussian, xavier } from "../../src/nn/initialisers.ts";
import { Random } from "../../src/random.ts";

function moments(values: Float32Array): { mean: number; deviation: number; kurtosis: number } {
  const power = (exponent: number) =>
    values.reduce((sum, value) => sum + (value - mean) ** exponent, 0) / values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, deviation: Math.sqrt(power(2)), kurtosis: power(4) / power(2) ** 2 };
}

const COUNT = 200_000;

Deno.test("xavier() is uniform within √(3 / fanIn)", () => {
  for (
    const [fanIn, digits] of [[27, "0.333333"], [576, "0.072169"], [21_504, "0.011811"]] as const
  ) {
    const bound = Math.sqrt(3 / fanIn);
    assertEquals(bound.toFixed(6), digits);
    const values = new Float32Array(COUNT);
    xavier(fanIn)(values, new Random(1));
    const largest = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    assert(largest <= bound * (1 + 1e-7) && largest > 0.999 * bound);
    const { mean, deviation, kurtosis } = moments(values);
    assertAlmostEquals(mean / bound, 0, 0.005);
    assertAlmostEquals(deviation / (bound / Math.sqrt(3)), 1, 0.005);
    assertAlmostEquals(kurtosis, 1.8, 0.02); // of the uniform distribution
  }
});

Deno.test("gaussian() is normal with mean 0", () => {
  const values = new Float32Array(COUNT);
  gaussian(0.01)(values, new Random(2));
  const { mean, deviation, kurtosis } = moments(values);
  assertAlmostEquals(mean / 0.01, 0, 0.01);
  assertAlmostEquals(deviation / 0.01, 1, 0.01);
  assertAlmostEquals(kurtosis, 3, 0.1);
});

Deno.test("constant() fills, and the others are determined by the generator", () => {
  const draw = (initialiser: ReturnType<typeof constant>, seed: number) => {
    const values = new Float32Array(8);
    initialiser(values, new Random(seed));
    return Array.from(values);
  };
  assertEquals(draw(constant(0.25), 1), Array(8).fill(0.25));
  for (const initialiser of [xavier(3), gaussian(1)]) {
    assertEquals(draw(initialiser, 1), draw(initialiser, 1));
    assert(draw(initialiser, 1).join() !== draw(initialiser, 2).join());
  }
});
