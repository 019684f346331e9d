import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { accuracyAt, bestThreshold, gridThreshold } from "../../src/evaluate/threshold.ts";
import { Random } from "../../src/random.ts";

/** Scores in steps of 0.05: all of them lie on the grid, and many are equal. */
function tiedScores(seed: number): { scores: number[]; same: boolean[] } {
  const random = new Random(seed);
  const same = Array.from({ length: 60 }, () => random.uniform() < 0.5);
  const scores = same.map((s) => {
    const steps = Math.round(random.gaussian() * 6 + (s ? 8 : 0));
    return Math.max(-20, Math.min(20, steps)) / 20;
  });
  return { scores, same };
}

const rightAt = (scores: readonly number[], same: readonly boolean[], threshold: number) =>
  scores.filter((score, i) => same[i] ? score > threshold : score < threshold).length;

Deno.test("accuracyAt() counts ties as wrong for both kinds", () => {
  assertEquals(accuracyAt([0.5, 0.5, 0.6, 0.4], [true, false, true, false], 0.5), 0.5);
});

Deno.test("gridThreshold() is the mean of all grid values with the most right decisions", () => {
  for (let seed = 0; seed < 12; seed++) {
    const { scores, same } = tiedScores(seed);
    let best = -1;
    let winners: number[] = [];
    for (let i = -10000; i <= 10000; i++) {
      const right = rightAt(scores, same, i / 10000);
      if (right > best) [best, winners] = [right, []];
      if (right === best) winners.push(i / 10000);
    }
    const choice = gridThreshold(scores, same);
    assertEquals(choice.accuracy, best / scores.length);
    const mean = winners.reduce((sum, t) => sum + t, 0) / winners.length;
    assertAlmostEquals(choice.threshold, mean, 1e-12);
  }
});

Deno.test("gridThreshold() averages maxima that lie apart", () => {
  // Right at −0.5…0 and at 0.5…1 alike, open intervals of the grid.
  const choice = gridThreshold([-0.5, 0.5, 0, 1], [false, false, true, true]);
  assertEquals(choice.accuracy, 0.75);
  assertEquals(choice.threshold, 0.25);
});

Deno.test("gridThreshold() reaches the ends of the grid and no further", () => {
  assertEquals(gridThreshold([1, 1], [true, false]), { threshold: -0.00005, accuracy: 0.5 });
  assertEquals(gridThreshold([-1], [true]).accuracy, 0);
  assertEquals(gridThreshold([-1], [true]).threshold, 0);
  assertThrows(() => gridThreshold([], []), RangeError);
});

Deno.test("bestThreshold() beats every other threshold", () => {
  for (let seed = 0; seed < 20; seed++) {
    const { scores, same } = tiedScores(seed);
    const { threshold, accuracy } = bestThreshold(scores, same);
    assertEquals(rightAt(scores, same, threshold) / scores.length, accuracy);
    for (let t = -1.1; t < 1.1; t += 0.0125) {
      const rival = rightAt(scores, same, t) / scores.length;
      if (rival > accuracy) throw new Error(`${t} gives ${rival}, not ${accuracy} (seed ${seed})`);
    }
  }
});

Deno.test("bestThreshold() takes pairs of one kind", () => {
  assertEquals(bestThreshold([5, 7], [true, true]), { threshold: 4, accuracy: 1 });
  assertEquals(bestThreshold([5, 7], [false, false]), { threshold: 8, accuracy: 1 });
  assertThrows(() => bestThreshold([], []), RangeError);
});
