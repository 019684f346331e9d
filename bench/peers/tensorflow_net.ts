/** SphereNet, head and optimiser of TensorFlow.js's own operations. */

import { layersOf, runTrunk } from "../layers.ts";
import { noiseImages, RECIPE, someLabels } from "../spherenet_step.ts";
import type { ForwardRunner, StepRunner, StepWork } from "./contender.ts";
import { extentsOf } from "./permute.ts";
import type { TensorFlow, TfTensor } from "./tensorflow_api.ts";

/** The forward pass. */
export function forwardRunner(tf: TensorFlow, work: StepWork): ForwardRunner {
  const { batch, size } = work;
  const weights = new Map(
    [...work.weights].map(([name, values]) =>
      [name, tf.tensor(values, extentsOf(work, name, values.length))] as const
    ),
  );
  const images = tf.tensor(noiseImages(work), [batch, size.height, size.width, 3]);
  const embed = () => tf.tidy(() => embeddings(tf, work, weights, images));
  return {
    async run(times) {
      for (let i = 1; i < times; i++) embed().dispose();
      const output = embed();
      const values = await output.data();
      output.dispose();
      return values;
    },
    [Symbol.dispose]() {
      for (const tensor of [...weights.values(), images]) tensor.dispose();
    },
  };
}

/** The training step. */
export function stepRunner(tf: TensorFlow, work: StepWork): StepRunner {
  const { batch, size, classes } = work;
  const variables = new Map([...work.weights].map(([name, values]) => {
    const shape = extentsOf(work, name, values.length);
    return [name, tf.tidy(() => tf.variable(tf.tensor(values, shape), true, name))];
  }));
  const images = tf.tensor(noiseImages(work), [batch, size.height, size.width, 3]);
  const oneHot = tf.tidy(() =>
    tf.cast(tf.oneHot(tf.tensor1d(new Int32Array(someLabels(work)), "int32"), classes), "float32")
  );
  const optimiser = tf.train.momentum(RECIPE.learningRate, RECIPE.momentum);
  const lossOf = () => marginLoss(tf, embeddings(tf, work, variables, images), variables, oneHot);
  return {
    async run(times) {
      for (let i = 1; i < times; i++) optimiser.minimize(lossOf, true).dispose();
      const loss = optimiser.minimize(lossOf, true);
      const [value] = await loss.data();
      loss.dispose();
      return value!;
    },
    [Symbol.dispose]() {
      for (const tensor of [...variables.values(), images, oneHot]) tensor.dispose();
      optimiser.dispose();
    },
  };
}

function embeddings(
  tf: TensorFlow,
  { net, size }: StepWork,
  variables: ReadonlyMap<string, TfTensor>,
  images: TfTensor,
): TfTensor {
  const x = runTrunk(layersOf(net, size), images, (x, { name, shape, bias }, residual) => {
    const weight = variables.get(`${name}.weight`)!;
    const product = tf.conv2d(x, weight, shape.stride, shape.padding, "NHWC", 1, "floor");
    const a = bias ? tf.add(product, variables.get(`${name}.bias`)!) : product;
    const y = tf.prelu(a, variables.get(`${name}.slope`)!);
    return residual === undefined ? y : tf.add(y, residual);
  });
  const flat = tf.reshape(x, [x.shape[0]!, -1]);
  return tf.add(tf.matMul(flat, variables.get("fc1.weight")!), variables.get("fc1.bias")!);
}

/** A-Softmax with m = 4: the target's logit is (λ ‖x‖ cos θ + ‖x‖ ψ(θ)) / (1 + λ). */
function marginLoss(
  tf: TensorFlow,
  x: TfTensor,
  variables: ReadonlyMap<string, TfTensor>,
  oneHot: TfTensor,
): TfTensor {
  const { lambda } = RECIPE;
  const weight = variables.get("head.weight")!;
  const unit = tf.div(weight, tf.sqrt(tf.sum(tf.square(weight), 1, true)));
  const products = tf.matMul(x, unit, false, true); // [batch, classes]
  const target = tf.sum(tf.mul(oneHot, products), 1, true); // [batch, 1]
  const norm = tf.sqrt(tf.sum(tf.square(x), 1, true));
  const psi = psiOf(tf, tf.div(target, norm));
  const blended = tf.div(tf.add(tf.mul(target, lambda), tf.mul(norm, psi)), 1 + lambda);
  const logits = tf.add(products, tf.mul(oneHot, tf.sub(blended, target)));
  return tf.neg(tf.mean(tf.sum(tf.mul(oneHot, tf.logSoftmax(logits, 1)), 1)));
}

/** ψ(c) = (−1)^k (8c⁴ − 8c² + 1) − 2k, where k counts the quarters of the half circle left behind. */
function psiOf(tf: TensorFlow, cosine: TfTensor): TfTensor {
  // Comparisons have no gradient in TensorFlow.js; k is constant between its jumps.
  return tf.customGrad((c, save) => {
    const reached = (bound: number) => tf.cast(tf.greaterEqual(c, bound), "float32");
    const within = tf.add(tf.add(reached(Math.SQRT1_2), reached(0)), reached(-Math.SQRT1_2));
    const k = tf.add(tf.neg(within), 3);
    const sign = tf.add(tf.mul(tf.mod(k, 2), -2), 1);
    const square = tf.square(c);
    const cosine4 = tf.add(tf.mul(tf.sub(tf.square(square), square), 8), 1);
    save([c, sign]);
    return {
      value: tf.sub(tf.mul(sign, cosine4), tf.mul(k, 2)),
      gradFunc(dy, [c, sign]) {
        const slope = tf.mul(tf.mul(tf.sub(tf.mul(tf.square(c!), 2), 1), c!), 16);
        return tf.mul(dy, tf.mul(sign!, slope));
      },
    };
  })(cosine);
}
