/** MTCNN's second and third stage: nets that look at the candidates one by one. */

import { scope } from "../../autograd/scope.ts";
import { noGrad } from "../../autograd/tape.ts";
import type { Tensor } from "../../autograd/tensor.ts";
import type { Gpu } from "../../gpu/gpu.ts";
import type { DetectedFace } from "../face.ts";
import type { GpuPhoto } from "./gpu_photo.ts";
import { type Box, regress, type Regression, square } from "./boxes.ts";
import { cutBoxes } from "./crops.ts";
import { LANDMARK_NUMBERS, landmarksIn, meanShares, mirrorShares } from "./landmarks.ts";
import type { MtcnnNets } from "./nets.ts";
import type { MtcnnSettings } from "./options.ts";
import { nonMaximumSuppression } from "./nms.ts";
import { readTogether } from "./read_together.ts";

/** Side of the crops of the second and the third net. */
const REFINE_SIDE = 24;
const OUTPUT_SIDE = 48;

/** The most crops that go through a net together: they bound its memory. */
const MOST_REFINED = 256;
const MOST_OUTPUT = 64;

/** How much of each other, and of the smaller one at the end, boxes may cover. */
const REFINED_OVERLAP = 0.7;
const FINAL_OVERLAP = 0.7;

/** What the stages have in common. */
export interface StageInput {
  /** The GPU. */
  readonly gpu: Gpu;
  /** The nets. */
  readonly nets: MtcnnNets;
  /** The photo. */
  readonly photo: GpuPhoto;
  /** The options. */
  readonly settings: MtcnnSettings;
}

/** Of candidates those that the second net takes for faces, moved as it says, the best first. */
export async function refine(input: StageInput, boxes: readonly Box[]): Promise<Box[]> {
  const { nets, settings: { thresholds } } = input;
  const answers = await inChunks(
    input,
    boxes,
    { side: REFINE_SIDE, most: MOST_REFINED, widths: [1, 4] },
    (crops) => {
      const { probability, regression } = nets.refine(crops);
      return [probability, regression];
    },
  );
  const passed: Box[] = [];
  const regressions: Regression[] = [];
  answers.forEach(([probability, regression], index) => {
    const score = probability![0]!;
    if (!(score > thresholds[1])) return;
    passed.push({ ...boxes[index]!, score });
    regressions.push(regressionOf(regression!));
  });
  return nonMaximumSuppression(passed, REFINED_OVERLAP, "union")
    .map((index) => square(regress(passed[index]!, regressions[index]!, 1)));
}

/** A box that the third net has accepted. */
interface Accepted {
  /** Before the net moved it. */
  readonly seen: Box;
  /** After it. */
  readonly box: Box;
  /** The net's landmarks, as shares of the box that it saw. */
  readonly shares: ArrayLike<number>;
}

/** Of candidates those that the third net takes for faces, with landmarks, the best first. */
export async function finish(input: StageInput, boxes: readonly Box[]): Promise<DetectedFace[]> {
  const { nets, settings: { thresholds, mirror } } = input;
  const answers = await inChunks(
    input,
    boxes,
    { side: OUTPUT_SIDE, most: MOST_OUTPUT, widths: [1, 4, LANDMARK_NUMBERS] },
    (crops) => {
      const { probability, regression, landmarks } = nets.output(crops);
      return [probability, regression, landmarks];
    },
  );
  const accepted = answers.flatMap(([probability, regression, shares], index): Accepted[] => {
    const score = probability![0]!;
    if (!(score > thresholds[2])) return [];
    const seen = { ...boxes[index]!, score };
    return [{ seen, box: regress(seen, regressionOf(regression!), 1), shares: shares! }];
  });
  const order = nonMaximumSuppression(accepted.map(({ box }) => box), FINAL_OVERLAP, "min");
  const faces = order.map((index) => accepted[index]!);
  return (mirror ? await withMirrored(input, faces) : faces).map(faceOf);
}

/** Averages landmarks with those that the net finds in the mirrored crops. */
async function withMirrored(input: StageInput, faces: readonly Accepted[]): Promise<Accepted[]> {
  const answers = await inChunks(
    input,
    faces.map(({ seen }) => seen),
    { side: OUTPUT_SIDE, most: MOST_OUTPUT, widths: [LANDMARK_NUMBERS], mirror: true },
    (crops) => [input.nets.output(crops).landmarks],
  );
  return faces.map((face, index) => ({
    ...face,
    shares: meanShares(face.shares, mirrorShares(answers[index]![0]!)),
  }));
}

function faceOf({ seen, box, shares }: Accepted): DetectedFace {
  return {
    box: { x: box.x1, y: box.y1, width: box.x2 - box.x1 + 1, height: box.y2 - box.y1 + 1 },
    confidence: box.score,
    landmarks: landmarksIn(seen, shares),
  };
}

function regressionOf(values: Float32Array): Regression {
  return [values[0]!, values[1]!, values[2]!, values[3]!];
}

interface Chunking {
  /** Side of the crops. */
  readonly side: number;
  /** The most crops at a time. */
  readonly most: number;
  /** How many numbers each of the net's answers has for a crop. */
  readonly widths: readonly number[];
  readonly mirror?: boolean;
}

/** Sends crops through a net, all of them before the one wait for its answers: those of each box. */
async function inChunks(
  { gpu, photo }: StageInput,
  boxes: readonly Box[],
  { side, most, widths, mirror }: Chunking,
  run: (crops: Tensor) => Tensor[],
): Promise<Float32Array[][]> {
  if (boxes.length === 0) return [];
  const starts = Array.from({ length: Math.ceil(boxes.length / most) }, (_, i) => i * most);
  const outputs = noGrad(() =>
    starts.flatMap((start) =>
      scope(() => {
        const some = boxes.slice(start, start + most);
        return run(cutBoxes(gpu, photo, some, { side, ...(mirror && { mirror }) }));
      })
    )
  );
  const reading = readTogether(gpu, outputs);
  for (const output of outputs) output[Symbol.dispose]();
  const values = await reading;
  return boxes.map((_, index) => {
    const chunk = Math.floor(index / most) * widths.length;
    const place = index % most;
    return widths.map((width, i) =>
      values[chunk + i]!.subarray(place * width, (place + 1) * width)
    );
  });
}
