/**
 * The passes over class weights that the loss over angles is made of, in windows of classes that fit a
 * binding: scores forward, both gradients backward. Class weights are never copied: where they are to be
 * normalised, scores and gradients are scaled instead.
 */

import { Tensor } from "../autograd/tensor.ts";
import type { Slice } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/gpu.ts";
import {
  classGradients,
  classProducts,
  gradientPieces,
  partsOf,
  SAMPLES,
  streamsGradients,
  streamsProducts,
} from "../kernels/class_products.ts";
import { accumulate } from "../kernels/accumulate.ts";
import { resizeExtents } from "../kernels/layout.ts";
import {
  marginDelta,
  type MarginExtents,
  marginScores,
  marginTargets,
  quadsOf,
  scorePiece,
} from "../kernels/margin_softmax.ts";
import { matmul } from "../kernels/matmul.ts";
import type { GradientTarget } from "../kernels/prelu.ts";
import { addScaledRows, rowSquares } from "../kernels/row_norms.ts";
import { sumParts } from "../kernels/sum_parts.ts";
import { rowsOf, type RowWindow, rowWindows } from "../kernels/windows.ts";

/** What the passes are over. */
export interface PassExtents extends MarginExtents {
  /** Rows of the class weights: classes and padding. */
  readonly rows: number;
  /** Length of a feature. */
  readonly features: number;
}

/** What the passes read. */
export interface PassInputs {
  /** Features `[batch, features]`. */
  readonly x: Slice;
  /** Class weights `[rows, features]`. */
  readonly w: Slice;
  /** Labels `[batch]`, u32. */
  readonly labels: Slice;
  /** Biases `[rows]` of biased scores. */
  readonly bias?: Slice | undefined;
}

/** What the forward passes leave. */
export interface Scores {
  /** Scores of each window, `[rows, samples in fours]`. */
  readonly scores: readonly Tensor[];
  /** 1 / norm of each class weight, of normalised scores. */
  readonly scales: Tensor;
  /** Score of each sample's target. */
  readonly targets: Tensor;
  /** Sums over pieces of the classes. */
  readonly pieces: Tensor;
  /** Number of pieces. */
  readonly pieceCount: number;
}

/** Classes of a window at most, where parts of products take memory. */
const STREAMED_ROWS = 16_384;

/** The windows of the class weights. */
export function classWindows(gpu: Gpu, { rows, features, batch }: PassExtents): RowWindow[] {
  const most = streamsProducts(gpu, features) ? STREAMED_ROWS : Infinity;
  return rowWindows(gpu.bindingLimit, rows, 4 * Math.max(features, 4 * quadsOf(batch)), most);
}

/** Appends the scores of all classes. */
export function scoreClasses(gpu: Gpu, inputs: PassInputs, extents: PassExtents): Scores {
  const { rows, features, batch, form } = extents;
  const windows = classWindows(gpu, extents);
  const quads = quadsOf(batch);
  const piece = scorePiece(rows);
  const piecesIn = (window: RowWindow) => Math.ceil(window.rows / piece);
  const pieceCount = windows.reduce((count, window) => count + piecesIn(window), 0);
  const scales = Tensor.empty(gpu, [form === "normalised" ? rows : 4], "inverse class norms");
  const targets = Tensor.empty(gpu, [4 * quads], "target scores");
  const pieces = Tensor.empty(gpu, [pieceCount, quads, 8], "score sums");
  const x = filled(gpu, inputs.x, extents);
  let firstPiece = 0;
  const scores = windows.map((window) => {
    const scores = Tensor.empty(gpu, [window.rows, 4 * quads], "scores");
    const score = (
      parts: Slice,
      squares: Slice | null,
      layout: { parts: number; partQuads: number; firstQuad: number },
    ) =>
      marginScores(
        gpu,
        {
          parts,
          column: squares ?? (form === "biased" ? rowsOf(inputs.bias!, window, 4) : parts),
          labels: inputs.labels,
          scores: scores.slice,
          scales: form === "normalised" ? rowsOf(scales.slice, window, 4) : scales.slice,
          targets: targets.slice,
          pieces: pieces.slice,
        },
        extents,
        window,
        { ...layout, piece, firstPiece },
      );
    const w = rowsOf(inputs.w, window, features * 4);
    if (streamsProducts(gpu, features)) streamProducts(gpu, w, inputs.x, window, extents, score);
    else multiply(gpu, w, x.slice, window, extents, score);
    firstPiece += piecesIn(window);
    return scores;
  });
  x.release();
  return { scores, scales, targets, pieces, pieceCount };
}

type Score = (
  parts: Slice,
  squares: Slice | null,
  layout: { parts: number; partQuads: number; firstQuad: number },
) => void;

/** Products of eight samples at a time, in parts that the scores add up. */
function streamProducts(
  gpu: Gpu,
  w: Slice,
  x: Slice,
  { rows }: RowWindow,
  { batch, features, form }: PassExtents,
  score: Score,
): void {
  const count = partsOf(features);
  const parts = gpu.acquire(rows * count * SAMPLES * 4);
  const squares = form === "normalised" ? gpu.acquire(rows * count * 4) : null;
  for (let firstSample = 0; firstSample < batch; firstSample += SAMPLES) {
    const fresh = firstSample === 0 ? squares : null;
    classProducts(gpu, w, x, parts, fresh, rows, { batch, features, firstSample });
    score(parts, squares, { parts: count, partQuads: SAMPLES / 4, firstQuad: firstSample / 4 });
  }
  gpu.release(parts);
  if (squares !== null) gpu.release(squares);
}

/** Products of all samples as one matrix product. */
function multiply(
  gpu: Gpu,
  w: Slice,
  x: Slice,
  { rows }: RowWindow,
  { batch, features, form }: PassExtents,
  score: Score,
): void {
  const quads = quadsOf(batch);
  const products = gpu.acquire(rows * quads * 16);
  matmul(gpu, "nt", w, x, products, { rows, cols: 4 * quads, depth: features });
  const squares = form === "normalised" ? gpu.acquire(rows * 4) : null;
  if (squares !== null) rowSquares(gpu, w, squares, rows, features);
  score(products, squares, { parts: 1, partQuads: quads, firstQuad: 0 });
  gpu.release(products);
  if (squares !== null) gpu.release(squares);
}

/** What the backward passes need of the forward ones, and where their results go. */
export interface BackwardSlices extends PassInputs {
  /** Scores of each window, which become the gradient by the products. */
  readonly scores: readonly Slice[];
  /** 1 / norm of each class weight. */
  readonly scales: Slice;
  /** Of `marginFinish`. */
  readonly peaks: Slice;
  /** Of `marginFinish`, times the gradient by the loss. */
  readonly gradients: Slice;
  /** Receives the gradient by the biases, or with normalised scores what the class weights need. */
  readonly along: Slice;
  /** Where the gradient by the features goes; null where none is wanted. */
  readonly dx: GradientTarget | null;
  /** Where the gradient by the class weights goes; null where none is wanted. */
  readonly dw: GradientTarget | null;
}

/** Appends the gradients; `caffe` leaves the margin out of those of the class weights. */
export function classGradientPasses(
  gpu: Gpu,
  slices: BackwardSlices,
  extents: PassExtents,
  caffe: boolean,
): void {
  const { scores, scales, labels, peaks, gradients, along, dx, dw } = slices;
  const windows = classWindows(gpu, extents);
  for (const [index, window] of windows.entries()) {
    marginDelta(
      gpu,
      {
        scores: scores[index]!,
        scales: extents.form === "normalised" ? rowsOf(scales, window, 4) : scales,
        labels,
        peaks,
        gradients,
        along: rowsOf(along, window, 4),
      },
      extents,
      window,
    );
  }
  if (streamsGradients(gpu, extents.features, extents.batch) && dx !== null && dw !== null) {
    streamGradients(gpu, { ...slices, dx, dw }, windows, extents, caffe);
  } else {
    multiplyGradients(gpu, slices, windows, extents, caffe);
  }
}

/** Both gradients in one pass over the class weights for every eight samples. */
function streamGradients(
  gpu: Gpu,
  slices: BackwardSlices & { readonly dx: GradientTarget; readonly dw: GradientTarget },
  windows: readonly RowWindow[],
  { rows, features, batch, form }: PassExtents,
  caffe: boolean,
): void {
  const { x, w, labels, scores, gradients, along, dx, dw } = slices;
  const rowBytes = features * 4;
  const fit = Math.max(1, Math.floor(gpu.bindingLimit / (SAMPLES * rowBytes)) - windows.length);
  const piece = Math.max(SAMPLES, Math.ceil(rows / Math.min(gradientPieces(gpu), fit)));
  const piecesIn = (window: RowWindow) => Math.ceil(window.rows / piece);
  const pieceCount = windows.reduce((count, window) => count + piecesIn(window), 0);
  for (let firstSample = 0; firstSample < batch; firstSample += SAMPLES) {
    const samples = Math.min(SAMPLES, batch - firstSample);
    const parts = gpu.acquire(pieceCount * samples * rowBytes);
    let firstPiece = 0;
    for (const [index, window] of windows.entries()) {
      classGradients(
        gpu,
        {
          w: rowsOf(w, window, rowBytes),
          x,
          delta: scores[index]!,
          along: rowsOf(along, window, 4),
          labels,
          gradients,
          dw: rowsOf(dw.slice, window, rowBytes),
          dx: parts,
        },
        window,
        { batch, features, firstSample },
        {
          accumulate: dw.accumulate || firstSample > 0,
          tangent: form === "normalised" && firstSample === 0,
          caffe,
          piece,
          firstPiece,
        },
      );
      firstPiece += piecesIn(window);
    }
    const out = rowsOf(dx.slice, { first: firstSample, rows: samples }, rowBytes);
    sumParts(gpu, parts, out, samples * features, pieceCount, dx.accumulate);
    gpu.release(parts);
  }
}

/** The gradients as matrix products. */
function multiplyGradients(
  gpu: Gpu,
  { x, w, labels, scores, gradients, along, dx, dw }: BackwardSlices,
  windows: readonly RowWindow[],
  extents: PassExtents,
  caffe: boolean,
): void {
  const { features, batch, form } = extents;
  const columns = 4 * quadsOf(batch);
  if (dx !== null) {
    const out = columns === batch ? dx.slice : gpu.acquire(columns * features * 4);
    for (const [index, window] of windows.entries()) {
      const weights = rowsOf(w, window, features * 4);
      const shape = { rows: columns, cols: features, depth: window.rows };
      const adds = index > 0 || (out === dx.slice && dx.accumulate);
      matmul(gpu, "tn", scores[index]!, weights, out, shape, { accumulate: adds });
    }
    if (out !== dx.slice) {
      const rows = { ...out, size: batch * features * 4 };
      if (dx.accumulate) accumulate(gpu, rows, dx.slice, batch * features);
      else gpu.copy(rows, dx.slice);
      gpu.release(out);
    }
  }
  if (dw === null) return;
  const features4 = filled(gpu, x, extents);
  for (const [index, window] of windows.entries()) {
    const delta = scores[index]!;
    if (caffe) marginTargets(gpu, gradients, labels, delta, batch, window);
    const part = (slice: Slice) => rowsOf(slice, window, features * 4);
    const shape = { rows: window.rows, cols: features, depth: columns };
    matmul(gpu, "nn", delta, features4.slice, part(dw.slice), shape, {
      accumulate: dw.accumulate,
    });
    if (form === "normalised") {
      const factors = rowsOf(along, window, 4);
      addScaledRows(gpu, factors, part(w), part(dw.slice), window.rows, features);
    }
  }
  features4.release();
}

/** The features with rows of zeros up to a multiple of four, as matrix products want them. */
function filled(
  gpu: Gpu,
  x: Slice,
  { batch, features }: PassExtents,
): { slice: Slice; release: () => void } {
  const rows = 4 * quadsOf(batch);
  if (rows === batch) return { slice: x, release: () => {} };
  const slice = gpu.acquire(rows * features * 4);
  resizeExtents(gpu, x, slice, 1, [batch, features], [rows, features]);
  return { slice, release: () => gpu.release(slice) };
}
