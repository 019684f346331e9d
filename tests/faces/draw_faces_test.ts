import { assertEquals } from "@std/assert";
import { drawFaces } from "../../src/faces/draw_faces.ts";

Deno.test("drawFaces() frames boxes and marks landmarks in a copy, as far as they lie in the photo", () => {
  const photo = { width: 12, height: 10, data: new Uint8Array(12 * 10 * 3) };
  const landmarks = [
    { x: 4.4, y: 3.6 },
    { x: 6, y: 4 },
    { x: 5, y: 5 },
    { x: 4, y: 6 },
    { x: 100, y: -3 },
  ] as const;
  const box = { x: 2, y: 1, width: 8, height: 20 }; // over the lower border
  const { width, height, data } = drawFaces(photo, [{ box, confidence: 1, landmarks }]);
  assertEquals([width, height], [12, 10]);
  assertEquals(photo.data.every((value) => value === 0), true);
  const colour = (
    x: number,
    y: number,
  ) => [...data.subarray((y * 12 + x) * 3, (y * 12 + x) * 3 + 3)];
  for (const [x, y] of [[2, 1], [9, 1], [2, 9], [9, 9], [5, 1]]) {
    assertEquals(colour(x!, y!), [0, 255, 64], `${x}, ${y}`);
  }
  assertEquals(colour(4, 4), [255, 32, 32]);
  for (const [x, y] of [[0, 0], [1, 1], [10, 5], [8, 8]]) assertEquals(colour(x!, y!), [0, 0, 0]);
});
