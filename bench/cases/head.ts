/** The A-Softmax head, forward and backward, against its composition of elementary operations. */

import { scope } from "../../src/autograd/scope.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import type { Gpu } from "../../src/gpu/gpu.ts";
import { marginLoss } from "../../src/heads/margin_loss.ts";
import { add } from "../../src/ops/add.ts";
import { affine } from "../../src/ops/affine.ts";
import { div } from "../../src/ops/div.ts";
import { exp } from "../../src/ops/exp.ts";
import { labelTensor } from "../../src/ops/labels.ts";
import { log } from "../../src/ops/log.ts";
import { matmul } from "../../src/ops/matmul.ts";
import { mul } from "../../src/ops/mul.ts";
import { normaliseRows } from "../../src/ops/normalise_rows.ts";
import { sqrt } from "../../src/ops/sqrt.ts";
import { sub } from "../../src/ops/sub.ts";
import { mean } from "../../src/ops/sum.ts";
import { type Case, noise, unfilled } from "../support.ts";

/** Identities of the training set, a multiple of 4. */
export const CLASSES = 10_572;

const FEATURES = 512;
const LAMBDA = 5;

/** Loss and gradients of m = 4 over {@linkcode CLASSES} classes, the class weights' normalisation included. */
export function headCases(gpu: Gpu, batch: number): Case[] {
  const weights = noise(CLASSES * FEATURES, 1);
  const labels = Uint32Array.from({ length: batch }, (_, i) => (i * 997) % CLASSES);
  const x = leaf(gpu, nearTargets(weights, labels), [batch, FEATURES]);
  const w = leaf(gpu, weights, [CLASSES, FEATURES]);
  const targets = labelTensor(gpu, labels, CLASSES);
  const composition = new Composition(gpu, labels);
  const result = { ...unfilled(gpu, 1), size: 4 };
  const run = (lossOf: () => Tensor) => () => {
    for (const { grad } of [x, w]) gpu.clear(grad!.slice);
    scope(() => {
      const loss = lossOf();
      loss.backward();
      gpu.copy({ ...loss.slice, size: 4 }, result);
    });
  };
  const margin = { margin: 4, lambda: LAMBDA, gradient: "exact" } as const;
  const options = { ...margin, classes: CLASSES, normalise: true };
  return [{
    name: `A-Softmax forward and backward, ${batch}×${FEATURES}, ${CLASSES} classes`,
    amount: 3 * 2 * batch * CLASSES * FEATURES / 1e9,
    unit: "GFLOP",
    results: [result, x.grad!.slice, w.grad!.slice],
    variants: {
      composed: run(() => composition.loss(x, w)),
      fused: run(() => marginLoss(x, w, targets, options)),
    },
  }];
}

function leaf(gpu: Gpu, values: Float32Array<ArrayBuffer>, shape: readonly number[]): Tensor {
  const tensor = Tensor.from(gpu, values, shape, { requiresGrad: true });
  tensor.grad = Tensor.zeros(gpu, shape);
  return tensor;
}

/** Features at about 60° from their target: where ψ is −cos 4θ − 2. */
function nearTargets(weights: Float32Array, labels: Uint32Array): Float32Array<ArrayBuffer> {
  const x = noise(labels.length * FEATURES, 2);
  return x.map((value, i) => {
    const target = weights[labels[Math.floor(i / FEATURES)]! * FEATURES + i % FEATURES]!;
    return 0.5 * (0.5 * target + 0.87 * value);
  });
}

/** The same loss of operations that know nothing of it, valid for targets between 45° and 90°. */
class Composition {
  readonly #oneHot: Tensor; // [batch, classes]
  readonly #sumClasses: Tensor; // [classes, 4]: sums rows, four times over
  readonly #sumFeatures: Tensor; // [features, 4]
  readonly #spread: Tensor; // [4, classes]: lays the first of four columns over all classes

  constructor(gpu: Gpu, labels: Uint32Array) {
    const oneHot = new Float32Array(labels.length * CLASSES);
    labels.forEach((label, row) => oneHot[row * CLASSES + label] = 1);
    const ones = (size: number) => new Float32Array(size).fill(1);
    const spread = new Float32Array(4 * CLASSES).fill(1, 0, CLASSES);
    this.#oneHot = Tensor.from(gpu, oneHot, [labels.length, CLASSES]);
    this.#sumClasses = Tensor.from(gpu, ones(CLASSES * 4), [CLASSES, 4]);
    this.#sumFeatures = Tensor.from(gpu, ones(FEATURES * 4), [FEATURES, 4]);
    this.#spread = Tensor.from(gpu, spread, [4, CLASSES]);
  }

  loss(x: Tensor, w: Tensor): Tensor {
    const products = matmul(x, normaliseRows(w), "nt"); // [batch, classes]
    const target = matmul(mul(this.#oneHot, products), this.#sumClasses); // [batch, 4], all columns equal
    const norm = sqrt(matmul(mul(x, x), this.#sumFeatures));
    const cosine = div(target, norm);
    const square = mul(cosine, cosine);
    const psi = affine(sub(square, mul(square, square)), 8, -3);
    const blended = affine(add(affine(target, LAMBDA), mul(norm, psi)), 1 / (1 + LAMBDA));
    const change = matmul(sub(blended, target), this.#spread);
    const logits = add(products, mul(this.#oneHot, change));
    return mean(sub(log(matmul(exp(logits), this.#sumClasses)), blended));
  }
}
