/** Progress of long work on standard error: a bar on a terminal, plain lines otherwise. */

/** Seconds between two plain lines. */
const LINE_SECONDS = 10;

/** Seconds between two drawings of the bar. */
const BAR_SECONDS = 0.1;

const BAR_WIDTH = 24;

/** Where progress is shown. */
export interface ProgressOutput {
  /** Whether a line can be drawn over. */
  readonly terminal: boolean;
  /** Writes text as it is. */
  write(text: string): void;
  /** Milliseconds since any fixed moment. */
  now(): number;
}

const STDERR: ProgressOutput = {
  get terminal() {
    return Deno.stderr.isTerminal();
  },
  write: (text) => void Deno.stderr.writeSync(new TextEncoder().encode(text)),
  now: () => performance.now(),
};

/** Shows how far a piece of work is. */
export class Progress {
  readonly #label: string;
  readonly #total: number;
  readonly #first: number;
  readonly #output: ProgressOutput;
  readonly #terminal: boolean;
  readonly #started: number;
  #shown = -Infinity;
  #drawn = false;

  /** Work of `total` items, of which `first` were done before. */
  constructor(label: string, total: number, first = 0, output: ProgressOutput = STDERR) {
    this.#label = label;
    this.#total = total;
    this.#first = first;
    this.#output = output;
    this.#terminal = output.terminal;
    this.#started = output.now();
  }

  /** Seconds since the start. */
  get seconds(): number {
    return (this.#output.now() - this.#started) / 1000;
  }

  /** Shows that `done` items are done; `details` stand behind the bar. */
  update(done: number, details = ""): void {
    const last = done >= this.#total;
    const wait = this.#terminal ? BAR_SECONDS : LINE_SECONDS;
    if (!last && this.seconds - this.#shown < wait) return;
    this.#shown = this.seconds;
    const text = this.#text(done, details);
    if (this.#terminal) {
      this.#output.write(`\r\x1b[K${this.#bar(done)} ${text}`);
      this.#drawn = true;
    } else {
      this.#output.write(`${text}\n`);
    }
  }

  /** Writes a line of its own above the bar. */
  line(text: string): void {
    this.#output.write(`${this.#drawn ? "\r\x1b[K" : ""}${text}\n`);
    this.#drawn = false;
  }

  /** Ends the bar's line. */
  end(): void {
    if (this.#drawn) this.#output.write("\n");
    this.#drawn = false;
  }

  #text(done: number, details: string): string {
    const worked = done - this.#first;
    const left = worked > 0 ? (this.seconds / worked) * (this.#total - done) : NaN;
    const time = Number.isFinite(left) && done < this.#total ? `, ${formatSeconds(left)} left` : "";
    return `${this.#label} ${done}/${this.#total}${details === "" ? "" : `  ${details}`}${time}`;
  }

  #bar(done: number): string {
    const filled = Math.round((BAR_WIDTH * done) / this.#total);
    return "█".repeat(filled) + "░".repeat(Math.max(0, BAR_WIDTH - filled));
  }
}

/** `3 min 05 s`, `42 s`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${Math.floor(whole / 3600)} h ${
    String(Math.floor((whole % 3600) / 60)).padStart(2, "0")
  } min`;
}
