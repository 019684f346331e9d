import { assert, assertStringIncludes, assertThrows } from "@std/assert";
import { scope } from "../../src/autograd/scope.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { normaliseRows } from "../../src/ops/normalise_rows.ts";
import { sum } from "../../src/ops/sum.ts";
import { normalizeRows } from "../reference/normalize.ts";
import { checkOp } from "../support/check_op.ts";
import { gpu } from "../support/gpu.ts";
import { random } from "../support/values.ts";

Deno.test("normaliseRows() and its gradient equal the reference", async () => {
  for (const shape of [[1, 4], [5, 12], [3, 7], [2, 260]]) {
    await checkOp(gpu, {
      name: `normaliseRows [${shape}]`,
      inputs: [random("normalise", shape)],
      run: ([x]) => normaliseRows(x!),
      reference: ([x]) => normalizeRows(x!),
    });
  }
});

Deno.test("normaliseRows() of a zero row has a finite gradient", async () => {
  using x = Tensor.zeros(gpu, [2, 4], { requiresGrad: true });
  scope(() => sum(normaliseRows(x)).backward());
  using gradient = x.grad!;
  assert((await gradient.data()).every(Number.isFinite));
});

Deno.test("normaliseRows() refuses what is no matrix", () => {
  const { message } = assertThrows(() => normaliseRows(Tensor.zeros(gpu, [4])), RangeError);
  assertStringIncludes(message, "normaliseRows takes a matrix [rows, cols], not shape [4]");
});
