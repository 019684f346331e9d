/**
 * Where the learning rate stands. Caffe: V ← μV + lr·(g + wd·w), w ← w − V. PyTorch:
 * V ← μV + g + wd·w, w ← w − lr·V. They agree until the learning rate changes.
 */
export type UpdateRule = "caffe" | "pytorch";

export interface SgdOptions {
  readonly rule: UpdateRule;
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly learningRateMultiplier?: number;
  readonly decayMultiplier?: number;
}

/** One step, in place: `velocity` starts at zeros. */
export function sgdStep(
  w: Float64Array,
  velocity: Float64Array,
  gradient: Float64Array,
  options: SgdOptions,
): void {
  const rate = options.learningRate * (options.learningRateMultiplier ?? 1);
  const decay = options.weightDecay * (options.decayMultiplier ?? 1);
  for (let i = 0; i < w.length; i++) {
    const g = gradient[i]! + decay * w[i]!;
    if (options.rule === "caffe") {
      velocity[i] = options.momentum * velocity[i]! + rate * g;
      w[i]! -= velocity[i]!;
    } else {
      velocity[i] = options.momentum * velocity[i]! + g;
      w[i]! -= rate * velocity[i]!;
    }
  }
}
