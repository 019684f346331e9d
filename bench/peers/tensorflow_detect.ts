/**
 * MTCNN of TensorFlow.js's own operations, with the kernels that fuse bias and PReLU: all levels of the pyramid before
 * one read, then the crops of each later net in one batch. What lies between, which is JavaScript, is left out: the
 * boxes are given.
 */

import type { Box } from "../../src/faces/mtcnn/boxes.ts";
import { MTCNN_PLANS, type MtcnnPlan } from "../../src/faces/mtcnn/net.ts";
import { mtcnnSpecs } from "../../src/faces/mtcnn/nets.ts";
import type { DetectRunner, DetectWork } from "./contender.ts";
import type { TensorFlow, TfTensor } from "./tensorflow_api.ts";

type Weights = (name: string) => TfTensor;

/** The detection. */
export function detectRunner(tf: TensorFlow, work: DetectWork): DetectRunner {
  const tensors = new Map(
    mtcnnSpecs().map(({ name, shape }) => [name, tf.tensor(work.weights.get(name)!, shape)]),
  );
  const weights: Weights = (name) => tensors.get(name)!;
  const [proposal, ...others] = MTCNN_PLANS;
  return {
    async answers() {
      const all: number[] = [];
      for (const [index, { shape, values }] of work.samples.entries()) {
        const plan = MTCNN_PLANS[index]!;
        const parts = tf.tidy(() => {
          const images = tf.tensor(values, shape);
          return answersOf(tf, netRows(tf, plan, weights, images), plan.outputs);
        });
        for (const part of parts) all.push(...await read(part));
      }
      return Float32Array.from(all);
    },
    async run(times) {
      for (let i = 0; i < times; i++) {
        await read(tf.tidy(() => proposals(tf, work, proposal, weights)));
        for (const [index, plan] of others.entries()) {
          await read(tf.tidy(() => crops(tf, work, plan, weights, work.boxes[index]!)));
        }
      }
    },
    [Symbol.dispose]() {
      for (const tensor of tensors.values()) tensor.dispose();
    },
  };
}

async function read(tensor: TfTensor): Promise<Float32Array> {
  const values = await tensor.data();
  tensor.dispose();
  return values;
}

function photoTensor(tf: TensorFlow, { photo: { height, width, data } }: DetectWork): TfTensor {
  const bytes = tf.tensor1d(Int32Array.from(data), "int32");
  return tf.reshape(tf.cast(bytes, "float32"), [1, height, width, 3]);
}

const normalised = (tf: TensorFlow, x: TfTensor) => tf.mul(tf.sub(x, 127.5), 1 / 128);

function proposals(
  tf: TensorFlow,
  work: DetectWork,
  plan: MtcnnPlan,
  weights: Weights,
): TfTensor {
  const photo = photoTensor(tf, work);
  const rows = work.levels.map(({ height, width }) => {
    const level = normalised(tf, tf.image.resizeBilinear(photo, [height, width]));
    return tf.concat(answersOf(tf, netRows(tf, plan, weights, level), plan.outputs), 1);
  });
  return tf.concat(rows, 0);
}

function crops(
  tf: TensorFlow,
  work: DetectWork,
  plan: MtcnnPlan,
  weights: Weights,
  boxes: readonly Box[],
): TfTensor {
  const { height, width } = work.photo;
  const corners = boxes.flatMap((
    { x1, y1, x2, y2 },
  ) => [y1 / (height - 1), x1 / (width - 1), y2 / (height - 1), x2 / (width - 1)]);
  const cut = tf.image.cropAndResize(
    photoTensor(tf, work),
    tf.tensor(Float32Array.from(corners), [boxes.length, 4]),
    tf.tensor1d(new Int32Array(boxes.length), "int32"),
    [plan.window, plan.window],
  );
  return tf.concat(answersOf(tf, netRows(tf, plan, weights, normalised(tf, cut)), plan.outputs), 1);
}

/** The net's last layer, a row for each window. */
function netRows(tf: TensorFlow, plan: MtcnnPlan, weights: Weights, images: TfTensor): TfTensor {
  const of = (name: string) => weights(`${plan.name}.${name}`);
  let x = images;
  for (const [index, { pool }] of plan.convs.entries()) {
    const name = `conv${index + 1}`;
    x = tf.fused.conv2d({
      x,
      filter: of(`${name}.weight`),
      strides: 1,
      pad: "valid",
      bias: of(`${name}.bias`),
      activation: "prelu",
      preluActivationWeights: of(`${name}.slope`),
    });
    if (pool === undefined) continue;
    const isExact = [1, 2].every((axis) => (x.shape[axis]! - pool.size) % pool.stride === 0);
    x = tf.maxPool(x, pool.size, pool.stride, isExact ? "valid" : "same");
  }
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const layer = (input: TfTensor, name: string) =>
    tf.add(tf.matMul(input, of(`${name}.weight`)), of(`${name}.bias`));
  if (plan.dense === undefined) {
    return layer(tf.reshape(x, [batch * height * width, channels]), "heads");
  }
  const features = tf.reshape(x, [batch, height * width * channels]);
  return layer(tf.prelu(layer(features, "dense"), of("dense.slope")), "heads");
}

/** Probability of a face, regression, and landmarks where there are some. */
function answersOf(tf: TensorFlow, rows: TfTensor, outputs: number): TfTensor[] {
  const count = rows.shape[0]!;
  const part = (from: number, size: number) => tf.slice(rows, [0, from], [count, size]);
  const probability = tf.slice(tf.softmax(part(0, 2)), [0, 1], [count, 1]);
  return [probability, part(2, 4), ...(outputs > 6 ? [part(6, 10)] : [])];
}
