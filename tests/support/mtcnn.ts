import type { NamedValues } from "../../src/nn/parameters.ts";
import { mtcnnSpecs } from "../../src/faces/mtcnn/nets.ts";
import { MTCNN_PLANS, type MtcnnPlan } from "../../src/faces/mtcnn/net.ts";
import { goldenUniform } from "../golden/values.ts";
import { encodeCaffemodel, type WrittenLayer } from "./caffemodel_writer.ts";

/** The folder of the released weights, beside the project where they are there. */
export const SHARED_WEIGHTS = new URL("../../../shared/weights/mtcnn/", import.meta.url);

/** Whether they are there. */
export const hasSharedWeights: boolean = await Deno.stat(SHARED_WEIGHTS).then(
  () => true,
  () => (console.log("skipped: the shared weights of MTCNN are not here"), false),
);

/** Weights that their names determine, of a size that keeps activations near 1. */
export function randomMtcnnWeights(): NamedValues {
  return new Map(
    mtcnnSpecs().map(({ name, shape }) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const fanIn = name.endsWith(".weight") ? size / shape.at(-1)! : 4;
      const scale = 1.5 / Math.sqrt(fanIn);
      return [name, goldenUniform(name, size).map((value) => Math.fround(value * scale))];
    }),
  );
}

/** Where the layers stand in the authors' files, by the last part of our names. */
const LAYERS = {
  pnet: { dense: "", heads: ["conv4-1", "conv4-2"], slope: "PReLU" },
  rnet: { dense: "conv4", heads: ["conv5-1", "conv5-2"], slope: "prelu" },
  onet: { dense: "conv5", heads: ["conv6-1", "conv6-2", "conv6-3"], slope: "prelu" },
} as const;

/** A net as the authors' file has it: `[out, in, x, y]`, for transposed images. */
export function caffeNet(plan: MtcnnPlan, weights: NamedValues): Uint8Array<ArrayBuffer> {
  const { dense, heads, slope } = LAYERS[plan.name];
  const value = (name: string) => weights.get(`${plan.name}.${name}`)!;
  const written: WrittenLayer[] = [{ name: "data", type: "Data" }];
  const layer = (name: string, type: string, of: string, side: number, extents: number[]) => {
    const [outputs, inputs] = extents as [number, number];
    const weight = value(`${of}.weight`);
    const data: number[] = [];
    for (let o = 0; o < outputs; o++) {
      for (let i = 0; i < inputs; i++) {
        for (let x = 0; x < side; x++) {
          for (let y = 0; y < side; y++) {
            data.push(weight[((y * side + x) * inputs + i) * outputs + o]!);
          }
        }
      }
    }
    const shape = type === "Convolution"
      ? [outputs, inputs, side, side]
      : [outputs, inputs * side * side];
    const bias = { shape: [outputs], data: [...value(`${of}.bias`)] };
    written.push({ name, type, blobs: [{ shape, data }, bias] });
  };
  const prelu = (index: number, of: string) => {
    const data = [...value(`${of}.slope`)];
    written.push({
      name: `${slope}${index}`,
      type: "PReLU",
      blobs: [{ shape: [data.length], data }],
    });
  };
  let inputs = 3;
  plan.convs.forEach(({ kernel, channels }, i) => {
    layer(`conv${i + 1}`, "Convolution", `conv${i + 1}`, kernel, [channels, inputs]);
    prelu(i + 1, `conv${i + 1}`);
    inputs = channels;
  });
  if (plan.dense !== undefined) {
    layer(dense, "InnerProduct", "dense", plan.dense.side, [plan.dense.outputs, inputs]);
    prelu(plan.convs.length + 1, "dense");
    inputs = plan.dense.outputs;
  }
  const [weight, bias] = [value("heads.weight"), value("heads.bias")];
  let from = 0;
  heads.forEach((name, i) => {
    const outputs = [2, 4, 10][i]!;
    const data = Array.from(
      { length: outputs * inputs },
      (_, at) => weight[(at % inputs) * plan.outputs + from + Math.floor(at / inputs)]!,
    );
    const shape = plan.dense === undefined ? [outputs, inputs, 1, 1] : [outputs, inputs];
    const type = plan.dense === undefined ? "Convolution" : "InnerProduct";
    const biases = { shape: [outputs], data: [...bias.subarray(from, from + outputs)] };
    written.push({ name, type, blobs: [{ shape, data }, biases] });
    from += outputs;
  });
  return encodeCaffemodel(written);
}

/** All three nets. */
export function caffeFiles(
  weights: NamedValues,
): { name: string; bytes: Uint8Array<ArrayBuffer> }[] {
  return MTCNN_PLANS.map((plan, index) => ({
    name: `det${index + 1}.caffemodel`,
    bytes: caffeNet(plan, weights),
  }));
}
