import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Tensor } from "../../src/autograd/tensor.ts";
import { maxPool } from "../../src/ops/max_pool.ts";
import { maxPool as reference } from "../reference/max_pool.ts";
import { checkOp } from "../support/check_op.ts";
import { gpu } from "../support/gpu.ts";
import { random } from "../support/values.ts";

Deno.test("maxPool() and its gradient equal the reference, borders and odd channels included", async () => {
  for (
    const [shape, size, stride] of [
      [[1, 4, 4, 4], 2, 2],
      [[2, 5, 3, 10], 2, 2],
      [[1, 7, 6, 8], 3, 2],
      [[2, 6, 5, 3], 3, 2],
      [[1, 3, 3, 4], 3, 1],
      [[1, 1, 2, 5], 3, 2],
      [[1, 5, 5, 4], 1, 1],
    ] as const
  ) {
    await checkOp(gpu, {
      name: `maxPool [${shape}] ${size}/${stride}`,
      inputs: [random("pool.x", shape)],
      run: ([x]) => maxPool(x!, { size, stride }),
      reference: ([x]) => reference(x!, { size, stride }),
    });
  }
});

Deno.test("maxPool() refuses strides that would leave pixels out, and what is no batch of images", () => {
  using x = Tensor.zeros(gpu, [1, 4, 4, 4]);
  using flat = Tensor.zeros(gpu, [4, 4]);
  for (
    const run of [
      () => maxPool(x, { size: 2, stride: 3 }),
      () => maxPool(x, { size: 1.5 }),
      () => maxPool(x, { size: 0 }),
      () => maxPool(flat, { size: 2 }),
    ]
  ) {
    const { message } = assertThrows(run, RangeError);
    assertStringIncludes(message, "maxPool of [");
  }
});

Deno.test("maxPool() steps by its window where no stride is given", () => {
  using x = Tensor.zeros(gpu, [1, 5, 6, 4]);
  using y = maxPool(x, { size: 3 });
  assertEquals(y.shape, [1, 2, 2, 4]);
});
