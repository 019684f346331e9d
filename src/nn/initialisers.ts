/** Initial values of parameters (section "initialisation" of the released Caffe configuration). */

import type { Random } from "../random.ts";

/** Fills a parameter's values before training. */
export type Initialiser = (values: Float32Array, random: Random) => void;

/** Caffe's "xavier": uniform within ±√(3 / fanIn), where `fanIn` inputs meet in one output. */
export function xavier(fanIn: number): Initialiser {
  const bound = Math.sqrt(3 / fanIn);
  return (values, random) => {
    for (let i = 0; i < values.length; i++) values[i] = (2 * random.uniform() - 1) * bound;
  };
}

/** Normal with mean 0. */
export function gaussian(standardDeviation: number): Initialiser {
  return (values, random) => {
    for (let i = 0; i < values.length; i++) values[i] = random.gaussian() * standardDeviation;
  };
}

/** One value everywhere. */
export function constant(value: number): Initialiser {
  return (values) => {
    values.fill(value);
  };
}
