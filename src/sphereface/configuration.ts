/**
 * Everything that determines a training run. Equal configurations on one adapter give equal losses, unless its
 * kernels were tuned in between (see `kernels/choices.ts`).
 */

import type { ImageSize } from "../data/dataset.ts";
import type { ElementType } from "../gpu/element_type.ts";
import type { Annealing } from "../heads/annealing.ts";
import { ASoftmax } from "../heads/asoftmax.ts";
import type { GradientStyle, Head, HeadExtents } from "../heads/head.ts";
import { ModifiedSoftmax } from "../heads/modified_softmax.ts";
import { Softmax } from "../heads/softmax.ts";
import type { StepSchedule } from "../optim/schedule.ts";
import type { UpdateRule } from "../optim/sgd.ts";
import { isNetName, type NetName, NETS } from "./table2.ts";

/** Names of the heads. */
export const HEADS = ["softmax", "modified", "asoftmax"] as const;

/** The name of a head. */
export type HeadName = (typeof HEADS)[number];

/** All settings of a training run. */
export interface TrainingConfiguration {
  /** What it trains on: a set of images or `synthetic`. */
  readonly data: string;
  /** Where the paths of a list file begin; its own folder if left out. */
  readonly root?: string;
  /** Which net. */
  readonly net: NetName;
  /** Size of the images. */
  readonly size: ImageSize;
  /** Which head. */
  readonly head: HeadName;
  /** m of A-Softmax. */
  readonly margin: number;
  /** Style of the margin's gradient. */
  readonly gradient: GradientStyle;
  /** Fall of λ. */
  readonly annealing: Annealing;
  /** Images in a batch: those that the GPU holds at once. */
  readonly batch: number;
  /** Batches in a step, which is as if they were one. */
  readonly accumulate: number;
  /** Whether the backward pass computes activations again; changes the memory and the time, not the values. */
  readonly recompute: boolean;
  /**
   * How feature maps and their gradients are stored. With f16 the loss is scaled; weights, sums, norms, head and
   * loss are f32 all the same.
   */
  readonly precision: ElementType;
  /** Iterations in all. */
  readonly iterations: number;
  /** Learning rates. */
  readonly schedule: StepSchedule;
  /** Momentum of SGD. */
  readonly momentum: number;
  /** Weight decay. */
  readonly weightDecay: number;
  /** Caffe's or PyTorch's form of the update. */
  readonly update: UpdateRule;
  /** Whether images are mirrored at random. */
  readonly flip: boolean;
  /**
   * Rows and columns by which images are read larger than `size`: training takes a part drawn at random, all
   * else the middle. 0 if left out.
   */
  readonly jitter?: number;
  /** Seed of initial weights, batches and held-out identities. */
  readonly seed: number;
  /** Identities kept out of training. */
  readonly holdout: number;
  /** Identities with fewer images are left out. */
  readonly minImages: number;
  /** Lists of identities that are left out, by their names or files; absent for none. */
  readonly exclude?: readonly string[];
  /** Identities of the synthetic set, held-out ones included; 0 for a folder. */
  readonly syntheticIdentities: number;
  /** Images of each synthetic identity; 0 for a folder. */
  readonly syntheticImages: number;
}

/** Images that a step trains on. */
export function stepImages(
  { batch, accumulate }: Pick<TrainingConfiguration, "batch" | "accumulate">,
): number {
  return batch * accumulate;
}

/** A configuration from a file's metadata; files from before some settings have their defaults. */
export function parseConfiguration(json: string): TrainingConfiguration {
  const configuration = JSON.parse(json) as TrainingConfiguration;
  const { accumulate = 1, recompute = false, precision = "f32" } = configuration;
  return { ...configuration, accumulate, recompute, precision }; // in the file's order, for it is written again
}

/** Makes the head that a configuration names. */
export function makeHead(
  { head, margin, gradient }: Pick<TrainingConfiguration, "head" | "margin" | "gradient">,
  extents: HeadExtents,
): Head {
  switch (head) {
    case "softmax":
      return new Softmax(extents);
    case "modified":
      return new ModifiedSoftmax(extents, gradient);
    case "asoftmax":
      return new ASoftmax(extents, { margin, gradient });
  }
}

/** `112x96` as an image size; an error that names the text otherwise. */
export function parseSize(text: string): ImageSize {
  const match = /^(\d+)[x×](\d+)$/.exec(text);
  const [height, width] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || height < 16 || width < 16 || height > 1024 || width > 1024) {
    throw new RangeError(
      `The size "${text}" must be HEIGHTxWIDTH in pixels, from 16x16 to 1024x1024, such as 112x96.`,
    );
  }
  return { height, width };
}

/** `112x96`. */
export function formatSize({ height, width }: ImageSize): string {
  return `${height}x${width}`;
}

/** The name of a net, or an error that lists them. */
export function parseNet(name: string): NetName {
  if (!isNetName(name)) {
    throw new RangeError(`There is no net "${name}"; choose one of ${NETS.join(", ")}.`);
  }
  return name;
}
