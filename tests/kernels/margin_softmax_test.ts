import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { Gpu } from "../../src/gpu/gpu.ts";
import {
  addScaledRows,
  marginReport,
  marginSoftmax,
  marginTargets,
} from "../../src/kernels/margin_softmax.ts";
import { type Array64, array64 } from "../reference/array64.ts";
import { type GradientStyle, marginHead } from "../reference/margin_head.ts";
import { matmul } from "../reference/matmul.ts";
import { normalizeRows, rowNorms } from "../reference/normalize.ts";
import type { Margin } from "../reference/psi.ts";
import { LARGEST_LOSS, softmaxCrossEntropy } from "../reference/softmax_cross_entropy.ts";
import { goldenWords } from "../golden/values.ts";
import { gpu } from "../support/gpu.ts";
import { Memory } from "../support/memory.ts";
import { assertClose, random, randomBetween } from "../support/values.ts";

interface Head {
  readonly x: Array64;
  readonly weight: Array64;
  readonly labels: readonly number[];
}

interface Loss {
  readonly margin: Margin;
  readonly lambda: number;
  readonly style: GradientStyle;
}

interface LossResult {
  readonly losses: Float32Array;
  readonly delta: Float32Array;
  readonly rows: Float32Array;
  readonly report: Float32Array;
  readonly dx: Float32Array;
  readonly dTargets: Float32Array;
}

function head(batch: number, features: number, classes: number): Head {
  const labels = [...goldenWords(`margin.${classes}`, batch)].map((word) => word % classes);
  return {
    x: randomBetween("margin.x", [batch, features], -2, 2),
    weight: random("margin.weight", [classes, features]),
    labels,
  };
}

/**
 * Runs the loss on products computed in f64, with columns of rubbish for the padded classes; `dx` is
 * completed by the product with the weights in f64 and by the kernel for the part along x.
 */
async function run(on: Gpu, { x, weight, labels }: Head, loss: Loss): Promise<LossResult> {
  const { margin, lambda, style } = loss;
  const [batch, features] = x.shape as [number, number];
  const classes = weight.shape[0]!;
  const stride = Math.ceil(classes / 4) * 4;
  const unit = normalizeRows(weight);
  const products = matmul(x, unit, "nt").data;
  const padded = new Float32Array(batch * stride).fill(1e30);
  for (let i = 0; i < batch * classes; i++) {
    padded[Math.floor(i / classes) * stride + i % classes] = products[i]!;
  }

  using memory = new Memory(on);
  const [losses, delta] = [memory.blank(batch), memory.blank(batch * stride)];
  const [rows, report] = [memory.blank(batch * 4), memory.blank(4)];
  const labelSlice = memory.uploadWords(labels);
  marginSoftmax(on, {
    logits: memory.upload(padded),
    norms: memory.upload(rowNorms(x).data),
    labels: labelSlice,
    losses,
    delta,
    rows,
  }, { batch, classes, stride, margin, lambda, caffe: style === "caffe" });
  marginReport(on, losses, rows, report, batch);
  const deltas = await memory.read(delta, batch * stride);
  const inClasses = array64(
    [batch, classes],
    deltas.filter((_, i) => i % stride < classes),
  );
  const dx = memory.upload(matmul(inClasses, unit).data);
  addScaledRows(on, rows, memory.upload(x.data), dx, batch, features);
  marginTargets(on, rows, labelSlice, delta, batch, stride);
  return {
    losses: await memory.read(losses, batch),
    delta: deltas,
    rows: await memory.read(rows, batch * 4),
    report: await memory.read(report, 4),
    dx: await memory.read(dx, batch * features),
    dTargets: await memory.read(delta, batch * stride),
  };
}

async function check(on: Gpu, input: Head, loss: Loss, what: string): Promise<void> {
  const { x, weight, labels } = input;
  const batch = labels.length;
  const classes = weight.shape[0]!;
  const stride = Math.ceil(classes / 4) * 4;
  const expected = marginHead(x, weight, labels, loss.margin, loss.lambda, loss.style);
  const seen = await run(on, input, loss);
  const tolerance = 1e-5; // norms and products come in rounded to f32, and the margin magnifies that
  assertClose(seen.losses, expected.losses, `${what}: losses`, tolerance);
  assertClose(seen.dx, expected.dx.data, `${what}: dx`, tolerance);

  const padding = seen.delta.filter((_, i) => i % stride >= classes);
  assertEquals([...padding], Array(padding.length).fill(0), `${what}: padded classes`);
  // Without the margin's factor what is left is the gradient by the logits themselves.
  const dLogits = seen.dTargets.filter((_, i) => i % stride < classes);
  assertClose(dLogits, expected.dLogits.data, `${what}: dLogits`, tolerance);
  if (loss.style === "exact") {
    const delta = array64([batch, classes], seen.delta.filter((_, i) => i % stride < classes));
    const dUnit = matmul(delta, x, "tn");
    assertClose(dUnit.data, expected.dUnitWeight.data, `${what}: dW`, tolerance);
  }

  const unit = normalizeRows(weight);
  const products = matmul(x, unit, "nt").data;
  const norms = rowNorms(x).data;
  const targets = labels.map((label, i) => products[i * classes + label]!);
  const cosines = targets.map((product, i) =>
    loss.margin === 1 ? product : norms[i]! > 0 ? product / norms[i]! : 0
  );
  assertClose(seen.rows.filter((_, i) => i % 4 === 3), cosines, `${what}: cosines`, tolerance);
  const right = targets.map((product, i) =>
    products.subarray(i * classes, (i + 1) * classes).every((other, j) =>
        j === labels[i] || other < product
      )
      ? 1
      : 0
  );
  assertEquals([...seen.rows.filter((_, i) => i % 4 === 2)], right, `${what}: who is right`);
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / batch;
  const report = [expected.loss, mean(right), mean(cosines), 0];
  assertClose(seen.report, report, `${what}: report`, tolerance);
}

for (const style of ["exact", "caffe"] as const) {
  for (const margin of [1, 2, 3, 4] as const) {
    Deno.test(`marginSoftmax() equals the reference: m = ${margin}, ${style}`, async () => {
      // One sample; one class; padded classes; more classes than the 64 lanes of a workgroup.
      for (
        const [batch, classes] of [[1, 8], [5, 1], [9, 5], [33, 10], [3, 64], [4, 131]] as const
      ) {
        for (const lambda of [0, 5, 1000]) {
          const what = `${batch} samples, ${classes} classes, λ ${lambda}`;
          await check(gpu, head(batch, 12, classes), { margin, lambda, style }, what);
        }
      }
    });
  }
}

Deno.test("marginSoftmax() is finite for a feature of length zero", async () => {
  const { weight, labels } = head(1, 8, 6);
  const x = array64([1, 8]);
  for (const style of ["exact", "caffe"] as const) {
    for (const margin of [2, 3, 4] as const) {
      await check(gpu, { x, weight, labels }, { margin, lambda: 0, style }, `m = ${margin}`);
    }
  }
});

Deno.test("marginSoftmax() floors the probability as Caffe does: the loss ends at 87.3365", async () => {
  const classes = 5;
  for (
    const [gap, what] of [[86, "just below"], [88, "just above"], [3000, "far above"]] as const
  ) {
    using memory = new Memory(gpu);
    const logits = [0, gap, -5, -5, -5, -5, -5, -5]; // label 0; three padded classes
    const losses = memory.blank(1);
    const delta = memory.blank(8);
    const slice = memory.upload(logits);
    marginSoftmax(gpu, {
      logits: slice,
      norms: slice,
      labels: memory.uploadWords([0]),
      losses,
      delta,
      rows: memory.blank(4),
    }, { batch: 1, classes, stride: 8, margin: 1, lambda: 0, caffe: false });
    const expected = softmaxCrossEntropy(array64([1, classes], logits.slice(0, classes)), [0]);
    const [loss] = await memory.read(losses, 1);
    assertAlmostEquals(loss!, expected.losses[0]!, 1e-5, what);
    if (gap > LARGEST_LOSS) assertAlmostEquals(loss!, 87.3365, 1e-4);
    // The gradient goes on as if there were no floor.
    assertClose((await memory.read(delta, 8)).subarray(0, classes), expected.dLogits.data, what);
  }
});

Deno.test("marginSoftmax() stands logits of any size", async () => {
  using memory = new Memory(gpu);
  const [losses, delta] = [memory.blank(3), memory.blank(12)];
  const slice = memory.upload([1e30, -1e30, 0, 5, ...Array(4).fill(-3e38), ...Array(4).fill(1e4)]);
  marginSoftmax(gpu, {
    logits: slice,
    norms: slice,
    labels: memory.uploadWords([0, 3, 3]),
    losses,
    delta,
    rows: memory.blank(12),
  }, { batch: 3, classes: 4, stride: 4, margin: 1, lambda: 0, caffe: false });
  assertClose(await memory.read(losses, 3), [0, Math.log(4), Math.log(4)], "losses");
  const even = [1, 1, 1, -3].map((value) => value / 12);
  assertClose(await memory.read(delta, 12), [0, 0, 0, 0, ...even, ...even], "gradient");
});

Deno.test("addScaledRows() adds each row times its own factor", async () => {
  for (const [batch, cols] of [[1, 4], [3, 12], [17, 512]] as const) {
    using memory = new Memory(gpu);
    const rows = random("scaled.rows", [batch, 4]).data;
    const x = random("scaled.x", [batch, cols]).data;
    const standing = random("scaled.out", [batch, cols]).data;
    const out = memory.upload(standing);
    addScaledRows(gpu, memory.upload(rows), memory.upload(x), out, batch, cols);
    const expected = standing.map((value, i) =>
      value + rows[Math.floor(i / cols) * 4 + 1]! * x[i]!
    );
    assertClose(await memory.read(out, x.length), expected, `${batch}×${cols}`);
  }
});

Deno.test("marginTargets() replaces the entry of each sample's label alone", async () => {
  using memory = new Memory(gpu);
  const batch = 70; // more than a workgroup
  const labels = Array.from({ length: batch }, (_, i) => i % 7);
  const rows = random("targets.rows", [batch, 4]).data;
  const before = random("targets.delta", [batch, 8]).data;
  const delta = memory.upload(before);
  marginTargets(gpu, memory.upload(rows), memory.uploadWords(labels), delta, batch, 8);
  const expected = before.map((value, i) => {
    const sample = Math.floor(i / 8);
    return i % 8 === labels[sample] ? rows[sample * 4]! : value;
  });
  assertEquals([...await memory.read(delta, batch * 8)], [...expected]);
});
