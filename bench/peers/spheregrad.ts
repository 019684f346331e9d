/** spheregrad as a contender. */

import { capture } from "../../src/autograd/capture.ts";
import { scope } from "../../src/autograd/scope.ts";
import { noGrad } from "../../src/autograd/tape.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import type { Slice } from "../../src/gpu/buffers.ts";
import type { Gpu } from "../../src/gpu/gpu.ts";
import {
  convInputGradient,
  convOutput,
  convOutputSize,
  type ConvShape,
  convWeightGradient,
} from "../../src/kernels/conv.ts";
import { cropTo, padTo } from "../../src/nn/padding.ts";
import { Parameters } from "../../src/nn/parameters.ts";
import { matmul } from "../../src/ops/matmul.ts";
import { padLast } from "../../src/ops/resize.ts";
import { padded } from "../../src/ops/shapes.ts";
import { SphereNet } from "../../src/sphereface/spherenet.ts";
import { noiseImages, SphereNetStep } from "../spherenet_step.ts";
import { MtcnnDetector } from "../../src/faces/mtcnn/detector.ts";
import { MtcnnNets } from "../../src/faces/mtcnn/nets.ts";
import type {
  Contender,
  ConvPass,
  ConvRunner,
  ConvWork,
  DetectRunner,
  DetectWork,
  ForwardRunner,
  MatmulRunner,
  MatmulWork,
  StepRunner,
  StepWork,
} from "./contender.ts";

/** This engine, as its users call it. */
export function spheregrad(gpu: Gpu, version: string): Contender {
  return {
    name: "spheregrad",
    version,
    kind: "own",
    matmul: (work) => matmulRunner(gpu, work),
    conv: (work) => convRunner(gpu, work),
    forward: (work) => forwardRunner(gpu, work),
    trainingStep: (work) => stepRunner(gpu, work),
    detect: (work) => detectRunner(gpu, work),
    [Symbol.dispose]() {},
  };
}

function matmulRunner(gpu: Gpu, { size, a, b }: MatmulWork): MatmulRunner {
  const left = Tensor.from(gpu, a, [size, size]);
  const right = Tensor.from(gpu, b, [size, size]);
  return {
    async product() {
      using product = matmul(left, right);
      return await product.data();
    },
    async run(times) {
      for (let i = 0; i < times; i++) matmul(left, right)[Symbol.dispose]();
      await gpu.finish();
    },
    [Symbol.dispose]() {
      left[Symbol.dispose]();
      right[Symbol.dispose]();
    },
  };
}

function convRunner(gpu: Gpu, work: ConvWork): ConvRunner {
  const { batch, inHeight, inWidth, inChannels, outChannels, kernelHeight, kernelWidth } =
    work.shape;
  const shape: ConvShape = { ...work.shape, inChannels: padded(inChannels) };
  const { height, width } = convOutputSize(shape);
  const imagesAs = (channels: number) => [batch, inHeight, inWidth, channels];
  const weightsAs = (channels: number) => [kernelHeight, kernelWidth, channels, outChannels];
  const upload = (values: Float32Array<ArrayBuffer>): Slice => {
    const slice = gpu.acquire(values.byteLength);
    gpu.upload(slice, values);
    return slice;
  };
  const x = upload(padTo(work.x, imagesAs(inChannels), imagesAs(shape.inChannels)));
  const w = upload(padTo(work.w, weightsAs(inChannels), weightsAs(shape.inChannels)));
  const dy = upload(work.dy);
  const [y, dx, dw] = [
    gpu.acquire(4 * batch * height * width * outChannels),
    gpu.acquire(x.size),
    gpu.acquire(w.size),
  ];
  const results = { "output": y, "input gradient": dx, "weight gradient": dw };
  const passes = {
    "output": () => convOutput(gpu, x, w, y, shape),
    "input gradient": () => convInputGradient(gpu, dy, w, dx, shape),
    "weight gradient": () => convWeightGradient(gpu, x, dy, dw, shape, false),
  };
  const extents: Record<ConvPass, ((channels: number) => number[]) | null> = {
    "output": null,
    "input gradient": imagesAs,
    "weight gradient": weightsAs,
  };
  return {
    async result(pass) {
      passes[pass]();
      const values = new Float32Array(await gpu.read(results[pass]));
      const as = extents[pass];
      return as === null ? values : cropTo(values, as(shape.inChannels), as(inChannels));
    },
    async run(pass, times) {
      for (let i = 0; i < times; i++) passes[pass]();
      await gpu.finish();
    },
    [Symbol.dispose]() {
      for (const slice of [x, w, dy, y, dx, dw]) gpu.release(slice);
    },
  };
}

function forwardRunner(gpu: Gpu, work: StepWork): ForwardRunner {
  const { batch, size } = work;
  const net = new SphereNet(work.net, size);
  const parameters = new Parameters(gpu, net.specs, false);
  parameters.load(new Map(net.specs.map(({ name }) => [name, work.weights.get(name)!])));
  const shape = [batch, size.height, size.width, 3];
  using rgb = Tensor.from(gpu, noiseImages(work), shape);
  const images = padLast(rgb);
  const embed = () => noGrad(() => scope(() => net.forward(parameters, images)));
  return {
    async run(times) {
      for (let i = 1; i < times; i++) embed()[Symbol.dispose]();
      using embeddings = embed();
      return await embeddings.data();
    },
    [Symbol.dispose]() {
      parameters[Symbol.dispose]();
      images[Symbol.dispose]();
    },
  };
}

/** The step as `deno task train` takes it: captured once, then replayed. */
function stepRunner(gpu: Gpu, { weights, ...extents }: StepWork): StepRunner {
  const step = new SphereNetStep(gpu, extents, { weights });
  const captured = capture(gpu, () => step.run());
  return {
    async run(times) {
      for (let i = 1; i < times; i++) captured.replay();
      return (await captured.replay().data())[0]!;
    },
    [Symbol.dispose]() {
      captured[Symbol.dispose]();
      step[Symbol.dispose]();
    },
  };
}

function detectRunner(gpu: Gpu, { photo, minSize, weights, samples }: DetectWork): DetectRunner {
  const detector = MtcnnDetector.create(gpu, weights, { minSize });
  return {
    async answers() {
      using nets = MtcnnNets.fromWeights(gpu, weights);
      const answers = samples.map(({ shape, values }, index) => {
        using images = Tensor.from(gpu, values, shape);
        if (index === 0) return nets.proposal(images);
        return index === 1 ? nets.refine(images) : nets.output(images);
      });
      const all: number[] = [];
      for (const answer of answers) {
        for (const tensor of Object.values(answer) as Tensor[]) {
          all.push(...await tensor.data());
          tensor[Symbol.dispose]();
        }
      }
      return Float32Array.from(all);
    },
    async run(times) {
      for (let i = 0; i < times; i++) await detector.detect(photo);
    },
    [Symbol.dispose]: () => detector[Symbol.dispose](),
  };
}
