import { mean, sum } from "../../src/ops/sum.ts";
import { array64 } from "../reference/array64.ts";
import { mean as meanReference, sum as sumReference } from "../reference/reduce.ts";
import { checkOp } from "../support/check_op.ts";
import { gpu } from "../support/gpu.ts";
import { randomBetween } from "../support/values.ts";

Deno.test("sum() and mean() and their gradients equal the reference", async () => {
  for (const shape of [[1], [7], [2, 3, 5], [4, 65]]) {
    const inputs = [randomBetween("sum", shape, 0, 1)];
    await checkOp(gpu, {
      name: `sum [${shape}]`,
      inputs,
      run: ([x]) => sum(x!),
      reference: ([x]) => array64([1], [sumReference(x!)]),
    });
    await checkOp(gpu, {
      name: `mean [${shape}]`,
      inputs,
      run: ([x]) => mean(x!),
      reference: ([x]) => array64([1], [meanReference(x!)]),
    });
  }
});
