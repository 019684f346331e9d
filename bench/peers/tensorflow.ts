/** TensorFlow.js on its WebGPU backend as a contender. */

import { convOutputSize } from "../../src/kernels/conv.ts";
import type {
  Contender,
  ConvPass,
  ConvRunner,
  ConvWork,
  MatmulRunner,
  MatmulWork,
} from "./contender.ts";
import { loadTensorFlow, type TensorFlow, type TfTensor } from "./tensorflow_api.ts";
import { detectRunner } from "./tensorflow_detect.ts";
import { forwardRunner, stepRunner } from "./tensorflow_net.ts";

/** Loads TensorFlow.js. */
export async function tensorflow(): Promise<Contender> {
  const tf = await loadTensorFlow();
  return {
    name: "TensorFlow.js WebGPU",
    version: tf.version.tfjs ?? "unknown",
    kind: "javascript",
    matmul: (work) => matmulRunner(tf, work),
    conv: (work) => convRunner(tf, work),
    forward: (work) => forwardRunner(tf, work),
    trainingStep: (work) => stepRunner(tf, work),
    detect: (work) => detectRunner(tf, work),
    [Symbol.dispose]() {},
  };
}

/** Waits for all results in the order of their making, by reading one number of the last. */
async function wait(tf: TensorFlow, last: TfTensor): Promise<void> {
  const one = tf.slice(last, last.shape.map(() => 0), last.shape.map(() => 1));
  last.dispose();
  await one.data();
  one.dispose();
}

async function read(tensor: TfTensor): Promise<Float32Array> {
  const values = await tensor.data();
  tensor.dispose();
  return values;
}

function matmulRunner(tf: TensorFlow, { size, a, b }: MatmulWork): MatmulRunner {
  const left = tf.tensor(a, [size, size]);
  const right = tf.tensor(b, [size, size]);
  return {
    product: () => read(tf.matMul(left, right)),
    async run(times) {
      for (let i = 1; i < times; i++) tf.matMul(left, right).dispose();
      await wait(tf, tf.matMul(left, right));
    },
    [Symbol.dispose]() {
      left.dispose();
      right.dispose();
    },
  };
}

/** The passes by the kernels that `conv2d` and its gradient call, so that a gradient pays for no output. */
function convRunner(tf: TensorFlow, work: ConvWork): ConvRunner {
  const { batch, inHeight, inWidth, inChannels, outChannels, kernelHeight, kernelWidth } =
    work.shape;
  const { stride, padding } = work.shape;
  const { height, width } = convOutputSize(work.shape);
  const inputShape = [batch, inHeight, inWidth, inChannels];
  const filterShape = [kernelHeight, kernelWidth, inChannels, outChannels];
  const x = tf.tensor(work.x, inputShape);
  const filter = tf.tensor(work.w, filterShape);
  const dy = tf.tensor(work.dy, [batch, height, width, outChannels]);
  const shared = { strides: stride, pad: padding, dataFormat: "NHWC", dimRoundingMode: "floor" };
  const engine = tf.engine();
  const passes: Record<ConvPass, () => TfTensor> = {
    "output": () => tf.conv2d(x, filter, stride, padding, "NHWC", 1, "floor"),
    "input gradient": () =>
      engine.runKernel("Conv2DBackpropInput", { dy, filter }, { ...shared, inputShape }),
    "weight gradient": () =>
      engine.runKernel("Conv2DBackpropFilter", { x, dy }, { ...shared, filterShape }),
  };
  return {
    result: (pass) => read(passes[pass]()),
    async run(pass, times) {
      for (let i = 1; i < times; i++) passes[pass]().dispose();
      await wait(tf, passes[pass]());
    },
    [Symbol.dispose]() {
      for (const tensor of [x, filter, dy]) tensor.dispose();
    },
  };
}
