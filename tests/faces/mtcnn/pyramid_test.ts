import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { pyramidLevels, tilesOf, windowsAlong } from "../../../src/faces/mtcnn/pyramid.ts";

Deno.test("pyramidLevels() begins where the smallest face fills the window and ends at the last window", () => {
  const levels = pyramidLevels(720, 1280, 40, 0.85);
  assertEquals(levels[0], { scale: 0.3, height: 216, width: 384 });
  assertAlmostEquals(levels[1]!.scale, 0.255);
  assertEquals([levels[1]!.height, levels[1]!.width], [184, 327]);
  assertEquals(levels.length, 18);
  assert(720 * levels.at(-1)!.scale >= 12 && 720 * levels.at(-1)!.scale * 0.85 < 12);
});

Deno.test("pyramidLevels() gives one level for a photo of the smallest face, and none for a smaller one", () => {
  assertEquals(pyramidLevels(20, 20, 20, 0.85), [{ scale: 0.6, height: 12, width: 12 }]);
  assertEquals(pyramidLevels(19, 4000, 20, 0.85), []);
  assertEquals(pyramidLevels(1, 1, 20, 0.85), []);
});

Deno.test("windowsAlong() counts the outputs of the first net", () => {
  // Convolution by 3, pooling by 2 that rounds up, two convolutions by 3.
  for (let extent = 12; extent < 60; extent++) {
    const pooled = Math.ceil((extent - 2 - 2) / 2) + 1;
    assertEquals(windowsAlong(extent), pooled - 4, `${extent}`);
  }
  assertEquals(windowsAlong(9), 0);
});

Deno.test("tilesOf() covers each window of a level once", () => {
  for (const [height, width] of [[12, 12], [12, 301], [57, 44], [130, 131]] as const) {
    for (const most of [1, 7, 16, 1000]) {
      const seen = new Map<string, number>();
      for (const tile of tilesOf({ height, width }, most)) {
        assert(tile.top % 2 === 0 && tile.left % 2 === 0);
        assert(tile.top + tile.height <= height && tile.left + tile.width <= width);
        const [rows, columns] = [windowsAlong(tile.height), windowsAlong(tile.width)];
        assert(rows <= most && columns <= most);
        for (let y = 0; y < rows; y++) {
          for (let x = 0; x < columns; x++) {
            const key = `${tile.top / 2 + y} ${tile.left / 2 + x}`;
            seen.set(key, (seen.get(key) ?? 0) + 1);
          }
        }
      }
      assertEquals(seen.size, windowsAlong(height) * windowsAlong(width));
      assert([...seen.values()].every((times) => times === 1));
    }
  }
});
