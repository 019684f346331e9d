/** Learning-rate schedules. */

/** A learning rate that is multiplied by `factor` when the iteration reaches each of `steps`. */
export interface StepSchedule {
  /** Learning rate at the start. */
  readonly base: number;
  /** Iterations, counted from 0, from which the next rate holds. */
  readonly steps: readonly number[];
  /** Factor of each step; the paper's is 0.1. */
  readonly factor: number;
}

/** The learning rate of an iteration, counted from 0. */
export function learningRateAt({ base, steps, factor }: StepSchedule, iteration: number): number {
  const passed = steps.filter((step) => iteration >= step).length;
  return base * factor ** passed;
}
