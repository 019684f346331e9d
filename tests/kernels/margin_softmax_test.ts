import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { Gpu } from "../../src/gpu/gpu.ts";
import {
  marginDelta,
  marginFinish,
  marginReport,
  marginScores,
  marginTargets,
  quadsOf,
} from "../../src/kernels/margin_softmax.ts";
import { addScaledRows } from "../../src/kernels/row_norms.ts";
import { rowsOf, type RowWindow } from "../../src/kernels/windows.ts";
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
  /** For each sample: loss, whether it is right, target cosine, 0. */
  readonly outcomes: Float32Array;
  /** `[batch, classes with padding]`, as is `dTargets`. */
  readonly delta: Float32Array;
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

/** Windows of 64 rows, so that the passes meet at their edges. */
function windowsOf(rows: number): RowWindow[] {
  return Array.from({ length: Math.ceil(rows / 64) }, (_, i) => ({
    first: 64 * i,
    rows: Math.min(64, rows - 64 * i),
  }));
}

/** Turns `[rows, columns]` over. */
function turned(values: ArrayLike<number>, rows: number, columns: number): Float32Array {
  return Float32Array.from(
    { length: rows * columns },
    (_, i) => values[i % rows * columns + Math.floor(i / rows)]!,
  );
}

/** The passes over `products [rows, samples in fours]`, of which the first `classes` rows count. */
function passes(
  on: Gpu,
  memory: Memory,
  products: ArrayLike<number>,
  squares: ArrayLike<number>,
  labels: readonly number[],
  classes: number,
  { margin, lambda, style }: Loss,
) {
  const batch = labels.length;
  const quads = quadsOf(batch);
  const rows = products.length / quads / 4;
  const piece = 5;
  const perWindow = Math.ceil(64 / piece);
  const windows = windowsOf(rows);
  const pieceCount = windows.reduce((sum, window) => sum + Math.ceil(window.rows / piece), 0);
  const parts = memory.upload(products);
  const labelSlice = memory.uploadWords(labels);
  const [scores, scales] = [memory.blank(rows * quads * 4), memory.blank(4)];
  const [targets, pieces] = [memory.blank(4 * quads), memory.blank(pieceCount * quads * 8)];
  const extents = { classes, batch, form: "plain" } as const;
  for (const [index, window] of windows.entries()) {
    const part = (slice: typeof parts) => rowsOf(slice, window, quads * 16);
    const [from, to] = [part(parts), part(scores)];
    marginScores(
      on,
      { parts: from, column: from, labels: labelSlice, scores: to, scales, targets, pieces },
      extents,
      window,
      { parts: 1, partQuads: quads, firstQuad: 0, piece, firstPiece: index * perWindow },
    );
  }
  const [outcomes, peaks] = [memory.blank(batch * 4), memory.blank(4 * quads)];
  const gradients = memory.blank(16 * quads);
  const norms = memory.upload(squares);
  marginFinish(
    on,
    { pieces, targets, squares: norms, outcomes, peaks, gradients },
    batch,
    pieceCount,
    { margin, lambda, caffe: style === "caffe" },
  );
  const along = memory.blank(rows);
  for (const window of windows) {
    const slices = {
      scores: rowsOf(scores, window, quads * 16),
      scales,
      labels: labelSlice,
      peaks,
      gradients,
      along: rowsOf(along, window, 4),
    };
    marginDelta(on, slices, extents, window);
  }
  const size = rows * quads * 4;
  return { outcomes, gradients, delta: scores, along, labels: labelSlice, rows, size, windows };
}

/**
 * Runs the loss on products computed in f64, with rows of rubbish for the padded classes; `dx` is completed
 * by the product with the weights in f64 and by the kernel for the part along x.
 */
async function run(on: Gpu, { x, weight, labels }: Head, loss: Loss): Promise<LossResult> {
  const [batch, features] = x.shape as [number, number];
  const classes = weight.shape[0]!;
  const stride = Math.ceil(classes / 4) * 4;
  const columns = 4 * quadsOf(batch);
  const unit = normalizeRows(weight);
  const products = matmul(unit, x, "nt").data;
  const padded = new Float32Array(stride * columns).fill(1e30, classes * columns);
  for (let i = 0; i < batch * classes; i++) {
    padded[Math.floor(i / batch) * columns + i % batch] = products[i]!;
  }

  using memory = new Memory(on);
  const squares = rowNorms(x).data.map((norm) => norm * norm);
  const seen = passes(on, memory, padded, squares, labels, classes, loss);
  const read = async () =>
    turned(await memory.read(seen.delta, seen.size), stride, columns).subarray(0, batch * stride);
  const report = memory.blank(4);
  const mean = memory.blank(1);
  marginReport(on, seen.outcomes, mean, report, batch);
  const delta = await read();
  const inClasses = array64([batch, classes], delta.filter((_, i) => i % stride < classes));
  const dx = memory.upload(matmul(inClasses, unit).data);
  addScaledRows(on, seen.gradients, memory.upload(x.data), dx, batch, features, 3 * columns);
  for (const window of seen.windows) {
    const part = rowsOf(seen.delta, window, columns * 4);
    marginTargets(on, seen.gradients, seen.labels, part, batch, window);
  }
  const values = await memory.read(report, 4);
  assertEquals((await memory.read(mean, 1))[0], values[0]);
  return {
    outcomes: await memory.read(seen.outcomes, batch * 4),
    delta,
    report: values,
    dx: await memory.read(dx, batch * features),
    dTargets: await read(),
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
  const losses = seen.outcomes.filter((_, i) => i % 4 === 0);
  assertClose(losses, expected.losses, `${what}: losses`, tolerance);
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
  assertClose(seen.outcomes.filter((_, i) => i % 4 === 2), cosines, `${what}: cosines`, tolerance);
  const right = targets.map((product, i) =>
    products.subarray(i * classes, (i + 1) * classes).every((other, j) =>
        j === labels[i] || other < product
      )
      ? 1
      : 0
  );
  assertEquals([...seen.outcomes.filter((_, i) => i % 4 === 1)], right, `${what}: who is right`);
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / batch;
  const report = [expected.loss, mean(right), mean(cosines), 0];
  assertClose(seen.report, report, `${what}: report`, tolerance);
}

for (const style of ["exact", "caffe"] as const) {
  for (const margin of [1, 2, 3, 4] as const) {
    Deno.test(`The margin passes equal the reference: m = ${margin}, ${style}`, async () => {
      // One sample; one class; padded classes; several windows and workgroups.
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

Deno.test("The margin passes are finite for a feature of length zero", async () => {
  const { weight, labels } = head(1, 8, 6);
  const x = array64([1, 8]);
  for (const style of ["exact", "caffe"] as const) {
    for (const margin of [2, 3, 4] as const) {
      await check(gpu, { x, weight, labels }, { margin, lambda: 0, style }, `m = ${margin}`);
    }
  }
});

/** Loss and gradient by the scores of samples with given scores, without a margin. */
async function plain(scores: readonly (readonly number[])[], labels: readonly number[]) {
  using memory = new Memory(gpu);
  const classes = scores[0]!.length;
  const columns = 4 * quadsOf(labels.length);
  const stride = Math.ceil(classes / 4) * 4;
  const products = new Float32Array(stride * columns);
  scores.forEach((row, i) => row.forEach((score, j) => products[j * columns + i] = score));
  const loss = { margin: 1, lambda: 0, style: "exact" } as const;
  const { outcomes, delta, size } = passes(gpu, memory, products, [0], labels, classes, loss);
  const losses = await memory.read(outcomes, 4 * labels.length);
  const all = turned(await memory.read(delta, size), stride, columns);
  return {
    losses: [...losses.filter((_, i) => i % 4 === 0)],
    delta: labels.map((_, i) => [...all.subarray(i * stride, i * stride + classes)]),
  };
}

Deno.test("marginFinish() floors the probability as Caffe does: the loss ends at 87.3365", async () => {
  for (
    const [gap, what] of [[86, "just below"], [88, "just above"], [3000, "far above"]] as const
  ) {
    const logits = [0, gap, -5, -5, -5];
    const { losses, delta } = await plain([logits], [0]);
    const expected = softmaxCrossEntropy(array64([1, 5], logits), [0]);
    assertAlmostEquals(losses[0]!, expected.losses[0]!, 1e-5, what);
    if (gap > LARGEST_LOSS) assertAlmostEquals(losses[0]!, 87.3365, 1e-4);
    // The gradient goes on as if there were no floor.
    assertClose(delta[0]!, expected.dLogits.data, what);
  }
});

Deno.test("marginFinish() says NaN of a sample with a score that is not finite, and of that alone", async () => {
  for (const bad of [NaN, Infinity]) {
    for (const at of [0, 1, 4]) {
      const broken = [1, 2, 3, 4, 5].map((score, j) => j === at ? bad : score);
      const { losses } = await plain([[1, 1, 1, 1, 1], broken], [2, 1]);
      assertAlmostEquals(losses[0]!, Math.log(5), 1e-5);
      assertEquals(losses[1], NaN, `${bad} at ${at}`);
    }
  }
});

Deno.test("The margin passes stand scores of any size", async () => {
  const rows = [[1e30, -1e30, 0, 5], Array(4).fill(-3e38), Array(4).fill(1e4)];
  const { losses, delta } = await plain(rows, [0, 3, 3]);
  assertClose(losses, [0, Math.log(4), Math.log(4)], "losses");
  const even = [1, 1, 1, -3].map((value) => value / 12);
  assertClose(delta.flat(), [0, 0, 0, 0, ...even, ...even], "gradient");
});
