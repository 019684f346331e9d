import { assertEquals } from "@std/assert";
import { regress, square, windowBox } from "../../../src/faces/mtcnn/boxes.ts";

Deno.test("windowBox() maps a window to the photo with the authors' rounding", () => {
  // From 1 they count columns fix((2·3 + 1) / 0.6) = 11 to fix((2·3 + 12) / 0.6) = 30.
  assertEquals(windowBox(0, 3, 0.6, 0.8), { x1: 10, y1: 0, x2: 29, y2: 19, score: 0.8 });
  assertEquals(windowBox(2, 0, 1, 0.5), { x1: 0, y1: 4, x2: 11, y2: 15, score: 0.5 });
});

Deno.test("regress() moves borders by shares of the extents, which count one more after the first net", () => {
  const box = { x1: 10, y1: 20, x2: 29, y2: 59, score: 0.5 };
  const moved = { x1: 10 - 1.9, y1: 20 + 3.9, x2: 29 + 9.5, y2: 59, score: 0.5 };
  assertEquals(regress(box, [-0.1, 0.1, 0.5, 0], 0), moved);
  const more = { x1: 8, y1: 24, x2: 39, y2: 59, score: 0.5 };
  assertEquals(regress(box, [-0.1, 0.1, 0.5, 0], 1), more);
});

Deno.test("square() grows the shorter side about the middle and cuts fractions off as from pixel 1", () => {
  const square1 = square({ x1: 10, y1: 20, x2: 30, y2: 60, score: 0.5 });
  assertEquals(square1, { x1: 0, y1: 20, x2: 40, y2: 60, score: 0.5 });
  // Counted from 1 these are 0.5, 1.9, 10.1 and 11.5; below -0.7 and -1.5, 9.3 and 8.5.
  const cut = square({ x1: -0.5, y1: 0.9, x2: 9.1, y2: 10.5, score: 1 });
  assertEquals(cut, { x1: -1, y1: 0, x2: 9, y2: 10, score: 1 });
  const negative = square({ x1: -1.7, y1: -2.5, x2: 8.3, y2: 7.5, score: 1 });
  assertEquals(negative, { x1: -1, y1: -2, x2: 8, y2: 7, score: 1 });
});
