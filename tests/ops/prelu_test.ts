import { assertStringIncludes, assertThrows } from "@std/assert";
import { Tensor } from "../../src/autograd/tensor.ts";
import { prelu } from "../../src/ops/prelu.ts";
import { prelu as reference } from "../reference/prelu.ts";
import { checkOp } from "../support/check_op.ts";
import { gpu } from "../support/gpu.ts";
import { random } from "../support/values.ts";

Deno.test("prelu() and its gradients equal the reference, for any number of channels", async () => {
  for (const shape of [[4], [3, 8], [2, 3, 2, 12], [1], [5, 3], [2, 3, 2, 5]]) {
    await checkOp(gpu, {
      name: `prelu [${shape}]`,
      inputs: [random("prelu.x", shape), random("prelu.slope", [shape.at(-1)!])],
      run: ([x, slope]) => prelu(x!, slope!),
      reference: ([x, slope]) => reference(x!, slope!),
    });
  }
});

Deno.test("prelu() refuses another number of slopes than channels", () => {
  const x = Tensor.zeros(gpu, [2, 8]);
  const { message } = assertThrows(() => prelu(x, Tensor.zeros(gpu, [4])), RangeError);
  assertStringIncludes(message, "prelu of [2,8] takes 8 slopes, one for each channel, not 4");
});
