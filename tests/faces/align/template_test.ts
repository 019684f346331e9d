import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { similarityTransform } from "../../../src/faces/align/similarity.ts";
import { faceTemplate, type TemplateName } from "../../../src/faces/align/template.ts";

Deno.test("faceTemplate() has the released points, eight columns further in the wide crop", () => {
  const narrow = faceTemplate("112x96", "zero-based");
  assertEquals([narrow.height, narrow.width], [112, 96]);
  assertEquals(faceTemplate(), faceTemplate("112x96", "matlab"));
  assertEquals(narrow.points[0], { x: 30.2946, y: 51.6963 });
  assertEquals(narrow.points[4], { x: 62.7299, y: 92.2041 });
  const wide = faceTemplate("112x112", "zero-based");
  assertEquals([wide.height, wide.width], [112, 112]);
  for (const [i, { x, y }] of wide.points.entries()) {
    assertAlmostEquals(x, narrow.points[i]!.x + 8, 1e-12);
    assertEquals(y, narrow.points[i]!.y);
  }
  assertThrows(() => faceTemplate("96x112" as TemplateName), RangeError, "only 112x96 and 112x112");
});

Deno.test("faceTemplate() gives MATLAB's transform, counted from 0", () => {
  // Counted from 1 on both sides as in MATLAB, and from 0 on both sides: the same place of the photo.
  const counted = [[107, 107], [147, 111], [124, 143], [103, 157], [139, 161]] as const;
  const from1 = counted.map(([x, y]) => ({ x, y }));
  const from0 = counted.map(([x, y]) => ({ x: x - 1, y: y - 1 }));
  const [a, b, tx, c, d, ty] = similarityTransform(
    from1,
    faceTemplate("112x96", "zero-based").points,
  );
  const ours = similarityTransform(from0, faceTemplate("112x96").points);
  const expected = [a, b, tx + a + b - 1, c, d, ty + c + d - 1];
  for (const [i, value] of ours.entries()) assertAlmostEquals(value, expected[i]!, 1e-9);
});
