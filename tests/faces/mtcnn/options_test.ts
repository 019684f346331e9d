import { assertEquals, assertThrows } from "@std/assert";
import { mtcnnSettings } from "../../../src/faces/mtcnn/options.ts";

Deno.test("mtcnnSettings() fills gaps with the released values, or with settings of before", () => {
  const released = { thresholds: [0.6, 0.7, 0.9], minSize: 20, factor: 0.85, mirror: false };
  assertEquals(mtcnnSettings(), { ...released, thresholds: [0.6, 0.7, 0.9] });
  const before = mtcnnSettings({ minSize: 40, mirror: true });
  assertEquals(mtcnnSettings({ factor: 0.7 }, before), { ...before, factor: 0.7 });
});

Deno.test("mtcnnSettings() refuses what makes no sense, in a sentence", () => {
  const two = [0.5, 0.5] as unknown as [number, number, number];
  assertThrows(() => mtcnnSettings({ thresholds: two }), TypeError, "three thresholds");
  assertThrows(() => mtcnnSettings({ thresholds: [0.6, 1, 0.9] }), RangeError, "not 1.");
  assertThrows(() => mtcnnSettings({ thresholds: [0.6, NaN, 0.9] }), RangeError, "not NaN");
  assertThrows(() => mtcnnSettings({ minSize: 3 }), RangeError, "at least 4, not 3");
  assertThrows(() => mtcnnSettings({ minSize: Infinity }), RangeError, "not Infinity");
  for (const factor of [0, 1, -0.5, NaN]) {
    assertThrows(() => mtcnnSettings({ factor }), RangeError, `not ${factor}`);
  }
});
