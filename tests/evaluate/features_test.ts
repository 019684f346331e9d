import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { anglesOfCosines, checkFeatures, cosineSimilarity } from "../../src/evaluate/features.ts";
import { Random } from "../../src/random.ts";

Deno.test("cosineSimilarity() gives the cosine", () => {
  assertAlmostEquals(cosineSimilarity([1, 2, 3], [4, -5, 6]), 12 / Math.sqrt(14 * 77), 1e-15);
  assertEquals(cosineSimilarity([1, 0], [0, 7]), 0);
});

Deno.test("cosineSimilarity() gives exactly ±1 for parallel vectors and 0 for zero ones", () => {
  const random = new Random(1);
  for (let trial = 0; trial < 50; trial++) {
    const a = Float32Array.from({ length: 33 }, () => random.gaussian());
    assertEquals(cosineSimilarity(a, a), 1);
    const b = cosineSimilarity(a, a.map((x) => -4 * x));
    assert(b >= -1 && b < -1 + 1e-15);
  }
  assertEquals(cosineSimilarity([0, 0], [1, 1]), 0);
  assertEquals(cosineSimilarity(new Float32Array([1e-30]), new Float32Array([3e38])), 1);
});

Deno.test("cosineSimilarity() refuses features of two lengths", () => {
  assertThrows(() => cosineSimilarity([1], [1, 2]), RangeError, "1 and 2");
});

Deno.test("anglesOfCosines() gives degrees, also for a cosine that rounding pushed over 1", () => {
  const angles = anglesOfCosines([1.0000000000000002, 0.5, 0, -1]);
  [0, 60, 90, 180].forEach((angle, i) => assertAlmostEquals(angles[i]!, angle, 1e-12));
});

Deno.test("checkFeatures() counts rows and names the image that is broken", () => {
  assertEquals(checkFeatures({ features: new Float32Array(6), dim: 3 }), 2);
  const features = new Float32Array([0, 0, 0, 0, -Infinity, 0]);
  assertThrows(() => checkFeatures({ features, dim: 3 }), RangeError, "image 1 holds -Infinity");
  assertThrows(() => checkFeatures({ features, dim: 4 }), RangeError, "rows of 4");
  assertThrows(() => checkFeatures({ features, dim: 0 }), RangeError, "rows of 0");
});
