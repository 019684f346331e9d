import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { evaluatePairs, type PairFeatures } from "../../src/evaluate/pairs.ts";
import { cosineSimilarity } from "../../src/evaluate/features.ts";
import { Random } from "../../src/random.ts";

/** The generator of pairs_reference.py. */
function lcg(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (1664525 * state + 1013904223) % 2 ** 32;
    return Math.floor(state / 65536) % below;
  };
}

interface Case {
  seed: number;
  folds: number;
  perClass: number;
  people: number;
  imagesEach: number;
  dim: number;
  levels: number;
  spread: number;
}

/** `make` of pairs_reference.py: the draws have to come in the same order. */
function make(spec: Case): PairFeatures {
  const { folds, perClass, people, imagesEach, dim, levels, spread } = spec;
  const draw = lcg(spec.seed);
  const centres = Array.from({ length: people * dim }, () => draw(levels));
  const features = Float32Array.from({ length: people * imagesEach * dim }, (_, at) => {
    const person = Math.floor(at / (imagesEach * dim));
    return centres[person * dim + at % dim]! + draw(spread);
  });
  const pairs = folds * 2 * perClass;
  const left = new Uint32Array(pairs);
  const right = new Uint32Array(pairs);
  const same = new Uint8Array(pairs);
  const fold = new Uint16Array(pairs);
  for (let pair = 0; pair < pairs; pair++) {
    same[pair] = pair % (2 * perClass) < perClass ? 1 : 0;
    fold[pair] = Math.floor(pair / (2 * perClass));
    const p = draw(people);
    const q = same[pair] ? p : (p + 1 + draw(people - 1)) % people;
    left[pair] = p * imagesEach + draw(imagesEach);
    right[pair] = q * imagesEach + draw(imagesEach);
  }
  return { features, dim, left, right, same, fold };
}

// Printed by pairs_reference.py.
const EXPECTED = [
  {
    name: "spread",
    spec: {
      seed: 1,
      folds: 10,
      perClass: 30,
      people: 40,
      imagesEach: 6,
      dim: 24,
      levels: 64,
      spread: 120,
    },
    right: [50, 44, 43, 50, 56, 47, 48, 41, 45, 49],
    thresholds: [
      0.13496896551724138,
      0.1306,
      0.14555,
      0.1423,
      0.13885,
      0.1321,
      0.130375,
      0.13495,
      0.12751666666666667,
      0.13853488372093026,
    ],
  },
  {
    name: "ties",
    spec: {
      seed: 2,
      folds: 6,
      perClass: 20,
      people: 9,
      imagesEach: 3,
      dim: 3,
      levels: 3,
      spread: 2,
    },
    right: [33, 32, 27, 34, 37, 37],
    thresholds: [0.4408, 0.22845, 0.39125, 0.27105, 0.2662, 0.2332],
  },
];

for (const { name, spec, right, thresholds } of EXPECTED) {
  Deno.test(`evaluatePairs() equals the NumPy reference fold for fold (${name})`, () => {
    const result = evaluatePairs(make(spec));
    const perFold = 2 * spec.perClass;
    assertEquals(result.folds.map(({ accuracy }) => accuracy), right.map((n) => n / perFold));
    result.folds.forEach(({ threshold }, f) => {
      assertAlmostEquals(threshold, thresholds[f]!, 1e-12);
    });
    const mean = right.reduce((sum, n) => sum + n / perFold, 0) / right.length;
    assertAlmostEquals(result.accuracy, mean, 1e-15);
    assert(result.standardDeviation > 0.02 && result.standardDeviation < 0.12);
    assertEquals(result.optimistic, false);
    assertEquals(result.positives, spec.folds * spec.perClass);
    assertEquals(result.negatives, spec.folds * spec.perClass);
  });
}

Deno.test("evaluatePairs() takes folds by number, whatever their order in the list", () => {
  const input = make(EXPECTED[0]!.spec);
  const order = new Random(5).shuffle([...input.left.keys()]);
  const shuffled = evaluatePairs({
    ...input,
    left: Uint32Array.from(order, (i) => input.left[i]!),
    right: Uint32Array.from(order, (i) => input.right[i]!),
    same: order.map((i) => input.same[i] === 1),
    fold: Uint16Array.from(order, (i) => 7 * input.fold[i]!),
  });
  const accuracies = evaluatePairs(input).folds.map(({ accuracy }) => accuracy);
  assertEquals(shuffled.folds.map(({ accuracy }) => accuracy), accuracies);
});

Deno.test("evaluatePairs() scores with the plain cosine when no mean is subtracted", () => {
  const input = make(EXPECTED[0]!.spec);
  const { scores } = evaluatePairs(input, { subtractMean: false });
  const row = (i: number) => input.features.subarray(i * input.dim, (i + 1) * input.dim);
  scores.forEach((score, pair) => {
    const expected = cosineSimilarity(row(input.left[pair]!), row(input.right[pair]!));
    assertAlmostEquals(score, expected, 1e-14);
  });
});

Deno.test("evaluatePairs() subtracts the mean of the other folds alone", () => {
  // Fold 1's pairs lie far away; with their own mean in, fold 1 would score otherwise.
  const input: PairFeatures = {
    features: new Float32Array([1, 0, 1, 1, 0, 1, 101, 100, 100, 101]),
    dim: 2,
    left: new Uint32Array([0, 0, 3, 3]),
    right: new Uint32Array([1, 2, 3, 4]),
    same: [true, false, true, false],
    fold: new Uint16Array([0, 0, 1, 1]),
  };
  const { scores } = evaluatePairs(input);
  const [x, y] = [(1 + 1 + 1 + 0) / 4, (0 + 1 + 0 + 1) / 4];
  assertAlmostEquals(scores[3]!, cosineSimilarity([101 - x, 100 - y], [100 - x, 101 - y]), 1e-15);
  assertEquals(scores[2], 1);
});

Deno.test("evaluatePairs() judges a single fold by itself and says so", () => {
  const spec = { ...EXPECTED[0]!.spec, folds: 1, perClass: 100 };
  const result = evaluatePairs(make(spec));
  assertEquals(result.folds.length, 1);
  assertEquals(result.optimistic, true);
  assertEquals(result.standardDeviation, 0);
  assert(result.accuracy > 0.6 && result.accuracy < 1);
});

Deno.test("evaluatePairs() refuses features and pairs that don't fit", () => {
  const input = make(EXPECTED[1]!.spec);
  const pairs = input.left.length;
  const broken = input.features.slice();
  broken[3 * 5 + 1] = NaN;
  const cases: [Partial<PairFeatures>, string][] = [
    [{ features: broken }, "image 5 holds NaN"],
    [{ dim: 7 }, "whole rows of 7"],
    [{ right: input.right.slice(1) }, `${pairs} left and ${pairs - 1} right`],
    [{ left: input.left.map((row, i) => i === 4 ? 27 : row) }, "Pair 4 uses image 27"],
    [{ same: new Uint8Array(pairs) }, "no positive pair"],
    [{ same: new Uint8Array(pairs).fill(1) }, "no negative pair"],
  ];
  for (const [change, message] of cases) {
    assertThrows(() => evaluatePairs({ ...input, ...change }), RangeError, message);
  }
  const none = { left: new Uint32Array(0), right: new Uint32Array(0), same: [] };
  assertThrows(() => evaluatePairs({ ...input, ...none, fold: new Uint16Array(0) }), RangeError);
});

Deno.test("evaluatePairs() takes 6,000 pairs of 1,024 values in seconds", () => {
  const random = new Random(3);
  const input: PairFeatures = {
    features: Float32Array.from({ length: 7000 * 1024 }, () => random.uniform() - 0.5),
    dim: 1024,
    left: Uint32Array.from({ length: 6000 }, () => random.below(7000)),
    right: Uint32Array.from({ length: 6000 }, () => random.below(7000)),
    same: Array.from({ length: 6000 }, (_, i) => i % 2 === 0),
    fold: Uint16Array.from({ length: 6000 }, (_, i) => Math.floor(i / 600)),
  };
  const start = performance.now();
  const { accuracy } = evaluatePairs(input);
  const seconds = (performance.now() - start) / 1000;
  assert(Math.abs(accuracy - 0.5) < 0.05);
  assert(seconds < 10, `${seconds.toFixed(1)} s`);
});
