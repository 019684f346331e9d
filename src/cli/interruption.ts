/** Exit code after Ctrl-C. */
export const INTERRUPTED = 130;

/** Listens for Ctrl-C; the second one ends the process at once. */
export class Interruption implements Disposable {
  /** Whether it came. */
  asked = false;
  readonly #listener = () => {
    this.asked = true;
    this[Symbol.dispose]();
  };

  /** Listens from now on. */
  constructor() {
    Deno.addSignalListener("SIGINT", this.#listener);
  }

  /** Listens no longer. */
  [Symbol.dispose](): void {
    Deno.removeSignalListener("SIGINT", this.#listener);
  }
}
