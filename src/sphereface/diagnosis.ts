/** Known ways in which a training run goes wrong, said in words with the knob that helps. */

/** A mean loss of -ln(FLT_MIN): every target's probability has underflowed. */
const LARGEST_LOSS = 87.3365;

/** Losses that are looked at together. */
const WINDOW = 100;

/** Steps skipped in a row that no lowering of the loss's scale explains. */
const SKIPPED_IN_A_ROW = 20;

/** Listens to the losses of a run and warns once of each trouble. */
export class Diagnosis {
  readonly #classes: number;
  readonly #recent: number[] = [];
  readonly #told = new Set<string>();
  #diverged = false;
  #skipped = 0;

  /** For a run over so many classes. */
  constructor(classes: number) {
    this.#classes = classes;
  }

  /** Whether the last loss was one that no run comes back from. */
  get diverged(): boolean {
    return this.#diverged;
  }

  /** Takes the loss of an iteration, and whether its step was skipped; a warning if there is a new one. */
  hear(iteration: number, loss: number, skipped = false): string | null {
    this.#skipped = skipped ? this.#skipped + 1 : 0;
    this.#recent.push(loss);
    if (this.#recent.length > WINDOW) this.#recent.shift();
    this.#diverged = !(loss <= 0.9 * LARGEST_LOSS);
    if (!Number.isFinite(loss)) {
      return this.#once(
        "nan",
        `Iteration ${iteration}: the loss is ${loss}. Lower --lr, or start again from an earlier checkpoint.`,
      );
    }
    if (this.#diverged) {
      return this.#once(
        "diverged",
        `Iteration ${iteration}: the loss is ${
          loss.toFixed(2)
        }; at 87.3365 every target's probability has ` +
          "underflowed, the run has diverged. Lower --lr, raise --lambda-min, or let λ fall more slowly " +
          "(a smaller --lambda-gamma); a larger --batch helps too.",
      );
    }
    if (this.#skipped === SKIPPED_IN_A_ROW) {
      return this.#once(
        "skipped",
        `Iteration ${iteration}: ${SKIPPED_IN_A_ROW} steps in a row were skipped; the feature maps themselves ` +
          "have no room in f16. Train with --precision f32, or lower --lr.",
      );
    }
    const chance = Math.log(this.#classes);
    const stuck = this.#recent.length === WINDOW &&
      this.#recent.every((recent) => Math.abs(recent - chance) < 0.02 * chance);
    if (stuck) {
      return this.#once(
        "chance",
        `Iteration ${iteration}: the loss has stayed at ln(${this.#classes}) = ${
          chance.toFixed(2)
        } for ` +
          `${WINDOW} iterations; the net has not left chance. Let λ fall more slowly (a smaller ` +
          "--lambda-gamma), raise --lr, or train with --head modified first; check that the faces are aligned.",
      );
    }
    return null;
  }

  #once(trouble: string, words: string): string | null {
    if (this.#told.has(trouble)) return null;
    this.#told.add(trouble);
    return words;
  }
}
