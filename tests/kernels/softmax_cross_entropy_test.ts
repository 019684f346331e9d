import { assertEquals } from "@std/assert";
import { softmaxCrossEntropy } from "../../src/kernels/softmax_cross_entropy.ts";
import { softmaxCrossEntropy as reference } from "../reference/softmax_cross_entropy.ts";
import { gpu } from "../support/gpu.ts";
import { Memory } from "../support/memory.ts";
import { assertClose, randomBetween } from "../support/values.ts";

async function run(logits: ArrayLike<number>, labels: readonly number[], classes: number) {
  using memory = new Memory(gpu);
  const batch = labels.length;
  const stride = logits.length / batch;
  const [outcomes, delta] = [memory.blank(batch * 4), memory.blank(logits.length)];
  const slice = memory.upload(logits);
  const shape = { batch, classes, stride };
  softmaxCrossEntropy(gpu, slice, memory.uploadWords(labels), outcomes, delta, shape);
  const seen = await memory.read(outcomes, batch * 4);
  return {
    losses: [...seen.filter((_, i) => i % 4 === 0)],
    right: [...seen.filter((_, i) => i % 4 === 1)],
    targets: [...seen.filter((_, i) => i % 4 === 2)],
    delta: await memory.read(delta, logits.length),
  };
}

Deno.test("softmaxCrossEntropy() equals the reference, and does not see padding", async () => {
  for (const [batch, classes] of [[1, 4], [5, 1], [3, 63], [4, 131]] as const) {
    const stride = Math.ceil(classes / 4) * 4;
    const logits = randomBetween(`logits.${classes}`, [batch, classes], -4, 4);
    const labels = Array.from({ length: batch }, (_, i) => (i * 5 + 2) % classes);
    const padded = new Float32Array(batch * stride).fill(1e30);
    logits.data.forEach((value, i) =>
      padded[Math.floor(i / classes) * stride + i % classes] = value
    );
    const seen = await run(padded, labels, classes);
    const expected = reference(logits, labels);
    const what = `${batch}×${classes}`;
    const within = (_: number, i: number) => i % stride < classes;
    if (classes > 1) {
      assertClose(seen.losses, expected.losses, `${what}: losses`);
      assertClose(seen.delta.filter(within), expected.dLogits.data, `${what}: gradient`);
    }
    const padding = seen.delta.filter((value, i) => !within(value, i));
    assertEquals([...padding], Array(padding.length).fill(0));
    const targets = labels.map((label, i) => logits.data[i * classes + label]!);
    assertClose(seen.targets, targets, `${what}: targets`);
    const right = labels.map((label, i) => {
      const row = [...logits.data.subarray(i * classes, (i + 1) * classes)];
      return row.indexOf(Math.max(...row)) === label ? 1 : 0;
    });
    assertEquals(seen.right, right);
  }
});

Deno.test("softmaxCrossEntropy() floors the probability, but says NaN where a logit is not finite", async () => {
  const { losses } = await run([0, 86, -5, 0, 0, 88, -5, 0, NaN, 1, 2, 0, 0, 1, 2, NaN], [
    0,
    0,
    0,
    0,
  ], 4);
  assertClose(losses.slice(0, 2), [86, 87.3365447505], "losses");
  assertEquals(losses.slice(2), [NaN, NaN]);
});

Deno.test("softmaxCrossEntropy() stands logits of any size", async () => {
  const logits = [1e30, -1e30, 0, 5, ...Array(4).fill(-3e38), ...Array(4).fill(1e4)];
  const { losses, delta } = await run(logits, [0, 3, 3], 4);
  assertClose(losses, [0, Math.log(4), Math.log(4)], "losses");
  const even = [1, 1, 1, -3].map((value) => value / 12);
  assertClose(delta, [0, 0, 0, 0, ...even, ...even], "gradient");
});
