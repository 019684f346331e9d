import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  areaUnderCurve,
  equalErrorRate,
  operatingPoint,
  rocCurve,
  trueAcceptRate,
} from "../../src/evaluate/roc.ts";
import { Random } from "../../src/random.ts";

/** Scores in steps of 0.1, so that many are equal within and across the kinds. */
function tiedScores(random: Random, count: number, shift: number): number[] {
  return Array.from({ length: count }, () => Math.round(10 * (random.gaussian() + shift)) / 10);
}

const share = (scores: readonly number[], threshold: number) =>
  scores.filter((score) => score >= threshold).length / scores.length;

function trials(check: (positives: number[], negatives: number[], random: Random) => void): void {
  for (let seed = 0; seed < 20; seed++) {
    const random = new Random(seed);
    const positives = tiedScores(random, 1 + random.below(80), 1);
    const negatives = tiedScores(random, 1 + random.below(80), 0);
    check(positives, negatives, random);
  }
}

Deno.test("rocCurve() counts what each threshold accepts", () => {
  trials((positives, negatives) => {
    const { thresholds, falseAcceptRate, trueAcceptRate } = rocCurve(positives, negatives);
    const distinct = new Set([...positives, ...negatives]);
    assertEquals([...thresholds], [Infinity, ...[...distinct].sort((a, b) => b - a)]);
    thresholds.forEach((threshold, i) => {
      assertEquals(falseAcceptRate[i], share(negatives, threshold));
      assertEquals(trueAcceptRate[i], share(positives, threshold));
    });
  });
});

Deno.test("areaUnderCurve() is the chance that a positive beats a negative", () => {
  trials((positives, negatives) => {
    let wins = 0;
    for (const p of positives) for (const n of negatives) wins += p > n ? 1 : p === n ? 0.5 : 0;
    const expected = wins / (positives.length * negatives.length);
    assertAlmostEquals(areaUnderCurve(rocCurve(positives, negatives)), expected, 1e-12);
  });
});

Deno.test("equalErrorRate() lies on the curve where both errors are equal", () => {
  trials((positives, negatives) => {
    const curve = rocCurve(positives, negatives);
    const rate = equalErrorRate(curve);
    // Walk the polyline in small steps and keep the point nearest the diagonal FAR = 1 − TAR.
    let [nearest, found] = [Infinity, NaN];
    for (let i = 1; i < curve.thresholds.length; i++) {
      for (let t = 0; t <= 1; t += 1e-3) {
        const mix = (a: Float64Array) => a[i - 1]! + t * (a[i]! - a[i - 1]!);
        const [far, tar] = [mix(curve.falseAcceptRate), mix(curve.trueAcceptRate)];
        if (Math.abs(far + tar - 1) < nearest) [nearest, found] = [Math.abs(far + tar - 1), far];
      }
    }
    assertAlmostEquals(rate, found, 2e-3);
  });
  assertEquals(equalErrorRate(rocCurve([2, 3], [0, 1])), 0);
  assertEquals(equalErrorRate(rocCurve([0, 1], [2, 3])), 1);
  assertEquals(equalErrorRate(rocCurve([1], [1])), 0.5);
});

Deno.test("trueAcceptRate() is the best that any threshold within the rate gives", () => {
  trials((positives, negatives, random) => {
    for (const rate of [0, 1e-3, 0.1, 0.5, 1, random.uniform()]) {
      let best = 0;
      for (const threshold of [...positives, ...negatives]) {
        if (share(negatives, threshold) <= rate) best = Math.max(best, share(positives, threshold));
      }
      assertEquals(trueAcceptRate(positives, negatives, rate), best);
    }
  });
});

Deno.test("operatingPoint() keeps to the rate, and takes a rate that is reached exactly", () => {
  const negatives = Array.from({ length: 1000 }, (_, i) => i / 1000);
  const point = operatingPoint([0.5, 0.9985, 2], negatives, 1e-3);
  assertEquals(point, { threshold: 0.9985, falseAcceptRate: 0.001, trueAcceptRate: 2 / 3 });
  assertEquals(operatingPoint([0.5], negatives, 9e-4).threshold, Infinity);
});

Deno.test("rocCurve() and trueAcceptRate() refuse what they can't judge", () => {
  assertThrows(() => rocCurve([], [1]), RangeError, "no positive pair");
  assertThrows(() => rocCurve([1], []), RangeError, "no negative pair");
  assertThrows(() => rocCurve([1], [0, NaN]), RangeError, "Score 1 of the negative pairs is NaN");
  assertThrows(() => trueAcceptRate([1], [0], 1.5), RangeError, "1.5");
  assertThrows(() => trueAcceptRate([1], [0], NaN), RangeError, "NaN");
});

Deno.test("rocCurve() leaves the scores that it is given in their order", () => {
  const positives = new Float64Array([3, 1, 2]);
  rocCurve(positives, [0]);
  assert(positives[0] === 3 && positives[2] === 2);
});
