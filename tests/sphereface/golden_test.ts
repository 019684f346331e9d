/** Whole nets and whole training steps on the GPU against golden values from PyTorch. */
import { assert, assertAlmostEquals } from "@std/assert";
import { scope } from "../../src/autograd/scope.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { ASoftmax } from "../../src/heads/asoftmax.ts";
import { lambdaAt, RELEASED_ANNEALING } from "../../src/heads/annealing.ts";
import { Parameters } from "../../src/nn/parameters.ts";
import { labelTensor } from "../../src/ops/labels.ts";
import { padLast } from "../../src/ops/resize.ts";
import { Sgd } from "../../src/optim/sgd.ts";
import { SphereNet } from "../../src/sphereface/spherenet.ts";
import {
  GOLDEN_CLASSES,
  GOLDEN_EMBEDDING,
  GOLDEN_HEIGHT,
  GOLDEN_WIDTH,
  goldenBatch,
  goldenGradientError,
  type GoldenNet,
  goldenParameters,
  goldenRun,
  type GoldenTensor,
  goldenTraining,
} from "../golden/values.ts";
import { relativeError } from "../reference/error.ts";

const SIZE = { height: GOLDEN_HEIGHT, width: GOLDEN_WIDTH };
const EXTENTS = { classes: GOLDEN_CLASSES, features: GOLDEN_EMBEDDING };

function model(gpu: Gpu, golden: GoldenNet, margin: number) {
  const net = new SphereNet(golden === "spherenet4" ? "4" : "10", SIZE);
  const head = new ASoftmax(EXTENTS, { margin });
  const parameters = new Parameters(gpu, [...net.specs, ...head.specs]);
  const values = [...goldenParameters(golden)].map(([name, { data }]) =>
    [name, new Float32Array(data)] as const
  );
  parameters.load(new Map(values));
  return { net, head, parameters };
}

function images(gpu: Gpu, x: GoldenTensor): Tensor {
  return padLast(Tensor.from(gpu, x.data, x.shape));
}

for (const golden of ["spherenet4", "spherenet10"] as const) {
  Deno.test(`SphereNet gives PyTorch's embeddings, loss and gradients: ${golden}`, async () => {
    using gpu = await Gpu.request();
    const run = goldenRun(golden);
    const { net, head, parameters } = model(gpu, golden, run.margin);
    const { x, labels } = goldenBatch(0, run.batch);
    parameters.zeroGrad();
    const { embeddings, loss } = scope(() => {
      const embeddings = net.forward(parameters, images(gpu, x));
      const loss = head.loss(parameters, {
        x: embeddings,
        labels: labelTensor(gpu, new Uint32Array(labels), GOLDEN_CLASSES),
        lambda: run.lambda,
      });
      loss.backward();
      return { embeddings, loss };
    });
    assertAlmostEquals((await loss.data())[0]!, run.loss, 1e-5 * run.loss);
    const error = relativeError(await embeddings.data(), run.embeddings.data);
    assert(error < 1e-5, `embeddings differ by ${error}`);
    for (const [name, values] of await parameters.gradients()) {
      const error = goldenGradientError(values, run.gradients.get(name)!);
      assert(error < 1e-4, `the gradient of ${name} differs by ${error}`);
    }
  });
}

for (const name of ["pytorch", "caffe", "modified"] as const) {
  Deno.test(`training takes PyTorch's path for ten steps: ${name}`, async () => {
    using gpu = await Gpu.request();
    const training = goldenTraining(name);
    const { net, head, parameters } = model(gpu, "spherenet4", training.margin);
    const { momentum, weightDecay, rule } = training;
    const optimiser = new Sgd(gpu, parameters, { momentum, weightDecay, rule });
    for (const [index, expected] of training.losses.entries()) {
      const step = index + 1;
      const { x, labels } = goldenBatch(step, training.batch);
      parameters.zeroGrad();
      const loss = scope(() => {
        const loss = head.loss(parameters, {
          x: net.forward(parameters, images(gpu, x)),
          labels: labelTensor(gpu, new Uint32Array(labels), GOLDEN_CLASSES),
          lambda: lambdaAt(RELEASED_ANNEALING, step),
        });
        loss.backward();
        return loss;
      });
      const dropped = training.dropAfter !== null && step > training.dropAfter;
      optimiser.step(training.learningRate * (dropped ? training.dropFactor : 1));
      // Far tighter than needed to show that it learns: a forgotten decay already costs 9e-5.
      assertAlmostEquals((await loss.data())[0]!, expected, 2e-5 * expected, `step ${step}`);
    }
  });
}
