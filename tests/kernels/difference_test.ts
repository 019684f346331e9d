import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { relativeDifference } from "../../src/kernels/difference.ts";
import { relativeError } from "../reference/error.ts";
import { gpu } from "../support/gpu.ts";
import { Memory } from "../support/memory.ts";
import { random } from "../support/values.ts";

Deno.test("relativeDifference() is the error in norm, over more values than invocations", async () => {
  for (const size of [8, 2052, 40_004]) {
    using memory = new Memory(gpu);
    const expected = Float32Array.from(random("difference.expected", [size]).data);
    const actual = Float32Array.from(random("difference.actual", [size]).data);
    const a = memory.upload(expected);
    const error = await relativeDifference(gpu, a, memory.upload(actual), size);
    assertAlmostEquals(error, relativeError(actual, expected), 1e-5);
    assertEquals(await relativeDifference(gpu, a, a, size), 0);
    // The very last value counts, and what follows it does not.
    actual.set(expected);
    actual[size - 1] = expected[size - 1]! + 1;
    assert(await relativeDifference(gpu, a, memory.upload(actual), size) > 1e-3);
    assertEquals(await relativeDifference(gpu, a, memory.upload(actual), size - 4), 0);
  }
});

Deno.test("relativeDifference() lets nothing pass that is not finite", async () => {
  using memory = new Memory(gpu);
  const expected = memory.upload(new Float32Array(300).fill(1));
  for (const value of [NaN, Infinity, -Infinity]) {
    for (const place of [0, 131, 299]) {
      const values = new Float32Array(300).fill(1);
      values[place] = value;
      const error = await relativeDifference(gpu, expected, memory.upload(values), 300);
      assert(!(error < 1e6), `${value} at ${place}: ${error}`);
    }
  }
});
