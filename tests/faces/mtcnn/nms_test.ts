import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { Box } from "../../../src/faces/mtcnn/boxes.ts";
import { nonMaximumSuppression, overlap, type OverlapKind } from "../../../src/faces/mtcnn/nms.ts";
import { Random } from "../../../src/random.ts";

const box = (x1: number, y1: number, x2: number, y2: number, score = 0.5): Box => ({
  x1,
  y1,
  x2,
  y2,
  score,
});

Deno.test("overlap() counts the pixels that boxes share", () => {
  const [a, b] = [box(0, 0, 9, 9), box(5, 5, 9, 14)]; // 100 and 50 pixels, 25 of them shared
  assertAlmostEquals(overlap(a, b, "union"), 25 / 125);
  assertAlmostEquals(overlap(b, a, "min"), 25 / 50);
  assertEquals(overlap(a, box(10, 0, 19, 9), "union"), 0);
  assertEquals(overlap(a, a, "union"), 1);
});

Deno.test("nonMaximumSuppression() keeps the best of each heap, by score and then by order", () => {
  const boxes = [
    box(0, 0, 9, 9, 0.7),
    box(1, 0, 10, 9, 0.9),
    box(100, 100, 109, 109, 0.7),
    box(101, 100, 110, 109, 0.7),
  ];
  assertEquals(nonMaximumSuppression(boxes, 0.5, "union"), [1, 2]);
  assertEquals(nonMaximumSuppression([], 0.5, "union"), []);
});

Deno.test("nonMaximumSuppression() takes a small box in a large one for its double by min alone", () => {
  const boxes = [box(0, 0, 99, 99, 0.9), box(20, 20, 39, 39, 0.8)];
  assertEquals(nonMaximumSuppression(boxes, 0.7, "union"), [0, 1]);
  assertEquals(nonMaximumSuppression(boxes, 0.7, "min"), [0]);
});

/** The definition, without any index. */
function naive(boxes: readonly Box[], threshold: number, kind: OverlapKind): number[] {
  const order = boxes.map((_, i) => i).sort((a, b) => boxes[b]!.score - boxes[a]!.score || a - b);
  const kept: number[] = [];
  for (const i of order) {
    if (kept.every((j) => overlap(boxes[i]!, boxes[j]!, kind) <= threshold)) kept.push(i);
  }
  return kept;
}

Deno.test("nonMaximumSuppression() gives what its definition gives, for boxes of all forms", () => {
  const random = new Random(5);
  const boxes = Array.from({ length: 600 }, () => {
    const [width, height] = [0, 0].map(() => 4 * 50 ** random.uniform());
    const [x, y] = [0, 0].map(() => 300 * random.uniform() - 50);
    return box(x!, y!, x! + width!, y! + height!, random.below(40) / 40);
  });
  for (const kind of ["union", "min"] as const) {
    for (const threshold of [0, 0.1, 0.25, 0.3, 0.5, 0.7, 0.95]) {
      const kept = nonMaximumSuppression(boxes, threshold, kind);
      assertEquals(kept, naive(boxes, threshold, kind), `${kind} ${threshold}`);
      assert(kept.length < boxes.length || threshold > 0.9);
    }
  }
});
