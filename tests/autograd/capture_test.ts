import { assert, assertEquals, assertThrows } from "@std/assert";
import { capture } from "../../src/autograd/capture.ts";
import { scope } from "../../src/autograd/scope.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { exp } from "../../src/ops/exp.ts";
import { mul } from "../../src/ops/mul.ts";
import { sum } from "../../src/ops/sum.ts";
import { gpu } from "../support/gpu.ts";

Deno.test("capture() replays forward and backward passes over what its inputs hold then", async () => {
  const before = gpu.memory.usedBytes;
  {
    using x = Tensor.from(gpu, [0, 0], [2], { requiresGrad: true });
    x.grad = Tensor.zeros(gpu, [2]);
    const loss = () => sum(mul(exp(x), mul(x, x)));
    using step = capture(gpu, () => {
      const result = loss();
      result.backward();
      return result;
    });
    assertEquals([...await x.grad.data()], [0, 0]); // nothing has run
    for (const values of [[1, 2], [-0.5, 3]]) {
      gpu.upload(x.slice, Float32Array.from(values));
      gpu.clear(x.grad.slice);
      const captured = [await step.replay().data(), await x.grad.data()];
      gpu.clear(x.grad.slice);
      const eager = scope(() => {
        const result = loss();
        result.backward();
        return result;
      });
      assertEquals([await eager.data(), await x.grad.data()], captured);
      assert(captured[0]![0]! > 0);
      eager[Symbol.dispose]();
    }
    assert(step.bytes > 0);
    x.grad[Symbol.dispose]();
  }
  assertEquals(gpu.memory.usedBytes, before);
});

Deno.test("a captured result is outside of the tape, and lives as long as its capture", async () => {
  using x = Tensor.from(gpu, [1, 2, 3, 4], [4], { requiresGrad: true });
  const { result } = scope(() => {
    using step = capture(gpu, () => mul(x, x)); // in a scope that ends
    const result = step.replay();
    assert(!result.requiresGrad && !result.recorded && !result.freed);
    assertEquals(result, step.result);
    return { result };
  });
  assert(result.freed);
  using step = scope(() => capture(gpu, () => mul(x, x)));
  assertEquals([...await step.replay().data()], [1, 4, 9, 16]);
  assert(x.grad === null);
});

Deno.test("capture() refuses work that waits", () => {
  using x = Tensor.from(gpu, [1], [1]);
  const { usedBytes } = gpu.memory;
  assertThrows(
    () => capture(gpu, (async () => {}) as unknown as () => void),
    TypeError,
    "synchronous function",
  );
  assertThrows(
    () => capture(gpu, () => mul(x, Tensor.from(gpu, [1, 2, 3], [3]))),
    RangeError,
  );
  assertEquals(gpu.memory.usedBytes, usedBytes);
});
