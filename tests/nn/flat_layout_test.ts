import { assertEquals, assertThrows } from "@std/assert";
import { placeFlat } from "../../src/nn/flat_layout.ts";

const PARAMETERS = [{ name: "a", bytes: 300 }, { name: "b", bytes: 4 }, { name: "c", bytes: 512 }];

Deno.test("placeFlat() lays parameters side by side at multiples of 256 bytes", () => {
  const { ranges, buffers } = placeFlat(PARAMETERS, 1 << 20);
  assertEquals(ranges.map(({ index, offset }) => [index, offset]), [[0, 0], [0, 512], [0, 768]]);
  assertEquals(ranges.map(({ bytes }) => bytes), [300, 4, 512]);
  assertEquals(buffers, [1280]);
});

Deno.test("placeFlat() begins another buffer where the limit would be exceeded", () => {
  for (const limit of [1024, 1279]) {
    const { ranges, buffers } = placeFlat(PARAMETERS, limit);
    assertEquals(ranges.map(({ index, offset }) => [index, offset]), [[0, 0], [0, 512], [1, 0]]);
    assertEquals(buffers, [768, 512]);
  }
});

Deno.test("placeFlat() refuses a parameter that no buffer holds, and a name given twice", () => {
  assertThrows(() => placeFlat(PARAMETERS, 511), RangeError, "The parameter a takes 512 bytes");
  const twice = [...PARAMETERS, { name: "b", bytes: 4 }];
  assertThrows(() => placeFlat(twice, 1 << 20), Error, "named b.");
});
