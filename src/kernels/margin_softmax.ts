/**
 * Softmax cross-entropy with A-Softmax's angular margin on the target, over scores `[classes, samples]` in
 * windows of classes: scores and sums for each window, one finish, then the gradient for each window.
 * Samples come in fours; `class_products.ts` and `matmul.ts` make the products.
 */

import type { Slice } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { link } from "../gpu/kernel.ts";
import type { StepNumber } from "../gpu/step_number.ts";
import { grid } from "./grid.ts";
import type { RowWindow } from "./windows.ts";
import * as wgsl from "./wgsl.ts";

/** What becomes of a product of a feature and a class weight. */
export type ScoreForm = "plain" | "normalised" | "biased";

/** Extents that all passes share. */
export interface MarginExtents {
  /** Classes without padding. */
  readonly classes: number;
  /** Samples. */
  readonly batch: number;
  /** What the scores are made of. */
  readonly form: ScoreForm;
}

/** Samples in groups of four. */
export function quadsOf(batch: number): number {
  return Math.ceil(batch / 4);
}

/** Classes that an invocation of {@linkcode marginScores} walks over, of so many rows in all. */
export function scorePiece(rows: number): number {
  return Math.max(32, Math.ceil(rows / 512));
}

/** Buffers of {@linkcode marginScores}, those with rows for classes cut to the window. */
export interface ScoreSlices {
  /** Parts of the products, `[rows, parts, part quads, 4]`. */
  readonly parts: Slice;
  /** Shares of the squared norms `[rows, parts]`, or biases `[rows]`; not read for plain scores. */
  readonly column: Slice;
  /** Labels `[batch]`, u32. */
  readonly labels: Slice;
  /** Scores `[rows, quads, 4]`. */
  readonly scores: Slice;
  /** Receives 1 / norm for each row, of normalised scores. */
  readonly scales: Slice;
  /** Receives the score of each target, `[quads, 4]`. */
  readonly targets: Slice;
  /** Receives the sums of each piece of the classes, `[pieces, quads, 8]`. */
  readonly pieces: Slice;
}

/** Where parts of products stand. */
export interface PartExtents {
  /** Parts to add up for each product. */
  readonly parts: number;
  /** Groups of four samples in a part. */
  readonly partQuads: number;
  /** The first group of four samples. */
  readonly firstQuad: number;
  /** Classes of an invocation. */
  readonly piece: number;
  /** The window's first piece. */
  readonly firstPiece: number;
}

/** Appends the scores of a window of the classes, and their sums. */
export function marginScores(
  gpu: Gpu,
  slices: ScoreSlices,
  { classes, batch, form }: MarginExtents,
  { first, rows }: RowWindow,
  { parts, partQuads, firstQuad, piece, firstPiece }: PartExtents,
): void {
  const { parts: products, column, labels, scores, scales, targets, pieces } = slices;
  const quads = quadsOf(batch);
  gpu.dispatch(
    link("margin scores", "rrrwwww", [wgsl.marginScores], {
      NORMALISED: form === "normalised",
      BIASED: form === "biased",
    }),
    [products, column, labels, scores, scales, targets, pieces],
    grid(Math.ceil(rows / piece) * Math.min(partQuads, quads - firstQuad)),
    new Uint32Array([
      ...[rows, Math.max(0, Math.min(classes - first, rows)), first],
      ...[parts, partQuads, quads, firstQuad, piece, firstPiece],
    ]),
  );
}

/** The margin. */
export interface Margin {
  /** m = 1, 2, 3 or 4; 1 is plain softmax. */
  readonly margin: number;
  /** λ, the weight of the plain score. */
  readonly lambda: StepNumber;
  /** True for the released layer's rescaled gradient. */
  readonly caffe: boolean;
}

/** Buffers of {@linkcode marginFinish}. */
export interface FinishSlices {
  /** Sums of the pieces. */
  readonly pieces: Slice;
  /** Scores of the targets. */
  readonly targets: Slice;
  /** Squared norms of the features `[batch]`; not read where m is 1. */
  readonly squares: Slice;
  /** Receives `[batch, 4]`: loss, whether right, target cosine (target score where m is 1), 0. */
  readonly outcomes: Slice;
  /** Receives what is subtracted in the exponent, `[quads, 4]`. */
  readonly peaks: Slice;
  /** Receives four factors of the gradient, `[4, quads, 4]`: see `margin_finish.wgsl`. */
  readonly gradients: Slice;
}

/** Appends the loss of each sample, and what its gradient is made of. */
export function marginFinish(
  gpu: Gpu,
  { pieces, targets, squares, outcomes, peaks, gradients }: FinishSlices,
  batch: number,
  pieceCount: number,
  { margin, lambda, caffe }: Margin,
): void {
  gpu.dispatch(
    link("margin finish", "rrrwww", [wgsl.marginFinish, wgsl.cappedLoss], {
      MARGIN: margin,
      CAFFE: caffe,
    }),
    [pieces, targets, squares, outcomes, peaks, gradients],
    grid(4 * quadsOf(batch)),
    new Uint32Array([batch, quadsOf(batch), pieceCount]),
    [[3, lambda]],
  );
}

/** Appends `loss = mean loss` and `report = [mean loss, accuracy, mean target cosine, 0]`. */
export function marginReport(
  gpu: Gpu,
  outcomes: Slice,
  loss: Slice,
  report: Slice | undefined,
  batch: number,
): void {
  const unread = report === undefined ? gpu.acquire(16) : null;
  gpu.dispatch(
    link("margin report", "rww", [wgsl.marginReport]),
    [outcomes, loss, report ?? unread!],
    [1],
    new Uint32Array([batch]),
  );
  if (unread !== null) gpu.release(unread);
}

/** Buffers of {@linkcode marginDelta}, those with rows for classes cut to the window. */
export interface DeltaSlices {
  /** Scores, which become the gradient by the products. */
  readonly scores: Slice;
  /** 1 / norm of each row, of normalised scores. */
  readonly scales: Slice;
  /** Labels `[batch]`, u32. */
  readonly labels: Slice;
  /** Of {@linkcode marginFinish}. */
  readonly peaks: Slice;
  /** Of {@linkcode marginFinish}, times the gradient by the loss. */
  readonly gradients: Slice;
  /** Receives for each row the coefficient of the weight in its own gradient; without norms, the bias's gradient. */
  readonly along: Slice;
}

/** Appends the gradient by the products of a window of the classes. */
export function marginDelta(
  gpu: Gpu,
  { scores, scales, labels, peaks, gradients, along }: DeltaSlices,
  { classes, batch, form }: MarginExtents,
  { first, rows }: RowWindow,
): void {
  gpu.dispatch(
    link("margin delta", "wrrrrw", [wgsl.marginDelta], { NORMALISED: form === "normalised" }),
    [scores, scales, labels, peaks, gradients, along],
    grid(rows),
    new Uint32Array([rows, Math.max(0, Math.min(classes - first, rows)), first, quadsOf(batch)]),
  );
}

/** Appends the replacement of the targets' entries in a window's `delta` by the gradient without a margin. */
export function marginTargets(
  gpu: Gpu,
  gradients: Slice,
  labels: Slice,
  delta: Slice,
  batch: number,
  { first, rows }: RowWindow,
): void {
  gpu.dispatch(
    link("margin targets", "rrw", [wgsl.marginTargets]),
    [gradients, labels, delta],
    grid(batch),
    new Uint32Array([batch, 4 * quadsOf(batch), first, rows]),
  );
}
