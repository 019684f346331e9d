/** Softmax cross-entropy (eq. 3 of the paper). */

import { apply, type Op } from "../autograd/op.ts";
import { Tensor } from "../autograd/tensor.ts";
import { binary } from "../kernels/elementwise.ts";
import { marginReport, marginSoftmax } from "../kernels/margin_softmax.ts";
import { sumAll } from "../kernels/reductions.ts";
import { padLast } from "./resize.ts";
import { matrixExtents } from "./shapes.ts";

interface Attrs {
  readonly labels: Tensor;
  readonly classes: number;
  readonly report: Tensor | undefined;
}

const SOFTMAX_CROSS_ENTROPY: Op<Attrs> = {
  name: "softmaxCrossEntropy",
  forward([logits], { labels, classes, report }, save) {
    const gpu = logits!.gpu;
    const [batch, stride] = matrixExtents(logits!, "softmaxCrossEntropy");
    using losses = Tensor.empty(gpu, [batch], "losses");
    using rows = Tensor.empty(gpu, [batch, 4], "loss rows");
    using delta = Tensor.empty(gpu, [batch, stride], "logit gradient");
    marginSoftmax(gpu, {
      logits: logits!.slice,
      norms: logits!.slice, // not read without a margin
      labels: labels.slice,
      losses: losses.slice,
      delta: delta.slice,
      rows: rows.slice,
    }, { batch, classes, stride, margin: 1, lambda: 0, caffe: false });
    if (report !== undefined) {
      marginReport(gpu, losses.slice, rows.slice, report.slice, batch);
    }
    const loss = Tensor.empty(gpu, [1], "softmaxCrossEntropy");
    sumAll(gpu, losses.slice, loss.slice, batch, 1 / batch);
    save?.(delta);
    return loss;
  },
  backward(dy, [delta]) {
    const dlogits = Tensor.empty(dy.gpu, delta!.shape, "softmaxCrossEntropy gradient");
    binary(dy.gpu, "multiply", delta!.slice, dy.slice, dlogits.slice, delta!.size, "scalar");
    return [dlogits];
  },
};

/** Choices of {@linkcode softmaxCrossEntropy}. */
export interface SoftmaxCrossEntropyOptions {
  /** Classes, where the logits have further columns as padding; by default all columns. */
  readonly classes?: number;
  /** Receives `[mean loss, accuracy, mean target logit, 0]`. */
  readonly report?: Tensor | undefined;
}

/**
 * The mean over the batch of `−ln softmax(logits)[label]`, shape `[1]`, for logits `[batch, classes]` and
 * labels of `labelTensor`. A sample's loss is at most −ln(FLT_MIN) = 87.3365, as in Caffe.
 *
 * @throws {RangeError} if the logits are no matrix or have fewer columns than there are classes, or there
 * is not one label for each row.
 */
export function softmaxCrossEntropy(
  logits: Tensor,
  labels: Tensor,
  options: SoftmaxCrossEntropyOptions = {},
): Tensor {
  const [batch, columns] = matrixExtents(logits, "softmaxCrossEntropy");
  if (labels.size !== batch) {
    throw new RangeError(
      `softmaxCrossEntropy of ${batch} rows takes ${batch} labels, not ${labels.size}.`,
    );
  }
  const { classes = columns, report } = options;
  if (classes > columns) {
    throw new RangeError(
      `softmaxCrossEntropy of ${classes} classes takes as many columns, not ${columns}.`,
    );
  }
  return apply(SOFTMAX_CROSS_ENTROPY, [padLast(logits)], { labels, classes, report });
}
