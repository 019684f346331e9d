import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { bestOfHalves, IdentityMeans, imageRows } from "../../src/evaluate/identity_rows.ts";
import type { IdentityMatch, IdentityRows } from "../../src/evaluate/overlap.ts";
import { Random } from "../../src/random.ts";
import { findOverlap } from "../../src/sphereface/find_overlap.ts";
import { gpu } from "../support/gpu.ts";

const DIM = 33;

/** Features of `images` images for each of `people`, who are directions under noise. */
function features(people: readonly number[], images: number, seed: number) {
  const random = new Random(seed);
  const labels = Uint32Array.from({ length: people.length * images }, (_, i) => i % people.length);
  const values = Array.from(labels, (label) => {
    const person = new Random(people[label]!);
    const scale = 0.5 + random.uniform();
    return Float32Array.from(
      { length: DIM },
      () => scale * (person.gaussian() + 0.5 * random.gaussian()),
    );
  });
  return { labels, values, identities: people.map((person) => `p${person}`) };
}

type Set = ReturnType<typeof features>;

function rowsOf(set: Set, mode: "mean" | "best"): IdentityRows {
  const { labels, values, identities } = set;
  const images = identities.map((_, label) => labels.filter((one) => one === label).length);
  if (mode === "mean") {
    const means = new IdentityMeans("means", identities, DIM);
    labels.forEach((label, i) => means.add(label, values[i]!));
    return means.rows();
  }
  const flat = Float32Array.from(values.flatMap((row) => [...row]));
  return imageRows({ name: "images", dim: DIM, labels, identities, images, features: flat });
}

/** The same by loops over all pairs in f64. */
function bruteForce(
  a: Set,
  b: Set | null,
  mode: "mean" | "best",
  threshold: number,
  each: number,
): IdentityMatch[] {
  const unit = (row: readonly number[]) => {
    const length = Math.hypot(...row);
    return row.map((value) => value / length);
  };
  const reduced = (set: Set) =>
    set.identities.map((_, label) => {
      const rows = set.values.filter((_, i) => set.labels[i] === label).map((row) =>
        unit([...row])
      );
      if (mode === "best") return rows;
      return [unit(rows[0]!.map((_, i) => rows.reduce((sum, row) => sum + row[i]!, 0)))];
    });
  const [left, right] = [reduced(a), reduced(b ?? a)];
  const all = left.flatMap((rows, i) => {
    const found = right.flatMap((others, j) => {
      if (b === null && j <= i) return [];
      const scores = rows.flatMap((x) =>
        others.map((y) => x.reduce((sum, v, k) => sum + v * y[k]!, 0))
      );
      return [{ a: i, b: j, score: Math.max(...scores) }];
    });
    return found.filter(({ score }) => score >= threshold)
      .sort((x, y) => y.score - x.score).slice(0, each);
  });
  return all.sort((x, y) => y.score - x.score);
}

Deno.test("findOverlap() finds what comparing all pairs in f64 finds", async () => {
  // The last seven of the first set are its first seven again.
  const a = features(Array.from({ length: 37 }, (_, i) => i % 30), 5, 1);
  const b = features(Array.from({ length: 29 }, (_, i) => 20 + i), 3, 2);
  for (const mode of ["mean", "best"] as const) {
    for (const other of [b, null]) {
      for (const [threshold, each, block] of [[0.5, 10, 7], [0.1, 3, 16], [-1, 4, 500]] as const) {
        const found = await findOverlap(gpu, rowsOf(a, mode), other && rowsOf(other, mode), {
          threshold,
          each,
          block,
        });
        const expected = bruteForce(a, other, mode, threshold, each);
        const what = `${mode}, ${other ? "two sets" : "one set"}, ${threshold}, ${each}`;
        assert(expected.length > 0, what);
        assertEquals(found.length, expected.length, what);
        for (const [i, match] of found.entries()) {
          assertEquals([match.a, match.b], [expected[i]!.a, expected[i]!.b], what);
          assertAlmostEquals(match.score, expected[i]!.score, 1e-6);
        }
      }
    }
  }
});

Deno.test("findOverlap() puts the people first who are in both sets", async () => {
  const a = features(Array.from({ length: 20 }, (_, i) => i), 6, 3);
  const b = features(Array.from({ length: 20 }, (_, i) => 15 + i), 6, 4);
  const found = await findOverlap(gpu, rowsOf(a, "mean"), rowsOf(b, "mean"), { threshold: 0.5 });
  const names = found.slice(0, 5).map(({ a: i, b: j }) => [a.identities[i], b.identities[j]]);
  assertEquals(names.every(([one, two]) => one === two), true);
  assertEquals(new Set(names.map(([one]) => one)).size, 5);
});

Deno.test("findOverlap() tells its progress, holds nothing back, and refuses what cannot be compared", async () => {
  const rows = rowsOf(features([1, 2, 3, 4, 5], 2, 1), "best");
  const before = gpu.memory.usedBytes;
  const heard: [number, number][] = [];
  const onProgress = (done: number, total: number) => void heard.push([done, total]);
  await findOverlap(gpu, rows, null, { threshold: 2, block: 4, onProgress });
  assertEquals(heard.map(([done]) => done), [16, 32, 40, 56, 64, 68]);
  assertEquals(gpu.memory.usedBytes, before);
  const other = { ...rows, name: "other", dim: 3 };
  await assertRejects(
    () => findOverlap(gpu, rows, other, { threshold: 0 }),
    RangeError,
    "Features of 33 (images) and 3 values (other)",
  );
  await assertRejects(() => findOverlap(gpu, rows, null, { threshold: 0, each: 0 }), RangeError);
});

Deno.test("findOverlap() takes a set without rows, and rows of zeros", async () => {
  const none = new IdentityMeans("none", ["a"], DIM).rows();
  const zeros = new IdentityMeans("zeros", ["z", "y"], DIM);
  zeros.add(0, new Float32Array(DIM));
  zeros.add(1, new Float32Array(DIM).fill(1));
  assertEquals(await findOverlap(gpu, none, zeros.rows(), { threshold: -1 }), []);
  const [match] = await findOverlap(gpu, zeros.rows(), null, { threshold: -1 });
  assertEquals(match, { a: 0, b: 1, score: 0 });
});

Deno.test("IdentityMeans says how alike halves of one person's images are", () => {
  const means = new IdentityMeans("m", ["few", "even", "odd"], 2);
  for (const row of [[1, 0], [0, 1]]) means.add(0, Float32Array.from(row));
  for (const row of [[3, 0], [0, 1], [2, 0], [0, 5]]) means.add(1, Float32Array.from(row));
  for (let i = 0; i < 5; i++) means.add(2, Float32Array.of(1 + i, 0));
  assertEquals([...means.halves()], [0, 1]);
  assertEquals([...means.rows().labels], [0, 1, 2]);
});

Deno.test("bestOfHalves() says how alike the most alike images of two halves are", async () => {
  const rows = [[1, 0], [0, 1], [0, 1], [1, 0], [1, 1], [1, 0], [0, 1], [1, 0], [1, 0], [1, 0]];
  const labels = Uint32Array.of(0, 0, 0, 0, 1, 1, 1, 1, 2, 2);
  const features = Float32Array.from(rows.flat());
  const identities = ["equal", "less", "few"];
  const set = { name: "s", dim: 2, labels, identities, images: [4, 4, 2], features };
  const [equal, less, ...more] = await bestOfHalves(imageRows(set));
  // Of the second: (1, 1) and (0, 1) against (1, 0) and (1, 0).
  assertEquals([equal, more], [1, []]);
  assertAlmostEquals(less!, Math.SQRT1_2, 1e-6);
});
