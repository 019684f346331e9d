import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Tensor } from "../../src/autograd/tensor.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { marginLoss, type MarginLossOptions } from "../../src/heads/margin_loss.ts";
import { labelTensor } from "../../src/ops/labels.ts";
import { mul } from "../../src/ops/mul.ts";
import { array64 } from "../reference/array64.ts";
import { maxAbsoluteError, relativeError } from "../reference/error.ts";
import { gpu as shared, gpuOfClass, limited } from "../support/gpu.ts";
import { marginHead } from "../reference/margin_head.ts";
import type { Margin } from "../reference/psi.ts";
import { random } from "../support/values.ts";

const FEATURES = 4;

interface Case {
  /** `[batch, 4]`. */
  readonly x: readonly number[];
  /** `[classes, 4]`, unit rows; padded to four rows. */
  readonly w: readonly number[];
  readonly labels: readonly number[];
}

async function run(gpu: Gpu, { x, w, labels }: Case, options: Omit<MarginLossOptions, "classes">) {
  const classes = w.length / FEATURES;
  const rows = Math.ceil(classes / 4) * 4;
  const padded = Float32Array.from({ length: rows * FEATURES }, (_, i) => w[i] ?? 0);
  using features = Tensor.from(gpu, x, [labels.length, FEATURES], { requiresGrad: true });
  using weights = Tensor.from(gpu, padded, [rows, FEATURES], { requiresGrad: true });
  using label = labelTensor(gpu, new Uint32Array(labels), classes);
  using loss = marginLoss(features, weights, label, { ...options, classes });
  loss.backward();
  using dx = features.grad!;
  using dw = weights.grad!;
  return { loss: (await loss.data())[0]!, dx: await dx.data(), dw: await dw.data() };
}

const E1 = [1, 0, 0, 0];
const E2 = [0, 1, 0, 0];

Deno.test("marginLoss() is right on the knots of psi and at its ends", async () => {
  using gpu = await Gpu.request();
  const half = Math.SQRT1_2;
  // Cosines to the label's class 0, most of them exact in f32.
  const knots: readonly [cosine: number, x: readonly number[]][] = [
    [1, [2, 0, 0, 0]],
    [-1, [-2, 0, 0, 0]],
    [0, [0, 1, 2, 3]],
    [0.5, [1, 1, 1, 1]],
    [-0.5, [-1, 1, 1, 1]],
    [half, [1, 1, 0, 0]],
    [-half, [-1, 0, 1, 0]],
  ];
  for (const [cosine, x] of knots) {
    const input = { x, w: [...E1, ...E2, 0.6, 0, 0.8, 0], labels: [0] };
    for (const margin of [1, 2, 3, 4] as const) {
      for (const gradient of ["exact", "caffe"] as const) {
        const actual = await run(gpu, input, { margin, lambda: 1, gradient });
        const [X, W] = [array64([1, 4], x), array64([3, 4], input.w)];
        const expected = marginHead(X, W, [0], margin, 1, gradient);
        const what = `cosine ${cosine}, m = ${margin}, ${gradient}`;
        assertAlmostEquals(actual.loss, expected.loss, 1e-5 * expected.loss, what);
        // On a knot that f32 cannot hold, the slope, zero there, is a rounding error of 1e-6.
        assert(maxAbsoluteError(actual.dx, expected.dx.data) < 5e-6, what);
        const dw = actual.dw.subarray(0, 12);
        const free = gradient === "exact" ? expected.dUnitWeight : expected.dWeight;
        assert(maxAbsoluteError(dw, free.data) < 5e-6, what);
        assertEquals(Array.from(actual.dw.subarray(12)), [0, 0, 0, 0]);
      }
    }
  }
});

Deno.test("marginLoss() gives the golden gradient of unit weights that are free", async () => {
  using gpu = await Gpu.request();
  const input = {
    x: [1, 2, 2, 0, 0.5, -1, 0.3, 0],
    w: [...E1, ...E2, 0.6, 0, 0.8, 0],
    labels: [1, 2],
  };
  const { dw } = await run(gpu, input, { margin: 4, lambda: 5, gradient: "exact" });
  // deno-fmt-ignore
  const expected = [
    0.221562, -0.078626, 0.260512, 0,
    -0.376715, -0.869849, -0.794177, 0,
    0.057505, 1.095171, 0.458066, 0,
    0, 0, 0, 0,
  ];
  assert(relativeError(dw, expected) < 1e-5);
});

Deno.test("marginLoss() stays finite for features of length zero, and is right beside them", async () => {
  using gpu = await Gpu.request();
  const input = { x: [0, 0, 0, 0, 1, 2, 2, 0], w: [...E1, ...E2], labels: [0, 1] };
  for (const margin of [1, 2, 3, 4] as Margin[]) {
    for (const gradient of ["exact", "caffe"] as const) {
      const actual = await run(gpu, input, { margin, lambda: 5, gradient });
      const [X, W] = [array64([2, 4], input.x), array64([2, 4], input.w)];
      const expected = marginHead(X, W, input.labels, margin, 5, gradient);
      assertAlmostEquals(actual.loss, expected.loss, 1e-6);
      assert(maxAbsoluteError(actual.dx, expected.dx.data) < 1e-6);
      const free = gradient === "exact" ? expected.dUnitWeight : expected.dWeight;
      assert(maxAbsoluteError(actual.dw.subarray(0, 8), free.data) < 1e-6);
    }
  }
});

Deno.test("marginLoss() caps a sample's loss at 87.3365", async () => {
  using gpu = await Gpu.request();
  const input = { x: [-100, 0, 0, 0], w: [...E1, ...E2], labels: [0] };
  const { loss, dx } = await run(gpu, input, { margin: 4, lambda: 0, gradient: "exact" });
  assertAlmostEquals(loss, 87.3365447505, 1e-4);
  assert(dx.every(Number.isFinite) && dx[0] !== 0);
});

Deno.test("marginLoss() passes the gradient of what follows it on", async () => {
  using gpu = await Gpu.request();
  using x = Tensor.from(gpu, [1, 2, 2, 0], [1, 4], { requiresGrad: true });
  using w = Tensor.from(gpu, [...E1, ...E2, 0.6, 0, 0.8, 0, 0, 0, 0, 0], [4, 4], {
    requiresGrad: true,
  });
  using labels = labelTensor(gpu, new Uint32Array([1]), 3);
  for (const gradient of ["exact", "caffe"] as const) {
    const grads: Float32Array[] = [];
    for (const factor of [1, -3]) {
      using loss = marginLoss(x, w, labels, { margin: 3, lambda: 5, gradient, classes: 3 });
      using scale = Tensor.from(gpu, [factor], [1]);
      using scaled = mul(loss, scale);
      scaled.backward();
      for (const leaf of [x, w]) {
        using grad = leaf.grad!;
        grads.push(await grad.data());
        leaf.grad = null;
      }
    }
    const [dx, dw, dx3, dw3] = grads;
    assert(relativeError(dx3!, dx!.map((value) => -3 * value)) < 1e-6);
    assert(relativeError(dw3!, dw!.map((value) => -3 * value)) < 1e-6);
  }
});

Deno.test("marginLoss() refuses other margins and extents that do not fit", async () => {
  using gpu = await Gpu.request();
  using x = Tensor.zeros(gpu, [2, 4]);
  using w = Tensor.zeros(gpu, [4, 4]);
  using narrow = Tensor.zeros(gpu, [4, 8]);
  using few = Tensor.zeros(gpu, [3, 4]);
  using labels = labelTensor(gpu, new Uint32Array([0, 1]), 3);
  using label = labelTensor(gpu, new Uint32Array([0]), 3);
  const options = { margin: 4, lambda: 5, gradient: "exact", classes: 3 } as const;
  for (const margin of [0, 5, 1.5, NaN]) {
    assertThrows(
      () => marginLoss(x, w, labels, { ...options, margin }),
      RangeError,
      `The margin must be 1, 2, 3 or 4, not ${margin}.`,
    );
  }
  assertThrows(() => marginLoss(x, narrow, labels, options), RangeError, "w [4,8]");
  assertThrows(() => marginLoss(x, few, labels, options), RangeError, "w [3,4]");
  assertThrows(() => marginLoss(x, w, label, options), RangeError, "1 labels");
  assertThrows(() => marginLoss(x, w, labels, { ...options, classes: 5 }), RangeError, "5 classes");
});

interface Wide {
  readonly batch: number;
  readonly features: number;
  readonly classes: number;
  readonly form: "normalised" | "caffe" | "biased";
}

/** Loss, report and gradients, with the features' gradient added to one that stands. */
async function runWide(gpu: Gpu, { batch, features, classes, form }: Wide) {
  const rows = Math.ceil(classes / 4) * 4;
  const noise = (name: string, size: number) => random(`wide.${name}`, [size]).data;
  using x = Tensor.from(gpu, noise("x", batch * features), [batch, features], {
    requiresGrad: true,
  });
  using w = Tensor.from(gpu, noise("w", rows * features), [rows, features], { requiresGrad: true });
  using bias = Tensor.from(gpu, noise("bias", rows), [rows], { requiresGrad: true });
  const labels = Uint32Array.from({ length: batch }, (_, i) => (i * 97 + classes - 1) % classes);
  using label = labelTensor(gpu, labels, classes);
  using report = Tensor.zeros(gpu, [4]);
  x.grad = Tensor.from(gpu, noise("standing", batch * features), [batch, features]);
  w.grad = Tensor.from(gpu, noise("standing", rows * features), [rows, features]);
  using loss = marginLoss(x, w, label, {
    margin: form === "biased" ? 1 : 4,
    lambda: 5,
    gradient: form === "caffe" ? "caffe" : "exact",
    classes,
    normalise: form === "normalised",
    ...(form === "biased" ? { bias } : {}),
    report,
  });
  loss.backward();
  const tensors = [loss, report, x.grad, w.grad, ...(bias.grad === null ? [] : [bias.grad])];
  const values = await Promise.all(tensors.map((tensor) => tensor.data()));
  for (const { grad } of [x, w, bias]) grad?.[Symbol.dispose]();
  return values;
}

const WIDE: readonly Wide[] = (["normalised", "caffe", "biased"] as const).flatMap((form) =>
  ([[3, 32, 70], [8, 64, 200], [13, 32, 391], [6, 12, 300], [65, 16, 90]] as const).map(
    ([batch, features, classes]) => ({ batch, features, classes, form }),
  )
);

Deno.test("marginLoss() is the same for every class of adapter, and in windows of the classes", async () => {
  const before = shared.memory.usedBytes;
  for (const extents of WIDE) {
    const expected = await runWide(gpuOfClass.gpu, extents);
    const window = 64 * 4 * Math.max(extents.features, Math.ceil(extents.batch / 4) * 4);
    for (
      const [name, gpu] of Object.entries({
        streamed: gpuOfClass.software,
        "streamed in windows": limited(Math.max(window, 1 << 14), "software"),
        "multiplied in windows": limited(Math.max(window, 1 << 14), "gpu"),
      })
    ) {
      const seen = await runWide(gpu, extents);
      for (const [index, values] of seen.entries()) {
        const error = relativeError(values, expected[index]!);
        const what = `${JSON.stringify(extents)}, ${name}, result ${index}`;
        assert(error < 2e-6, `${what}: off by ${error}`);
      }
    }
  }
  assertEquals(shared.memory.usedBytes, before);
});

Deno.test("marginLoss() with normalise is that of unit weights, and its gradient tangent to them", async () => {
  const extents = { batch: 5, features: 32, classes: 9, form: "normalised" } as const;
  const w = random("wide.w", [12, 32]);
  const x = random("wide.x", [5, 32]);
  const labels = Array.from({ length: 5 }, (_, i) => (i * 97 + 8) % 9);
  const weight = array64([9, 32], w.data.slice(0, 9 * 32));
  const expected = marginHead(x, weight, labels, 4, 5, "exact");
  for (const gpu of Object.values(gpuOfClass)) {
    const [loss, , dx, dw] = await runWide(gpu, extents);
    const standing = random("wide.standing", [12 * 32]).data;
    const added = (gradient: Float64Array) => gradient.map((value, i) => value + standing[i]!);
    assertAlmostEquals(loss![0]!, expected.loss, 1e-5);
    const dxStanding = random("wide.standing", [5 * 32]).data;
    assert(relativeError(dx!, expected.dx.data.map((v, i) => v + dxStanding[i]!)) < 2e-6);
    assert(relativeError(dw!.subarray(0, 9 * 32), added(expected.dWeight.data)) < 2e-6);
    assertEquals([...dw!.subarray(9 * 32)], [...standing.subarray(9 * 32)]);
  }
});

Deno.test("marginLoss() refuses a bias with a margin or normalised weights", async () => {
  using gpu = await Gpu.request();
  using x = Tensor.zeros(gpu, [1, 4]);
  using w = Tensor.zeros(gpu, [4, 4]);
  using bias = Tensor.zeros(gpu, [4]);
  using labels = labelTensor(gpu, new Uint32Array([0]), 3);
  const options = { margin: 1, lambda: 0, gradient: "exact", classes: 3, bias } as const;
  for (const wrong of [{ margin: 4 }, { normalise: true }]) {
    assertThrows(() => marginLoss(x, w, labels, { ...options, ...wrong }), RangeError, "bias [4]");
  }
});
