/** The work of training steps and forward passes that has variants, for a tuner. */

import { scope } from "../autograd/scope.ts";
import { noGrad } from "../autograd/tape.ts";
import { Tensor } from "../autograd/tensor.ts";
import { DryGpu } from "../gpu/dry_gpu.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { type AskedWork, choicesOf, type Work } from "../kernels/choices.ts";
import { gflopOf } from "../kernels/tuner_candidates.ts";
import { Parameters } from "../nn/parameters.ts";
import { labelTensor } from "../ops/labels.ts";
import { makeHead, type TrainingConfiguration } from "./configuration.ts";
import { SphereNet } from "./spherenet.ts";
import { EMBEDDING } from "./table2.ts";

/** The settings of a run that decide on its work. */
export type WorkSettings = Pick<
  TrainingConfiguration,
  "net" | "size" | "head" | "margin" | "gradient" | "batch" | "recompute"
>;

/**
 * The work of a training step of so many identities, the one that takes most of the time first. The step is run
 * dry: nothing is computed.
 */
export function trainingWork(gpu: Gpu, settings: WorkSettings, classes: number): Work[] {
  const { net: name, size, batch, recompute } = settings;
  const dry = new DryGpu(gpu);
  const net = new SphereNet(name, size);
  const head = makeHead(settings, { classes, features: EMBEDDING });
  using parameters = new Parameters(dry, [...net.specs, ...head.specs]);
  scope(() => {
    const images = Tensor.empty(dry, [batch, size.height, size.width, 4], "dry images");
    const labels = labelTensor(dry, new Uint32Array(batch), classes);
    const x = net.forward(parameters, images, { recompute });
    head.loss(parameters, { x, labels, lambda: 0 }).backward();
  });
  return byCost(choicesOf(dry).asked);
}

/** The work of a forward pass without gradients, as `embed` runs it, the most expensive first. */
export function forwardWork(
  gpu: Gpu,
  { net: name, size, batch }: Pick<WorkSettings, "net" | "size" | "batch">,
): Work[] {
  const dry = new DryGpu(gpu);
  const net = new SphereNet(name, size);
  using parameters = new Parameters(dry, net.specs, false);
  noGrad(() =>
    scope(() => {
      const images = Tensor.empty(dry, [batch, size.height, size.width, 4], "dry images");
      net.forward(parameters, images);
    })
  );
  return byCost(choicesOf(dry).asked);
}

function byCost(asked: readonly AskedWork[]): Work[] {
  const cost = ({ work, times }: AskedWork) => gflopOf(work) * times;
  return asked.toSorted((a, b) => cost(b) - cost(a)).map(({ work }) => work);
}
