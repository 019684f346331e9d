import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { verify } from "../../src/evaluate/verification.ts";
import { angularFisherScore } from "../../src/evaluate/fisher.ts";
import { areaUnderCurve, equalErrorRate, rocCurve } from "../../src/evaluate/roc.ts";
import { Random } from "../../src/random.ts";

/** Gaussian clusters around random centres, all shifted, as untrained features are. */
function people(count: number, imagesEach: number, spread: number) {
  const random = new Random(11);
  const dim = 16;
  const centres = Array.from({ length: count * dim }, () => random.gaussian());
  const labels = Uint32Array.from({ length: count * imagesEach }, (_, i) => i % count);
  const features = new Float32Array(labels.length * dim);
  for (let at = 0; at < features.length; at++) {
    const label = labels[Math.floor(at / dim)]!;
    features[at] = 5 + centres[label * dim + at % dim]! + spread * random.gaussian();
  }
  return { features, dim, labels };
}

Deno.test("verify() tells tight identities apart and not scattered ones", () => {
  const tight = verify(people(20, 8, 0.3));
  const loose = verify(people(20, 8, 6));
  assert(tight.accuracy > 0.99, String(tight.accuracy));
  assert(loose.accuracy < 0.6, String(loose.accuracy));
  assert(tight.equalErrorRate < 0.02 && loose.equalErrorRate > 0.4);
  assert(tight.trueAcceptRate["1e-2"] > 0.98 && loose.trueAcceptRate["1e-2"] < 0.2);
  assert(tight.angularFisherScore < loose.angularFisherScore / 5);
});

Deno.test("verify() reports figures that agree with each other", () => {
  const input = people(12, 6, 1.5);
  const result = verify(input);
  // 12 × 15 pairs of one identity are fewer than the default 3,000.
  assertEquals([result.positiveAngles.length, result.negativeAngles.length], [180, 180]);
  const cosines = (angles: Float64Array) => angles.map((angle) => -angle);
  const roc = rocCurve(cosines(result.positiveAngles), cosines(result.negativeAngles));
  assertAlmostEquals(areaUnderCurve(roc), result.areaUnderCurve, 1e-12);
  assertAlmostEquals(equalErrorRate(roc), result.equalErrorRate, 1e-12);
  assertEquals(result.angularFisherScore, angularFisherScore(input, input.labels));
  assert(result.threshold > -1 && result.threshold < 1);
  assert(result.accuracy > 0.5 && result.standardDeviation > 0);
});

Deno.test("verify() subtracts the mean unless told not to", () => {
  const input = people(20, 8, 0.8);
  const [centred, raw] = [verify(input), verify(input, { subtractMean: false })];
  const mean = (angles: Float64Array) => angles.reduce((sum, a) => sum + a, 0) / angles.length;
  assert(mean(centred.negativeAngles) > 80);
  assert(mean(raw.negativeAngles) < 30);
});

Deno.test("verify() gives the same for the same seed", () => {
  const input = people(10, 10, 2);
  const options = { pairsPerClass: 100, seed: 4 };
  assertEquals(verify(input, options), verify(input, options));
  assertEquals(verify(input, options).positiveAngles.length, 100);
});

Deno.test("verify() says what is missing when there are too few people or images", () => {
  const few = people(2, 2, 1);
  assertThrows(() => verify(few), RangeError, "make 2 pairs of one identity and 4 of two");
  assertThrows(() => verify(people(1, 30, 1)), RangeError, "hold out more identities");
  assertThrows(() => verify(people(30, 1, 1)), RangeError, "make 0 pairs of one identity");
  assertThrows(() => verify(few, { folds: 1 }), RangeError, "1 folds");
  assertThrows(() => verify({ ...people(4, 9, 1), labels: [1, 2] }, { folds: 2 }), RangeError);
});
