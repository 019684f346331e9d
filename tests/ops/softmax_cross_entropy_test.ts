import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { scope } from "../../src/autograd/scope.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { labelTensor } from "../../src/ops/labels.ts";
import { softmaxCrossEntropy } from "../../src/ops/softmax_cross_entropy.ts";
import { array64 } from "../reference/array64.ts";
import { softmaxCrossEntropy as reference } from "../reference/softmax_cross_entropy.ts";
import { checkOp } from "../support/check_op.ts";
import { gpu } from "../support/gpu.ts";
import { assertClose, randomBetween } from "../support/values.ts";

Deno.test("softmaxCrossEntropy() and its gradient equal the reference", async () => {
  for (const [batch, classes] of [[1, 4], [5, 7], [3, 12], [2, 70]] as const) {
    const labels = Array.from({ length: batch }, (_, i) => (i * 5 + 2) % classes);
    await checkOp(gpu, {
      name: `softmaxCrossEntropy ${batch}×${classes}`,
      inputs: [randomBetween("logits", [batch, classes], -4, 4)],
      run: ([logits]) =>
        softmaxCrossEntropy(logits!, labelTensor(gpu, new Uint32Array(labels), classes)),
      reference: ([logits]) => array64([1], [reference(logits!, labels).loss]),
    });
  }
});

Deno.test("softmaxCrossEntropy() does not see columns beyond the classes, and reports", async () => {
  const values = [1, 3, 2, 99, 4, 0, -1, 99];
  const labels = [1, 2];
  using logits = Tensor.from(gpu, values, [2, 4], { requiresGrad: true });
  using report = Tensor.zeros(gpu, [4]);
  using loss = scope(() => {
    const loss = softmaxCrossEntropy(
      logits,
      labelTensor(gpu, new Uint32Array(labels), 3),
      { classes: 3, report },
    );
    loss.backward();
    return loss;
  });
  const expected = reference(array64([2, 3], values.filter((_, i) => i % 4 < 3)), labels);
  assertClose(await loss.data(), [expected.loss], "loss");
  // One of two is right; the target logits are 3 and −1.
  assertClose(await report.data(), [expected.loss, 0.5, 1, 0], "report");
  using gradient = logits.grad!;
  const seen = await gradient.data();
  assertClose(seen.filter((_, i) => i % 4 < 3), expected.dLogits.data, "gradient");
  assertEquals([seen[3], seen[7]], [0, 0]);
});

Deno.test("softmaxCrossEntropy() refuses labels and classes that do not fit", () => {
  const logits = Tensor.zeros(gpu, [2, 4]);
  const labels = labelTensor(gpu, new Uint32Array(3), 4);
  const { message } = assertThrows(() => softmaxCrossEntropy(logits, labels), RangeError);
  assertStringIncludes(message, "softmaxCrossEntropy of 2 rows takes 2 labels, not 3");
  const two = labelTensor(gpu, new Uint32Array(2), 4);
  const many = assertThrows(() => softmaxCrossEntropy(logits, two, { classes: 5 }), RangeError);
  assertStringIncludes(many.message, "softmaxCrossEntropy of 5 classes");
  const flat = assertThrows(() => softmaxCrossEntropy(Tensor.zeros(gpu, [8]), two), RangeError);
  assertStringIncludes(flat.message, "softmaxCrossEntropy takes a matrix");
});

Deno.test("labelTensor() refuses a label that is not below the number of classes", () => {
  const { message } = assertThrows(
    () => labelTensor(gpu, new Uint32Array([0, 9, 3]), 9),
    RangeError,
  );
  assertEquals(message, "The label 9 of sample 1 is not below the 9 classes.");
});
