/** The work of training steps and forward passes that has variants, for a tuner. */

import { scope } from "../autograd/scope.ts";
import { noGrad } from "../autograd/tape.ts";
import { Tensor } from "../autograd/tensor.ts";
import { DryGpu } from "../gpu/dry_gpu.ts";
import type { ElementType } from "../gpu/element_type.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { RehearsalGpu, type RehearsedDispatch } from "../gpu/rehearsal.ts";
import { type AskedWork, choicesOf, type Work } from "../kernels/choices.ts";
import { gflopOf } from "../kernels/tuner_candidates.ts";
import { Parameters } from "../nn/parameters.ts";
import { normaliseImages, uploadImages } from "../ops/image_tensor.ts";
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
 * The work of a training step of so many identities, the one that takes most of the time first: what
 * {@linkcode tune} is given. The step is run dry: nothing is computed.
 *
 * @example
 * ```ts
 * import { Gpu, trainingWork } from "@spheregrad/spheregrad";
 *
 * using gpu = await Gpu.request();
 * const work = trainingWork(gpu, {
 *   net: "20",
 *   size: { height: 112, width: 96 },
 *   head: "asoftmax",
 *   margin: 4,
 *   gradient: "exact",
 *   batch: 128,
 *   recompute: false,
 *   precision: "f32",
 * }, 10_572);
 * console.log(work.length, work[0]);
 * ```
 */
export function trainingWork(gpu: Gpu, settings: WorkSettings, classes: number): Work[] {
  const dry = new DryGpu(gpu);
  differentiate(dry, settings, classes);
  return byCost(choicesOf(dry).asked);
}

/**
 * The kernels of a training step of so many identities in the order in which {@linkcode compileAhead} best takes
 * them, the last ones first: a run comes to them from the other side. The update's are left out, which compile in
 * no time. The step is run dry.
 */
export function trainingKernels(
  gpu: Gpu,
  settings: WorkSettings,
  classes: number,
): readonly RehearsedDispatch[] {
  const rehearsal = new RehearsalGpu(gpu);
  differentiate(rehearsal, settings, classes);
  return rehearsal.dispatches.toReversed();
}

/** Gives a GPU that does nothing a training step. */
function differentiate(dry: DryGpu, settings: WorkSettings, classes: number): void {
  const { net: name, size, recompute, batch, precision } = settings;
  const net = new SphereNet(name, size);
  const head = makeHead(settings, { classes, features: EMBEDDING });
  using parameters = new Parameters(dry, [...net.specs, ...head.specs]);
  scope(() => {
    parameters.zeroGrad();
    const pixels = new Uint8Array(batch * size.height * size.width * 3);
    const images = normaliseImages(uploadImages(dry, { ...size, pixels }), precision);
    const labels = labelTensor(dry, new Uint32Array(batch), classes);
    const report = Tensor.empty(dry, [4], "dry report");
    const x = net.forward(parameters, images, { recompute });
    head.loss(parameters, { x, labels, lambda: 0, report }).backward();
  });
}

/** The settings that decide on the work of a forward pass. */
export interface ForwardSettings extends Pick<WorkSettings, "net" | "size" | "batch"> {
  /** How feature maps are stored; f32 if left out. */
  readonly precision?: ElementType;
}

/** The work of a forward pass without gradients, as `embed` runs it, the most expensive first; run dry. */
export function forwardWork(
  gpu: Gpu,
  settings: ForwardSettings,
): Work[] {
  const dry = new DryGpu(gpu);
  const net = new SphereNet(settings.net, settings.size);
  using parameters = new Parameters(dry, net.specs, false);
  noGrad(() => scope(() => void net.forward(parameters, imagesOf(dry, settings))));
  return byCost(choicesOf(dry).asked);
}

function imagesOf(
  dry: DryGpu,
  { batch, size: { height, width }, precision }: ForwardSettings,
): Tensor {
  return Tensor.empty(dry, [batch, height, width, 4], "dry images", false, precision);
}

function byCost(asked: readonly AskedWork[]): Work[] {
  const cost = ({ work, times }: AskedWork) => gflopOf(work) * times;
  return asked.toSorted((a, b) => cost(b) - cost(a)).map(({ work }) => work);
}
