import { assertEquals, assertStrictEquals } from "@std/assert";
import { centred, centreOf, cutWindows, withMargin } from "../../src/data/crop_windows.ts";
import { memorySet } from "./memory_set.ts";

Deno.test("cutWindows() cuts the middle unless told, and nothing without a margin", () => {
  const size = { height: 2, width: 1 };
  assertEquals(withMargin(size, 3), { height: 5, width: 4 });
  assertEquals([0, 1, 2, 3, 4].map(centreOf), [0, 0, 1, 1, 2]);
  // Each pixel of two images is its row, its column and its image.
  const pixels = new Uint8Array(2 * 5 * 4 * 3);
  for (let i = 0; i < 2 * 5 * 4; i++) {
    pixels.set([Math.floor(i / 4) % 5, i % 4, Math.floor(i / 20)], 3 * i);
  }
  assertEquals([...cutWindows(pixels, size, 3)], [1, 1, 0, 2, 1, 0, 1, 1, 1, 2, 1, 1]);
  const corners = cutWindows(pixels, size, 3, (image) => image === 0 ? [0, 3] : [3, 0]);
  assertEquals([...corners], [0, 3, 0, 1, 3, 0, 3, 0, 1, 4, 0, 1]);
  assertStrictEquals(cutWindows(pixels, { height: 5, width: 4 }, 0), pixels);
});

Deno.test("centred() reads larger images and gives their middle", async () => {
  const set = memorySet(3, 1);
  const sizes: string[] = [];
  const read = set.read.bind(set);
  set.read = (indices, size) => {
    sizes.push(`${size.height}x${size.width}`);
    return read(indices, size);
  };
  assertStrictEquals(centred(set, 0), set);
  const pixels = await centred(set, 4).read([2, 0], { height: 2, width: 1 });
  assertEquals([...pixels], [...Array(6).fill(2), ...Array(6).fill(0)]);
  assertEquals(sizes, ["6x5"]);
});
