/** Softmax cross-entropy (eq. 3 of the paper). */

import { apply, type Op } from "../autograd/op.ts";
import { Tensor } from "../autograd/tensor.ts";
import { binary } from "../kernels/elementwise.ts";
import { marginReport } from "../kernels/margin_softmax.ts";
import * as kernels from "../kernels/softmax_cross_entropy.ts";
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
    using outcomes = Tensor.empty(gpu, [batch, 4], "outcomes");
    using delta = Tensor.empty(gpu, [batch, stride], "logit gradient");
    const shape = { batch, classes, stride };
    kernels.softmaxCrossEntropy(
      gpu,
      logits!.slice,
      labels.slice,
      outcomes.slice,
      delta.slice,
      shape,
    );
    const loss = Tensor.empty(gpu, [1], "softmaxCrossEntropy");
    marginReport(gpu, outcomes.slice, loss.slice, report?.slice, batch);
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
