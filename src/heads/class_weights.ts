/** The class weights `head.weight [classes, features]`, one row an identity. */

import type { Tensor } from "../autograd/tensor.ts";
import { unitRows } from "../kernels/row_norms.ts";
import { xavier } from "../nn/initialisers.ts";
import type { ParameterSpec } from "../nn/parameters.ts";
import { matrixExtents, padded } from "../ops/shapes.ts";
import type { GradientStyle, HeadExtents } from "./head.ts";

/** Name of the class weights. */
export const CLASS_WEIGHTS = "head.weight";

/** The parameter: Caffe's xavier over the features. */
export function classWeightSpec({ classes, features }: HeadExtents): ParameterSpec {
  return {
    name: CLASS_WEIGHTS,
    shape: [classes, features],
    storedShape: [padded(classes), features],
    initialiser: xavier(features),
    learningRateMultiplier: 1,
    decayMultiplier: 1,
  };
}

/**
 * What becomes of the class weights before a loss over angles. In the exact style their normalisation is part
 * of the graph and the parameter stays as it is; the released layer overwrites the parameter by unit rows and
 * passes the gradient on as if it were free.
 */
export function prepareClassWeights(weights: Tensor, gradient: GradientStyle): void {
  if (gradient === "exact") return;
  const [rows, features] = matrixExtents(weights, "unit class weights");
  unitRows(weights.gpu, weights.slice, rows, features);
}
