/** The annealing of A-Softmax's margin (appendix G of the paper; constants of the released code). */

/** λ falls from `base` to `minimum` as base · (1 + gamma · iteration)^(−power). */
export interface Annealing {
  /** λ before the first iteration. */
  readonly base: number;
  /** Speed of the fall. */
  readonly gamma: number;
  /** Exponent of the fall. */
  readonly power: number;
  /** λ never falls below this. */
  readonly minimum: number;
}

/** The constants of the released training configuration, meant for a batch of 512. */
export const RELEASED_ANNEALING: Annealing = { base: 1000, gamma: 0.12, power: 1, minimum: 5 };

/** λ of an iteration, counted from 1: the number of forward passes so far, this one included. */
export function lambdaAt({ base, gamma, power, minimum }: Annealing, iteration: number): number {
  return Math.max(minimum, base * (1 + gamma * iteration) ** -power);
}

/** The iteration, counted from 1, at which λ has reached its minimum. */
export function annealingEnd({ base, gamma, power, minimum }: Annealing): number {
  return Math.max(1, Math.ceil(((base / minimum) ** (1 / power) - 1) / gamma));
}

/** The gamma with which λ reaches the minimum at `iteration`. */
export function annealedBy(annealing: Annealing, iteration: number): Annealing {
  const { base, power, minimum } = annealing;
  return { ...annealing, gamma: ((base / minimum) ** (1 / power) - 1) / Math.max(1, iteration) };
}
