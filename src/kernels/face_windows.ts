/** The last layer of MTCNN's first net, with all that follows it, in one pass over the windows. */

import type { Slice } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { link } from "../gpu/kernel.ts";
import { grid } from "./grid.ts";
import * as wgsl from "./wgsl.ts";

/** Windows that one invocation does. */
const EACH = 8;

/** Operands of {@linkcode faceWindows}, all in f32. */
export interface FaceWindowsOperands {
  /** Features `[windows, channels]`. */
  readonly features: Slice;
  /** Weights `[channels, 8]` to the logits of no face and face, to x1, y1, x2, y2, and two of padding. */
  readonly weights: Slice;
  /** Biases `[8]`. */
  readonly bias: Slice;
  /** Receives the probability of a face, `[windows]`. */
  readonly probability: Slice;
  /** Receives x1, y1, x2, y2, `[windows, 4]`. */
  readonly regression: Slice;
}

/** Appends a dense layer, softmax over the pair of logits, and the division of its columns. */
export function faceWindows(
  gpu: Gpu,
  { features, weights, bias, probability, regression }: FaceWindowsOperands,
  windows: number,
  channels: number,
): void {
  const lanes = gpu.adapter.class === "software" ? 8 : 64;
  gpu.dispatch(
    link("face windows", "rrrww", [wgsl.faceWindows], { LANES: lanes }),
    [features, weights, bias, probability, regression],
    grid(Math.ceil(windows / EACH), lanes),
    new Uint32Array([windows, channels / 4]),
  );
}
