import { assertEquals, assertThrows } from "@std/assert";
import { labelTensor } from "../../src/ops/labels.ts";
import { gpu } from "../support/gpu.ts";

Deno.test("labelTensor() puts labels over earlier ones of the same number", async () => {
  using labels = labelTensor(gpu, new Uint32Array([1, 2]), 3);
  assertEquals(labelTensor(gpu, new Uint32Array([0, 1]), 3, labels), labels);
  assertEquals([...new Uint32Array(await gpu.read({ ...labels.slice, size: 8 }))], [0, 1]);
  assertThrows(
    () => labelTensor(gpu, new Uint32Array(3), 3, labels),
    RangeError,
    "3 labels cannot be put over 2.",
  );
});
