import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { countPairs, type SampledPairs, samplePairs } from "../../src/evaluate/sample_pairs.ts";

/** Identity i has 1 + i images, interleaved. */
const LABELS = Array.from({ length: 6 }, (_, label) => Array(1 + label).fill(label * 10))
  .flat().sort((a, b) => (a * 7) % 11 - (b * 7) % 11) as number[];

function assertSound({ left, right, same }: SampledPairs, labels: readonly number[]): void {
  const seen = new Set<string>();
  left.forEach((a, i) => {
    const b = right[i]!;
    assertNotEquals(a, b);
    assertEquals(labels[a] === labels[b], same[i] === 1);
    seen.add([a, b].sort((x, y) => x - y).join());
  });
  assertEquals(seen.size, left.length);
}

Deno.test("countPairs() counts unordered pairs", () => {
  let [positives, negatives] = [0, 0];
  for (let a = 0; a < LABELS.length; a++) {
    for (let b = 0; b < a; b++) LABELS[a] === LABELS[b] ? positives++ : negatives++;
  }
  assertEquals(countPairs(LABELS), { positives, negatives });
});

Deno.test("samplePairs() draws every pair there is when asked for all", () => {
  const all = countPairs(LABELS);
  const pairs = samplePairs(LABELS, { ...all, seed: 3 });
  assertEquals(pairs.left.length, all.positives + all.negatives);
  assertSound(pairs, LABELS);
});

Deno.test("samplePairs() draws distinct pairs that the seed determines", () => {
  const options = { positives: 12, negatives: 20, seed: 8 };
  const pairs = samplePairs(LABELS, options);
  assertSound(pairs, LABELS);
  assertEquals([...pairs.same], [...Array(12).fill(1), ...Array(20).fill(0)]);
  assertEquals(samplePairs(LABELS, options), pairs);
  assertNotEquals(samplePairs(LABELS, { ...options, seed: 9 }), pairs);
});

Deno.test("samplePairs() lets no identity weigh more for having many images", () => {
  const labels = [...Array(1000).fill(0), ...Array(4).fill(1), ...Array(4).fill(2)] as number[];
  const { left, right } = samplePairs(labels, { positives: 12, negatives: 12, seed: 1 });
  const counts = [0, 0, 0];
  left.subarray(0, 12).forEach((row) => counts[labels[row]!]!++);
  assertEquals(counts, [4, 4, 4]);
  const between = [0, 0, 0];
  left.subarray(12).forEach((a, i) => between[labels[a]! + labels[right[12 + i]!]! - 1]!++);
  assertEquals(between, [4, 4, 4]);
});

Deno.test("samplePairs() draws from all images of an identity alike", () => {
  const labels = Array.from({ length: 40 }, (_, i) => i % 2);
  const uses = new Uint32Array(40);
  for (let seed = 0; seed < 200; seed++) {
    const { left, right } = samplePairs(labels, { positives: 10, negatives: 10, seed });
    for (const row of [...left, ...right]) uses[row]!++;
  }
  // 8,000 uses over 40 images: 200 each, with a standard deviation of about 14.
  assert(uses.every((count) => count > 130 && count < 270), uses.join());
});

Deno.test("samplePairs() refuses to draw more than there are", () => {
  const none = { positives: 0, negatives: 0, seed: 0 };
  assertThrows(() => samplePairs([0, 0, 1], { ...none, positives: 2 }), RangeError, "make 1");
  assertThrows(() => samplePairs([0, 0, 0], { ...none, negatives: 1 }), RangeError, "make 0");
  assertThrows(() => samplePairs([0, 0, 0], { ...none, positives: 0.5 }), RangeError, "0.5");
  assertEquals(samplePairs([], none).left.length, 0);
});
