/** TensorFlow.js on its WebGPU backend as a contender: the same net, head and optimiser of its own operations. */

import { layersOf, runTrunk } from "../layers.ts";
import { noiseImages, RECIPE, someLabels } from "../spherenet_step.ts";
import type { Contender, MatmulRunner, MatmulWork, StepRunner, StepWork } from "./contender.ts";
import type { TensorFlow, TfTensor } from "./tensorflow_api.ts";

/** TensorFlow.js. */
export function tensorflow(tf: TensorFlow): Contender {
  return {
    name: "TensorFlow.js WebGPU",
    version: tf.version.tfjs ?? "unknown",
    matmul: (work) => matmulRunner(tf, work),
    trainingStep: (work) => stepRunner(tf, work),
  };
}

function matmulRunner(tf: TensorFlow, { size, a, b }: MatmulWork): MatmulRunner {
  const left = tf.tensor(a, [size, size]);
  const right = tf.tensor(b, [size, size]);
  const read = async (tensor: TfTensor) => {
    const values = await tensor.data();
    tensor.dispose();
    return values;
  };
  return {
    product: () => read(tf.matMul(left, right)),
    async run(times) {
      await read(tf.tidy(() => {
        let last = tf.matMul(left, right);
        for (let i = 1; i < times; i++) last = tf.matMul(left, right);
        return tf.sum(last);
      }));
    },
    [Symbol.dispose]() {
      left.dispose();
      right.dispose();
    },
  };
}

function stepRunner(tf: TensorFlow, work: StepWork): StepRunner {
  const { batch, size, classes } = work;
  const variables = new Map([...work.weights].map(([name, values]) => {
    const shape = shapeOf(work, name);
    return [name, tf.tidy(() => tf.variable(tf.tensor(values, shape), true, name))];
  }));
  const images = tf.tensor(noiseImages(work), [batch, size.height, size.width, 3]);
  const oneHot = tf.tidy(() =>
    tf.cast(tf.oneHot(tf.tensor1d(new Int32Array(someLabels(work)), "int32"), classes), "float32")
  );
  const optimiser = tf.train.momentum(RECIPE.learningRate, RECIPE.momentum);
  const lossOf = () => marginLoss(tf, embeddings(tf, work, variables, images), variables, oneHot);
  return {
    async run() {
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

/** Extents of a parameter. */
function shapeOf({ net, size, classes, weights }: StepWork, name: string): readonly number[] {
  const layer = layersOf(net, size).find((layer) => name === `${layer.name}.weight`);
  if (layer !== undefined) return [3, 3, layer.shape.inChannels, layer.shape.outChannels];
  const count = weights.get(name)!.length;
  if (name === "fc1.weight") return [count / 512, 512];
  if (name === "head.weight") return [classes, count / classes];
  return [count];
}
