import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { scope } from "../../src/autograd/scope.ts";
import { sizeOf, Tensor } from "../../src/autograd/tensor.ts";
import { add } from "../../src/ops/add.ts";
import { exp } from "../../src/ops/exp.ts";
import { gpu } from "../support/gpu.ts";

Deno.test("Tensor.from() and data() carry values over, of any size", async () => {
  for (const shape of [[1], [3], [2, 2, 5], [257]]) {
    const values = Array.from({ length: sizeOf(shape) }, (_, i) => i - 0.5);
    using tensor = Tensor.from(gpu, values, shape);
    assertEquals([...await tensor.data()], values);
    assertEquals([tensor.size, tensor.shape, tensor.requiresGrad], [values.length, shape, false]);
    assert(tensor.gpu === gpu);
  }
});

Deno.test("Tensor.from() refuses another number of values than the shape holds", () => {
  const { message } = assertThrows(() => Tensor.from(gpu, [1, 2, 3], [2, 2]), RangeError);
  assertEquals(message, "A tensor of shape [2,2] holds 4 values, not 3.");
});

Deno.test("tensors refuse extents that are not positive whole numbers", () => {
  for (const shape of [[0], [2, -1], [1.5], [NaN]]) {
    for (const make of [() => Tensor.from(gpu, [], shape), () => Tensor.zeros(gpu, shape)]) {
      assertStringIncludes(assertThrows(make, RangeError).message, "positive whole numbers");
    }
  }
});

Deno.test("Tensor.zeros() is zero in memory that was used before", async () => {
  Tensor.from(gpu, Array(64).fill(7), [64])[Symbol.dispose]();
  using zeros = Tensor.zeros(gpu, [64], { requiresGrad: true });
  assertEquals([...await zeros.data()], Array(64).fill(0));
  assert(zeros.requiresGrad);
});

Deno.test("clone() has memory of its own, view() has not", async () => {
  using a = Tensor.from(gpu, [1, 2, 3, 4], [4]);
  using copy = a.clone();
  using view = a.view([2, 2]);
  gpu.upload(a.slice, new Float32Array([5, 6, 7, 8]));
  assertEquals([...await copy.data()], [1, 2, 3, 4]);
  assertEquals([...await view.data()], [5, 6, 7, 8]);
  assertStringIncludes(
    assertThrows(() => a.view([3]), RangeError).message,
    "A view of [4] cannot have shape [3]",
  );
});

Deno.test("a tensor used after it was freed names its operation and the remedy", async () => {
  const gone = scope(() => {
    const y = exp(Tensor.zeros(gpu, [2, 3]));
    return () => y;
  })();
  const expected = "A tensor of shape [2,3] made by exp was used after it was freed; " +
    "return it from its scope or keep() it.";
  using other = Tensor.zeros(gpu, [2, 3]);
  for (
    const use of [
      () => add(gone, other),
      () => add(other, gone),
      () => gone.view(),
      () => gone.clone(),
    ]
  ) {
    assertEquals(assertThrows(use, ReferenceError).message, expected);
  }
  assertEquals((await assertRejects(() => gone.data(), ReferenceError)).message, expected);
});
