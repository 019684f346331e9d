/** The class weights `head.weight [classes, features]`, one row an identity. */

import type { Tensor } from "../autograd/tensor.ts";
import { noGrad } from "../autograd/tape.ts";
import { scope } from "../autograd/scope.ts";
import { xavier } from "../nn/initialisers.ts";
import type { ParameterSpec } from "../nn/parameters.ts";
import { normaliseRows } from "../ops/normalise_rows.ts";
import { padded } from "../ops/shapes.ts";
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
 * Unit class weights. In the exact style the normalisation is part of the graph and the parameter stays as
 * it is; the released layer overwrites the parameter and passes the gradient on as if it were free.
 */
export function unitClassWeights(weights: Tensor, gradient: GradientStyle): Tensor {
  if (gradient === "exact") return normaliseRows(weights);
  noGrad(() =>
    scope(() => {
      const unit = normaliseRows(weights);
      weights.gpu.copy(unit.slice, weights.slice);
    })
  );
  return weights;
}
