/** A piece of a computation that is run apart: what can be learned of it on the way. See recompute.ts. */

import type { Tensor } from "./tensor.ts";

/** One run of a piece. */
export class Piece {
  /** Operations so far; one that runs a piece of its own counts as one. */
  operations = 0;
  /** The output of the last operation. */
  output: Tensor | null = null;
  /** Whether an operation had an input that requires a gradient. */
  differentiable = false;
  readonly #unread: number;

  /** `unread` is the number of the operation, from 1, whose output nobody reads; 0 for none. */
  constructor(unread = 0) {
    this.#unread = unread;
  }

  /** Runs a function as this piece. */
  run<T>(piece: () => T): T {
    const outer = current;
    current = this;
    try {
      return piece();
    } finally {
      current = outer;
    }
  }

  /** Counts an operation that is about to run; true if nobody reads its output. */
  begin(differentiable: boolean): boolean {
    this.differentiable ||= differentiable;
    return ++this.operations === this.#unread;
  }
}

let current: Piece | null = null;

/** The piece that is running, the innermost. */
export function currentPiece(): Piece | null {
  return current;
}
