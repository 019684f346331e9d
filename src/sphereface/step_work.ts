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
  "net" | "size" | "head" | "margin" | "gradient" | "batch" | "recompute" | "precision"
>;

/**
 * The work of a training step of so many identities, the one that takes most of the time first. The step is run
 * dry: nothing is computed.
 */
export function trainingWork(gpu: Gpu, settings: WorkSettings, classes: number): Work[] {
  const { net: name, size, recompute } = settings;
  const dry = new DryGpu(gpu);
  const net = new SphereNet(name, size);
  const head = makeHead(settings, { classes, features: EMBEDDING });
  using parameters = new Parameters(dry, [...net.specs, ...head.specs]);
  scope(() => {
    const images = imagesOf(dry, settings);
    const labels = labelTensor(dry, new Uint32Array(settings.batch), classes);
    const x = net.forward(parameters, images, { recompute });
    head.loss(parameters, { x, labels, lambda: 0 }).backward();
  });
  return byCost(choicesOf(dry).asked);
}

/** The work of a forward pass without gradients, as `embed` runs it, the most expensive first. */
export function forwardWork(
  gpu: Gpu,
  settings: Pick<WorkSettings, "net" | "size" | "batch" | "precision">,
): Work[] {
  const dry = new DryGpu(gpu);
  const net = new SphereNet(settings.net, settings.size);
  using parameters = new Parameters(dry, net.specs, false);
  noGrad(() => scope(() => void net.forward(parameters, imagesOf(dry, settings))));
  return byCost(choicesOf(dry).asked);
}

function imagesOf(
  dry: DryGpu,
  { batch, size: { height, width }, precision }: Pick<WorkSettings, "batch" | "size" | "precision">,
): Tensor {
  return Tensor.empty(dry, [batch, height, width, 4], "dry images", false, precision);
}

function byCost(asked: readonly AskedWork[]): Work[] {
  const cost = ({ work, times }: AskedWork) => gflopOf(work) * times;
  return asked.toSorted((a, b) => cost(b) - cost(a)).map(({ work }) => work);
}
