import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { angularFisherScore } from "../../src/evaluate/fisher.ts";
import { cosineSimilarity } from "../../src/evaluate/features.ts";
import { Random } from "../../src/random.ts";

/** Features of unequal lengths, so that normalising first matters. */
function clusters(seed: number, spread: number) {
  const random = new Random(seed);
  const [people, dim] = [5, 7];
  const centres = Array.from({ length: people * dim }, () => random.gaussian());
  const labels = Array.from({ length: 40 }, (_, i) => i < people ? i : random.below(people));
  const features = new Float32Array(labels.length * dim);
  labels.forEach((label, i) => {
    const length = 0.1 + 10 * random.uniform();
    for (let k = 0; k < dim; k++) {
      features[i * dim + k] = length * (centres[label * dim + k]! + spread * random.gaussian());
    }
  });
  return { features, dim, labels };
}

function bruteForce({ features, dim, labels }: ReturnType<typeof clusters>): number {
  const rows = labels.map((_, i) => {
    const row = [...features.subarray(i * dim, (i + 1) * dim)];
    const norm = Math.hypot(...row);
    return row.map((x) => x / norm);
  });
  const mean = (of: number[][]) =>
    of[0]!.map((_, k) => of.reduce((sum, row) => sum + row[k]!, 0) / of.length);
  const total = mean(rows);
  let [within, between] = [0, 0];
  for (const label of new Set(labels)) {
    const members = rows.filter((_, i) => labels[i] === label);
    const centre = mean(members);
    for (const row of members) within += 1 - cosineSimilarity(row, centre);
    between += members.length * (1 - cosineSimilarity(centre, total));
  }
  return within / between;
}

Deno.test("angularFisherScore() equals its definition", () => {
  for (let seed = 0; seed < 5; seed++) {
    const set = clusters(seed, 1);
    assertAlmostEquals(angularFisherScore(set, set.labels), bruteForce(set), 1e-12);
  }
});

Deno.test("angularFisherScore() falls as identities tighten", () => {
  const [loose, tight] = [clusters(1, 1), clusters(1, 0.2)];
  const ratio = angularFisherScore(tight, tight.labels) / angularFisherScore(loose, loose.labels);
  assert(ratio < 0.2, String(ratio));
});

Deno.test("angularFisherScore() takes zero vectors and labels of any numbering", () => {
  const features = new Float32Array([0, 0, 1, 0, 0, 1]);
  const score = angularFisherScore({ features, dim: 2 }, [70, 70, 3]);
  assertAlmostEquals(score, 1 / (2 * (1 - Math.SQRT1_2) + (1 - Math.SQRT1_2)), 1e-12);
});

Deno.test("angularFisherScore() refuses a single identity and a wrong count of labels", () => {
  const features = new Float32Array([1, 0, 0, 1]);
  assertThrows(
    () => angularFisherScore({ features, dim: 2 }, [1, 1]),
    RangeError,
    "two identities",
  );
  assertThrows(() => angularFisherScore({ features, dim: 2 }, [1]), RangeError, "1 labels");
  const same = new Float32Array([1, 0, 1, 0]);
  assertEquals(angularFisherScore({ features: same, dim: 2 }, [1, 2]), Infinity);
});
