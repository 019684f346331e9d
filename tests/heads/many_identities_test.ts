import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { scope } from "../../src/autograd/scope.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { ASoftmax } from "../../src/heads/asoftmax.ts";
import { CLASS_WEIGHTS } from "../../src/heads/class_weights.ts";
import { Parameters } from "../../src/nn/parameters.ts";
import { labelTensor } from "../../src/ops/labels.ts";
import { Sgd } from "../../src/optim/sgd.ts";
import { goldenUniform } from "../golden/values.ts";
import { relativeError } from "../reference/error.ts";
import { psi } from "../reference/psi.ts";
import { gpu as shared } from "../support/gpu.ts";

const CLASSES = 100_000;
const FEATURES = 512;
const LAMBDA = 5;
const LABELS = [70_001, 3, 99_999];

/** A device with the limits that every adapter has: 128 MiB in a binding, 256 MiB in a buffer. */
async function portableGpu(): Promise<Gpu> {
  const adapter = await navigator.gpu.requestAdapter();
  const device = await adapter!.requestDevice();
  assertEquals(device.limits.maxStorageBufferBindingSize, 128 << 20);
  assertEquals(device.limits.maxBufferSize, 256 << 20);
  return new Gpu(device, shared.adapter);
}

/** Values that repeat after a prime, so that no two class weights are alike. */
function weightValues(): Float32Array<ArrayBuffer> {
  const block = goldenUniform("many.w", 65_537);
  const values = new Float32Array(CLASSES * FEATURES);
  for (let start = 0; start < values.length; start += block.length) {
    values.set(block.subarray(0, Math.min(block.length, values.length - start)), start);
  }
  return values;
}

/** Scores [batch, classes] with the targets' margin, and the lengths of the class weights. */
function scoresOf(x: Float32Array, w: Float32Array) {
  const norms = new Float64Array(CLASSES);
  const scores = LABELS.map(() => new Float64Array(CLASSES));
  for (let j = 0; j < CLASSES; j++) {
    let square = 0;
    const products = [0, 0, 0];
    for (let f = 0; f < FEATURES; f++) {
      const value = w[j * FEATURES + f]!;
      square += value * value;
      for (let i = 0; i < 3; i++) products[i]! += x[i * FEATURES + f]! * value;
    }
    norms[j] = Math.sqrt(square);
    for (let i = 0; i < 3; i++) scores[i]![j] = products[i]! / norms[j]!;
  }
  for (const [i, label] of LABELS.entries()) {
    const length = Math.hypot(...x.subarray(i * FEATURES, (i + 1) * FEATURES));
    const score = scores[i]![label]!;
    scores[i]![label] = (LAMBDA * score + length * psi(4, score / length)) / (1 + LAMBDA);
  }
  return { norms, scores };
}

Deno.test("ASoftmax trains 100,000 identities where a binding holds 128 MiB", async () => {
  using gpu = await portableGpu();
  const head = new ASoftmax({ classes: CLASSES, features: FEATURES });
  using parameters = new Parameters(gpu, head.specs);
  const w = weightValues();
  parameters.load(new Map([[CLASS_WEIGHTS, w]]));
  const values = goldenUniform("many.x", 3 * FEATURES).map((value) => value / 2);
  using x = Tensor.from(gpu, values, [3, FEATURES], { requiresGrad: true });
  using labels = labelTensor(gpu, new Uint32Array(LABELS), CLASSES);
  parameters.zeroGrad();
  using loss = scope(() => {
    const loss = head.loss(parameters, { x, labels, lambda: LAMBDA });
    loss.backward();
    return loss;
  });
  new Sgd(gpu, parameters, { weightDecay: 0 }).step(1);

  const { norms, scores } = scoresOf(values, w);
  const logSums = scores.map((row) => {
    const most = row.reduce((a, b) => Math.max(a, b));
    return most + Math.log(row.reduce((sum, score) => sum + Math.exp(score - most), 0));
  });
  const losses = LABELS.map((label, i) => logSums[i]! - scores[i]![label]!);
  assertAlmostEquals((await loss.data())[0]!, losses.reduce((a, b) => a + b) / 3, 1e-4);

  // Rows at the edges of whatever windows there may be, none of them a target's.
  const { slice } = parameters.get(CLASS_WEIGHTS);
  for (const row of [0, 16_383, 16_384, 32_768, 65_535, 65_536, 98_303, 98_304, 99_998]) {
    const before = w.subarray(row * FEATURES, (row + 1) * FEATURES);
    const unit = Float64Array.from(before, (value) => value / norms[row]!);
    const free = new Float64Array(FEATURES);
    for (let i = 0; i < 3; i++) {
      const p = Math.exp(scores[i]![row]! - logSums[i]!) / 3;
      for (let f = 0; f < FEATURES; f++) free[f]! += p * values[i * FEATURES + f]!;
    }
    const along = free.reduce((sum, value, f) => sum + value * unit[f]!, 0);
    const gradient = free.map((value, f) => (value - along * unit[f]!) / norms[row]!);
    const place = { ...slice, offset: slice.offset + row * FEATURES * 4, size: FEATURES * 4 };
    const grad = parameters.get(CLASS_WEIGHTS).grad!.slice;
    const seen = new Float32Array(await gpu.read({ ...place, buffer: grad.buffer }));
    assert(relativeError(seen, gradient) < 1e-4, `gradient of row ${row}`);
    const after = new Float32Array(await gpu.read(place));
    const expected = before.map((value, f) => value - gradient[f]!);
    assert(relativeError(after, expected) < 1e-6, `row ${row}`);
    assert(after.some((value, f) => value !== before[f]), `row ${row} has not moved`);
  }
  using dx = x.grad!;
  assert((await dx.data()).every(Number.isFinite));
});
