export interface Annealing {
  readonly base: number;
  readonly gamma: number;
  readonly power: number;
  readonly minimum: number;
}

/** The released training configuration: λ falls to 5 at iteration 1659. */
export const RELEASED_ANNEALING: Annealing = { base: 1000, gamma: 0.12, power: 1, minimum: 5 };

/** λ = max(λ_min, base·(1 + γ·iteration)^−power); the first training step is iteration 1. */
export function annealedLambda(iteration: number, annealing: Annealing): number {
  const { base, gamma, power, minimum } = annealing;
  return Math.max(minimum, base * (1 + gamma * iteration) ** -power);
}
