import type { MtcnnPlan } from "../../src/faces/mtcnn/net.ts";
import type { NamedValues } from "../../src/nn/parameters.ts";
import { type Array64, array64, reshape } from "./array64.ts";
import { conv2d } from "./conv2d.ts";
import { linear } from "./linear.ts";
import { maxPool } from "./max_pool.ts";
import { prelu } from "./prelu.ts";
import { softmax } from "./softmax.ts";

/** What a net of MTCNN says of upright images `[N, H, W, 3]`. */
export interface MtcnnAnswer {
  readonly probability: Array64;
  readonly regression: Array64;
  readonly landmarks: Array64;
}

export function mtcnnNet(plan: MtcnnPlan, weights: NamedValues, images: Array64): MtcnnAnswer {
  const value = (name: string, shape: readonly number[]) =>
    array64(shape, weights.get(`${plan.name}.${name}`)!);
  let x = images;
  plan.convs.forEach(({ kernel, channels, pool }, index) => {
    const name = `conv${index + 1}`;
    const weight = value(`${name}.weight`, [kernel, kernel, x.shape[3]!, channels]);
    x = conv2d(x, weight, value(`${name}.bias`, [channels]), { stride: 1, padding: 0 });
    x = prelu(x, value(`${name}.slope`, [channels]));
    if (pool !== undefined) x = maxPool(x, pool);
  });
  const leading = plan.dense === undefined ? x.shape.slice(0, 3) : [x.shape[0]!];
  const rows = leading.reduce((a, b) => a * b, 1);
  x = reshape(x, [rows, x.data.length / rows]);
  if (plan.dense !== undefined) {
    const { outputs } = plan.dense;
    const bias = value("dense.bias", [outputs]);
    x = linear(x, value("dense.weight", [x.shape[1]!, outputs]), bias);
    x = prelu(x, value("dense.slope", [outputs]));
  }
  const bias = value("heads.bias", [plan.outputs]);
  const y = linear(x, value("heads.weight", [x.shape[1]!, plan.outputs]), bias);
  const take = (first: number, count: number) =>
    y.data.filter((_, i) => i % plan.outputs >= first && i % plan.outputs < first + count);
  const pairs = softmax(array64([rows, 2], take(0, 2)));
  return {
    probability: array64(leading, pairs.data.filter((_, i) => i % 2 === 1)),
    regression: array64([...leading, 4], take(2, 4)),
    landmarks: array64([...leading, plan.outputs - 6], take(6, plan.outputs - 6)),
  };
}
