import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { Point } from "../../../src/faces/face.ts";
import {
  applyMatrix,
  composeMatrices,
  invertMatrix,
  type Matrix2x3,
} from "../../../src/faces/align/matrix.ts";
import { SIMILARITY_METHODS, similarityTransform } from "../../../src/faces/align/similarity.ts";
import { faceTemplate } from "../../../src/faces/align/template.ts";
import { Random } from "../../../src/random.ts";

const point = (x: number, y: number): Point => ({ x, y });

/** Landmarks of an LFW image. */
const SOURCE = [
  point(107, 107),
  point(147, 111),
  point(124, 143),
  point(103, 157),
  point(139, 161),
];

const { points: REFERENCE } = faceTemplate("112x96", "zero-based");

function assertMatrix(actual: Matrix2x3, expected: readonly number[], tolerance: number): void {
  for (const [i, value] of actual.entries()) assertAlmostEquals(value, expected[i]!, tolerance);
}

/** Σ|M·from − to|². */
function squares(matrix: Matrix2x3, from: readonly Point[], to: readonly Point[]): number {
  return from.reduce((sum, it, i) => {
    const { x, y } = applyMatrix(matrix, it);
    return sum + (x - to[i]!.x) ** 2 + (y - to[i]!.y) ** 2;
  }, 0);
}

Deno.test("similarityTransform() gives the known matrix of each method", () => {
  const matlab = [0.816910, 0.097973, -66.575413, -0.097973, 0.816910, -26.886889];
  assertMatrix(similarityTransform(SOURCE, REFERENCE), matlab, 1e-5);
  assertMatrix(similarityTransform(SOURCE, REFERENCE, "cp2tform"), matlab, 1e-5);
  const forward = [0.802190, 0.096208, -64.510486, -0.096208, 0.802190, -25.106902];
  assertMatrix(similarityTransform(SOURCE, REFERENCE, "umeyama"), forward, 1e-5);
});

Deno.test("similarityTransform() finds a transform that fits exactly, by either method", () => {
  const random = new Random(3);
  for (let i = 0; i < 50; i++) {
    const [angle, scale] = [6.28 * random.uniform(), 0.1 + 5 * random.uniform()];
    const [a, b] = [scale * Math.cos(angle), scale * Math.sin(angle)];
    const truth: Matrix2x3 = [a, b, 900 * random.uniform(), -b, a, -300 * random.uniform()];
    const source = REFERENCE.map((it) => applyMatrix(invertMatrix(truth), it));
    for (const method of SIMILARITY_METHODS) {
      assertMatrix(similarityTransform(source, REFERENCE, method), truth, 1e-9);
    }
  }
});

Deno.test("similarityTransform() minimises the residual on its own side", () => {
  const random = new Random(4);
  const noisy = SOURCE.map(({ x, y }) => point(x + 9 * random.gaussian(), y + random.gaussian()));
  const inPhoto = invertMatrix(similarityTransform(noisy, REFERENCE, "cp2tform"));
  const inCrop = similarityTransform(noisy, REFERENCE, "umeyama");
  const cases = [[inPhoto, REFERENCE, noisy], [inCrop, noisy, REFERENCE]] as const;
  for (const [best, from, to] of cases) {
    const least = squares(best, from, to);
    for (let i = 0; i < 40; i++) {
      const [da, db, dx, dy] = [0.01, 0.01, 1, 1].map((size) => size * random.gaussian());
      const [a, b, tx, , , ty] = best;
      const other: Matrix2x3 = [a + da!, b + db!, tx + dx!, -b - db!, a + da!, ty + dy!];
      assert(squares(other, from, to) > least);
    }
  }
});

Deno.test("similarityTransform() mirrors by cp2tform alone, where that fits better", () => {
  const mirrored = SOURCE.map(({ x, y }) => point(250 - x, y));
  const plain = similarityTransform(SOURCE, REFERENCE);
  const expected = composeMatrices(plain, [-1, 0, 250, 0, 1, 0]);
  assertMatrix(similarityTransform(mirrored, REFERENCE), expected, 1e-9);
  const [a, b, , c, d] = similarityTransform(mirrored, REFERENCE, "umeyama");
  assert(a * d - b * c > 0);
  // Two points fit either way; the plain solution is kept.
  const [e, f, , g, h] = similarityTransform(SOURCE.slice(0, 2), REFERENCE.slice(0, 2));
  assert(e * h - f * g > 0);
});

Deno.test("similarityTransform() refuses landmarks that determine nothing", () => {
  const five = (it: Point): Point[] => [it, it, it, it, it];
  const withNan = [...SOURCE.slice(0, 4), point(3, NaN)];
  for (const method of SIMILARITY_METHODS) {
    const solve = (source: Point[]) => () => similarityTransform(source, REFERENCE, method);
    assertThrows(solve(five(point(40, 50))), RangeError, "they lie in one place");
    assertThrows(solve(five(point(0.1, 1e9 + 0.3))), RangeError, "they lie in one place");
    assertThrows(solve(withNan), RangeError, "(3, NaN) are not all finite");
    assertThrows(solve(five(point(Infinity, 0))), RangeError, "not all finite");
    assertThrows(solve(SOURCE.slice(1)), RangeError, "not 4 and 5");
  }
  assertThrows(() => similarityTransform(SOURCE, five(point(1, 1))), RangeError);
});

Deno.test("invertMatrix() and composeMatrices() undo and chain maps", () => {
  const first: Matrix2x3 = [2, -1, 5, 0.5, 3, -7];
  const second: Matrix2x3 = [0, 1, -4, -1, 0, 9];
  const it = point(13, -2);
  const both = applyMatrix(composeMatrices(second, first), it);
  assertEquals(both, applyMatrix(second, applyMatrix(first, it)));
  assertMatrix(composeMatrices(invertMatrix(first), first), [1, 0, 0, 0, 1, 0], 1e-12);
  assertThrows(() => invertMatrix([1, 2, 0, 2, 4, 0]), RangeError, "singular");
});
