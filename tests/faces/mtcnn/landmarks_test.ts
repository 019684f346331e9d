import { assertAlmostEquals, assertEquals } from "@std/assert";
import { landmarksIn, meanShares, mirrorShares } from "../../../src/faces/mtcnn/landmarks.ts";

const SHARES = [0.3, 0.7, 0.5, 0.35, 0.65, 0.4, 0.41, 0.6, 0.8, 0.81];

Deno.test("landmarksIn() places landmarks in the box that the net saw", () => {
  const [left, , nose, , right] = landmarksIn(
    { x1: 99, y1: 49, x2: 198, y2: 98, score: 1 },
    SHARES,
  );
  // Counted from 1: 100 + 100 · 0.3 − 1 and 50 + 50 · 0.4 − 1.
  assertEquals(left, { x: 129 - 1, y: 69 - 1 });
  assertEquals(nose, { x: 149 - 1, y: 79 - 1 });
  assertAlmostEquals(right.x, 164 - 1);
  assertAlmostEquals(right.y, 89.5 - 1);
});

Deno.test("mirrorShares() turns left into right and back", () => {
  const mirrored = mirrorShares(SHARES);
  const expected = [0.3, 0.7, 0.5, 0.35, 0.65, 0.41, 0.4, 0.6, 0.81, 0.8];
  mirrored.forEach((value, i) => assertAlmostEquals(value, expected[i]!, 1e-12));
  mirrorShares(mirrored).forEach((value, i) => assertAlmostEquals(value, SHARES[i]!, 1e-12));
});

Deno.test("meanShares() lies in the middle", () => {
  assertEquals(meanShares(SHARES, SHARES.map((value) => value + 0.5))[9], 0.81 + 0.25);
});
