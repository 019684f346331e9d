import { assertEquals } from "@std/assert";
import { Tensor } from "../../src/autograd/tensor.ts";
import { softmax } from "../../src/ops/softmax.ts";
import { softmax as reference } from "../reference/softmax.ts";
import { checkOp } from "../support/check_op.ts";
import { gpu } from "../support/gpu.ts";
import { random } from "../support/values.ts";

Deno.test("softmax() and its gradient equal the reference, for any number of classes", async () => {
  for (const shape of [[2], [3, 2], [1, 1], [2, 3, 5, 2], [67, 7]]) {
    await checkOp(gpu, {
      name: `softmax [${shape}]`,
      inputs: [random("softmax.x", shape)],
      run: ([x]) => softmax(x!),
      reference: ([x]) => reference(x!),
      tolerance: 5e-6,
    });
  }
});

Deno.test("softmax() overflows for no logit", async () => {
  using x = Tensor.from(gpu, [1000, -1000, -1000, -1000, 3e38, 0], [3, 2]);
  using y = softmax(x);
  assertEquals([...await y.data()], [1, 0, 0.5, 0.5, 1, 0]);
});
