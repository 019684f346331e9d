/**
 * Measures the variants of a piece of work on one GPU and chooses the fastest. A variant is timed only after it
 * gave the same result as the plain one on the very shape: a fast wrong kernel must never be chosen.
 */

import type { Slice } from "../gpu/buffers.ts";
import { typeOf } from "../gpu/element_type.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { bucketOf, choicesOf, type Work } from "./choices.ts";
import { relativeDifference } from "./difference.ts";
import {
  type Candidate,
  candidatesOf,
  gflopOf,
  Operands,
  ruleVariant,
} from "./tuner_candidates.ts";

/** A variant as it was measured. */
export interface Timing {
  /** The variant. */
  readonly variant: string;
  /** Median time of one run; null where none was measured. */
  readonly milliseconds: number | null;
  /** Why it was not measured, or less often. */
  readonly remark?: string;
}

/** A piece of work as it was measured. */
export interface TunedWork {
  /** The work. */
  readonly work: Work;
  /** Its bucket. */
  readonly bucket: string;
  /** 10⁹ floating-point operations of it. */
  readonly gflop: number;
  /** All variants that apply. */
  readonly timings: readonly Timing[];
  /** The variant of the class rule. */
  readonly rule: string;
  /** The variant that was chosen: the rule's own where nothing is clearly faster, or nothing was measured. */
  readonly chosen: string;
}

/** How to tune. */
export interface TuneOptions {
  /** Milliseconds in all, compilation included; as many as it takes if left out. */
  readonly budget?: number;
  /** Measurements of a variant that is not left behind by the first one. */
  readonly rounds?: number;
  /** Milliseconds that a measurement should take at least: short runs are repeated. */
  readonly sample?: number;
  /** Hears of each piece of work when it is done. */
  readonly onTuned?: (tuned: TunedWork, done: number, total: number) => void;
  /** The variants of a piece of work; for tests. */
  readonly candidates?: (gpu: Gpu, work: Work) => readonly Candidate[];
}

/** A variant is not measured again once it took so many times as long as the best. */
const LEFT_BEHIND = 2;

/** The rule's variant stays unless another one needs at most this share of its time. */
const CLEARLY_FASTER = 0.95;

const NO_TIME = "no time left";

/** Most runs in one measurement. */
const MOST_REPEATS = 256;

/**
 * Measures pieces of work, the first ones first, and enters the choices into {@linkcode choicesOf} the GPU.
 * Work of one bucket is measured once. What the budget does not allow is left to the rule, and entered so.
 *
 * @returns What was measured, in the order of the work.
 * @throws {GpuError} if the device fails.
 *
 * @example
 * ```ts
 * import { forwardWork, Gpu, tune } from "@spheregrad/spheregrad";
 *
 * using gpu = await Gpu.request();
 * const work = forwardWork(gpu, { net: "4", size: { height: 16, width: 16 }, batch: 1 });
 * for (const { bucket, chosen } of await tune(gpu, work, { budget: 500 })) {
 *   console.log(bucket, chosen);
 * }
 * ```
 */
export async function tune(
  gpu: Gpu,
  works: readonly Work[],
  options: TuneOptions = {},
): Promise<TunedWork[]> {
  const distinct = [...new Map(works.map((work) => [bucketOf(work), work])).values()];
  const session = await Session.start(gpu, options);
  const all: TunedWork[] = [];
  for (const work of distinct) {
    const tuned = await session.tune(work);
    choicesOf(gpu).add({ [tuned.bucket]: tuned.chosen });
    all.push(tuned);
    options.onTuned?.(tuned, all.length, distinct.length);
  }
  return all;
}

/** A candidate while it is measured. */
interface Contender {
  readonly candidate: Candidate;
  readonly times: number[];
  repeats: number;
  /** Its first run, compilation included. */
  once: number;
  remark?: string;
}

/** Measurements under one budget. */
class Session {
  readonly #gpu: Gpu;
  readonly #options: TuneOptions;
  readonly #wait: number;
  readonly #end: number;
  /** The longest time until a variant had run once: what the next one may take. */
  #longestStart = 0;

  private constructor(gpu: Gpu, options: TuneOptions, started: number, wait: number) {
    this.#gpu = gpu;
    this.#options = options;
    this.#wait = wait;
    this.#end = started + (options.budget ?? Infinity);
  }

  /** Finds out what waiting for no work costs, which is to be no part of a time. */
  static async start(gpu: Gpu, options: TuneOptions): Promise<Session> {
    const started = performance.now();
    const slice = gpu.acquire(16);
    const waits: number[] = [];
    await gpu.finish();
    for (let i = 0; i < 3; i++) {
      const start = performance.now();
      gpu.clear(slice);
      await gpu.finish();
      waits.push(performance.now() - start);
    }
    gpu.release(slice);
    return new Session(gpu, options, started, median(waits));
  }

  async tune(work: Work): Promise<TunedWork> {
    const rule = ruleVariant(this.#gpu, work);
    const candidates = (this.#options.candidates ?? candidatesOf)(this.#gpu, work);
    const contenders = candidates.map((candidate): Contender => (
      { candidate, times: [], repeats: 1, once: Infinity }
    ));
    if (this.#affords()) await this.#measure(work, contenders);
    const timings = contenders.map(({ candidate: { variant }, times, remark }): Timing => ({
      variant,
      milliseconds: times.length === 0 ? null : median(times),
      ...(times.length === 0 ? { remark: remark ?? NO_TIME } : remark && { remark }),
    }));
    const chosen = fastest(timings, rule);
    return { work, bucket: bucketOf(work), gflop: gflopOf(work), timings, rule, chosen };
  }

  #affords(): boolean {
    return performance.now() + this.#longestStart < this.#end;
  }

  async #measure(work: Work, contenders: readonly Contender[]): Promise<void> {
    const gpu = this.#gpu;
    using operands = new Operands(gpu, work);
    const expected = { ...gpu.acquire(operands.out.size), type: typeOf(operands.out) };
    try {
      const plain = contenders.find(({ candidate }) => candidate.variant === "plain");
      if (plain === undefined) throw new Error(`There is no plain variant of ${bucketOf(work)}.`);
      const plainTime = await this.#once(plain, operands);
      gpu.copy(operands.out, expected);
      for (const contender of contenders) {
        if (contender === plain) {
          await this.#timePlain(plain, plainTime, operands, bestOf(contenders));
        } else if (this.#affords()) {
          const proven = await this.#prove(contender, operands, expected);
          if (proven) await this.#timeFirst(contender, operands);
        }
      }
      await this.#timeAgain(contenders, ruleVariant(gpu, work), operands);
    } finally {
      gpu.release(expected);
    }
  }

  /** The time of one run, compilation included. */
  async #once({ candidate }: Contender, operands: Operands): Promise<number> {
    const start = performance.now();
    candidate.run(operands);
    await this.#gpu.finish();
    const time = performance.now() - start;
    this.#longestStart = Math.max(this.#longestStart, time);
    return time - this.#wait;
  }

  /** Whether a variant gives what the plain one gave. */
  async #prove(contender: Contender, operands: Operands, expected: Slice): Promise<boolean> {
    const { bound } = contender.candidate;
    this.#gpu.clear(operands.out);
    try {
      contender.once = await this.#once(contender, operands);
    } catch (error) {
      // Such as too many workgroups; a failure of the device stays one.
      if (!(error instanceof RangeError)) throw error;
      contender.remark = `cannot run: ${error.message}`;
      return false;
    }
    const error = await relativeDifference(this.#gpu, expected, operands.out, operands.size);
    if (error <= bound) return true;
    contender.remark = `differs from plain by ${error.toExponential(1)}, allowed are ${bound}`;
    return false;
  }

  /** The plain variant need not run again where it is hopeless, though its one time contains a compilation. */
  async #timePlain(
    plain: Contender,
    once: number,
    operands: Operands,
    best: number,
  ): Promise<void> {
    if (once > 5 * best) {
      plain.times.push(once);
      plain.remark = "measured once";
    } else if (this.#affords()) {
      await this.#timeFirst(plain, operands);
    }
  }

  /** A first time; finds out how often a run must be repeated. */
  async #timeFirst(contender: Contender, operands: Operands): Promise<void> {
    const wanted = this.#options.sample ?? 40;
    let time = await this.#time(contender, operands);
    for (let attempt = 0; attempt < 2 && time * contender.repeats < wanted / 2; attempt++) {
      const repeats = Math.ceil(wanted / Math.max(time, wanted / MOST_REPEATS));
      contender.repeats = Math.max(contender.repeats, Math.min(MOST_REPEATS, repeats));
      time = await this.#time(contender, operands);
    }
    // One disturbed time must not put a variant out of the race. A run with a compilation took longer than it
    // needs to, and bounds it, if it is long beside the wait.
    const { once } = contender;
    contender.times.push(once > 4 * this.#wait ? Math.min(time, once) : time);
  }

  /** Further times, in turns, of those that may still win, and of the rule's: one slow time proves little. */
  async #timeAgain(
    contenders: readonly Contender[],
    rule: string,
    operands: Operands,
  ): Promise<void> {
    const limit = LEFT_BEHIND * bestOf(contenders);
    const left = contenders.filter(({ candidate: { variant }, times }) =>
      times.length > 0 && (times[0]! <= limit || (variant === rule && variant !== "plain"))
    );
    if (left.length < 2) return;
    for (let round = 1; round < (this.#options.rounds ?? 3); round++) {
      for (const contender of left) {
        if (performance.now() > this.#end) return;
        contender.times.push(await this.#time(contender, operands));
      }
    }
  }

  /** Milliseconds of one run, by as many as the contender needs. */
  async #time({ candidate, repeats }: Contender, operands: Operands): Promise<number> {
    const start = performance.now();
    for (let i = 0; i < repeats; i++) candidate.run(operands);
    await this.#gpu.finish();
    const time = performance.now() - start;
    // The wait varies by about a millisecond, which must not make a time vanish.
    return Math.max(time - this.#wait, time / 100) / repeats;
  }
}

function bestOf(contenders: readonly Contender[]): number {
  return Math.min(...contenders.flatMap(({ times }) => times));
}

function fastest(timings: readonly Timing[], rule: string): string {
  const timeOf = ({ milliseconds }: Timing) => milliseconds ?? Infinity;
  const best = timings.reduce((a, b) => timeOf(b) < timeOf(a) ? b : a);
  const ruled = timings.find(({ variant }) => variant === rule);
  // What there was no time for may well be the fastest; what failed is out.
  if (best.milliseconds === null || ruled?.remark === NO_TIME) return rule;
  const limit = CLEARLY_FASTER * (ruled?.milliseconds ?? Infinity);
  return best.milliseconds < limit ? best.variant : rule;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
