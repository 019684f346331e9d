/** SphereNet, head and optimiser of jax-js's own operations, images as `[batch, channels, rows, columns]`. */

import { layersOf, runTrunk } from "../layers.ts";
import { noiseImages, RECIPE, someLabels } from "../spherenet_step.ts";
import type { ForwardRunner, StepRunner, StepWork } from "./contender.ts";
import type { Jax, JaxArray, JaxTree } from "./jax_api.ts";
import { channelsFirst, ORDERS, permuted } from "./permute.ts";

/** The forward pass. */
export function forwardRunner(jax: Jax, work: StepWork): ForwardRunner {
  const weights = weightsOf(jax, work, (name) => name !== "head.weight");
  const images = imagesOf(jax, work);
  const embed = jax.jit((weights: JaxTree, images: JaxArray) =>
    embeddings(jax, work, weights, images)
  );
  return {
    async run(times) {
      const results = Array.from({ length: times }, () => embed(again(weights), images.ref));
      await jax.blockUntilReady(results);
      const last = results.pop()!;
      for (const result of results) result.dispose();
      return await last.data();
    },
    [Symbol.dispose]() {
      embed.dispose();
      for (const array of [...Object.values(weights), images]) array.dispose();
    },
  };
}

/** The training step: loss, gradients and update in one recorded function. */
export function stepRunner(jax: Jax, work: StepWork): StepRunner {
  let weights = weightsOf(jax, work, () => true);
  let velocities = mapTree(weights, (array) => jax.numpy.zerosLike(array.ref));
  const images = imagesOf(jax, work);
  const indices = jax.numpy.array(new Int32Array(someLabels(work)), { shape: [work.batch] });
  const oneHot = jax.nn.oneHot(indices, work.classes).astype("float32");
  const lossOf = jax.valueAndGrad((weights: JaxTree, images: JaxArray, oneHot: JaxArray) => {
    const { "head.weight": head, ...net } = weights;
    return marginLoss(jax, embeddings(jax, work, net, images), head!, oneHot);
  });
  const step = jax.jit(
    (weights: JaxTree, velocities: JaxTree, images: JaxArray, oneHot: JaxArray) => {
      const [loss, gradients] = lossOf(again(weights), images, oneHot);
      const { learningRate, momentum } = RECIPE;
      const next = mapTree(velocities, (v, name) => v.mul(momentum).add(gradients[name]!));
      const moved = mapTree(weights, (w, name) => w.sub(next[name]!.ref.mul(learningRate)));
      return [loss, moved, next] as const;
    },
  );
  return {
    async run(times) {
      let loss: JaxArray | undefined;
      for (let i = 0; i < times; i++) {
        loss?.dispose();
        [loss, weights, velocities] = step(weights, velocities, images.ref, oneHot.ref);
      }
      await jax.blockUntilReady([weights, velocities]);
      return (await loss!.data())[0]!;
    },
    [Symbol.dispose]() {
      step.dispose();
      const arrays = [...Object.values(weights), ...Object.values(velocities), images, oneHot];
      for (const array of arrays) array.dispose();
    },
  };
}

function weightsOf(jax: Jax, work: StepWork, isNeeded: (name: string) => boolean): JaxTree {
  const needed = [...channelsFirst(work, work.weights)].filter(([name]) => isNeeded(name));
  return Object.fromEntries(needed.map(([name, { shape, values }]) => {
    // Slopes and biases of feature maps are broadcast along rows and columns.
    const broadcast = shape.length === 1 && !name.startsWith("fc1");
    const extents = broadcast ? [shape[0]!, 1, 1] : shape;
    return [name, jax.numpy.array(values, { shape: extents })];
  }));
}

function imagesOf(jax: Jax, work: StepWork): JaxArray {
  const { batch, size } = work;
  const shape = [batch, size.height, size.width, 3];
  const images = permuted({ shape, values: noiseImages(work) }, ORDERS.nhwcToNchw);
  return jax.numpy.array(images.values, { shape: images.shape });
}

function mapTree(tree: JaxTree, map: (array: JaxArray, name: string) => JaxArray): JaxTree {
  return Object.fromEntries(Object.entries(tree).map(([name, array]) => [name, map(array, name)]));
}

function again(tree: JaxTree): JaxTree {
  return mapTree(tree, (array) => array.ref);
}

/** Consumes the weights and the images. */
function embeddings(
  jax: Jax,
  { net, size }: StepWork,
  weights: JaxTree,
  images: JaxArray,
): JaxArray {
  const { lax, numpy } = jax;
  const last = runTrunk(layersOf(net, size), images, (x, { name, shape, bias, unit }, residual) => {
    const border = [shape.padding, shape.padding] as const;
    const strides = [shape.stride, shape.stride];
    // The input of a residual unit is needed twice.
    const input = unit === "first" ? x.ref : x;
    const product = lax.convGeneralDilated(input, weights[`${name}.weight`]!, strides, [
      border,
      border,
    ]);
    const a = bias ? product.add(weights[`${name}.bias`]!) : product;
    const negative = numpy.minimum(a.ref, 0).mul(weights[`${name}.slope`]!);
    const y = numpy.maximum(a, 0).add(negative);
    return residual === undefined ? y : y.add(residual);
  });
  const flat = last.reshape([last.shape[0]!, -1]);
  return numpy.matmul(flat, weights["fc1.weight"]!).add(weights["fc1.bias"]!);
}

/** A-Softmax with m = 4: the target's logit is (λ ‖x‖ cos θ + ‖x‖ ψ(θ)) / (1 + λ). Consumes all arrays. */
function marginLoss(jax: Jax, x: JaxArray, weight: JaxArray, oneHot: JaxArray): JaxArray {
  const { numpy, nn } = jax;
  const { lambda } = RECIPE;
  const norms = numpy.sqrt(numpy.square(weight.ref).sum(1, { keepdims: true }));
  const unit = weight.div(norms);
  const products = numpy.matmul(x.ref, numpy.matrixTranspose(unit)); // [batch, classes]
  const target = oneHot.ref.mul(products.ref).sum(1, { keepdims: true }); // [batch, 1]
  const norm = numpy.sqrt(numpy.square(x).sum(1, { keepdims: true }));
  const psi = psiOf(jax, target.ref.div(norm.ref));
  const blended = target.ref.mul(lambda).add(norm.mul(psi)).div(1 + lambda);
  const logits = products.add(oneHot.ref.mul(blended.sub(target)));
  return oneHot.mul(nn.logSoftmax(logits, 1)).sum(1).mean().neg();
}

/** ψ(c) = (−1)^k (8c⁴ − 8c² + 1) − 2k, where k counts the quarters of the half circle left behind. */
function psiOf({ numpy, lax }: Jax, cosine: JaxArray): JaxArray {
  const at = lax.stopGradient(cosine.ref);
  const reached = (bound: number) => at.ref.greaterEqual(bound).astype("float32");
  const within = reached(Math.SQRT1_2).add(reached(0)).add(reached(-Math.SQRT1_2));
  at.dispose();
  const k = within.neg().add(3);
  const sign = k.ref.mod(2).mul(-2).add(1);
  const square = numpy.square(cosine);
  const cosine4 = numpy.square(square.ref).sub(square).mul(8).add(1);
  return sign.mul(cosine4).sub(k.mul(2));
}
