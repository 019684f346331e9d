/**
 * Time on the GPU. Timestamps around the work where the adapter offers them and they tell the truth; else the time
 * until the work is done, less what a wait costs whatever was computed.
 */

import type { Gpu } from "../src/gpu/gpu.ts";
import { median } from "./timing.ts";

/** How times are taken. */
export type ClockKind = "timestamps" | "wall time";

/** Work must take this many waits, so that a wait which lasts longer or shorter than usual makes no difference. */
const WAITS = 6;

/** Milliseconds of work that suffice for timestamps. */
const LEAST = 25;

/** Takes times of work that is appended to a GPU's stream. */
export class Clock {
  /** How. */
  readonly kind: ClockKind;
  /** Milliseconds that a wait for the GPU costs. */
  readonly wait: number;
  readonly #gpu: Gpu;
  readonly #stamps: Timestamps | null;

  private constructor(gpu: Gpu, stamps: Timestamps | null, wait: number) {
    this.#gpu = gpu;
    this.#stamps = stamps;
    this.wait = wait;
    this.kind = stamps === null ? "wall time" : "timestamps";
  }

  /** Milliseconds that a piece of work should take at least. */
  get sample(): number {
    return this.#stamps === null ? Math.max(LEAST, WAITS * this.wait) : LEAST;
  }

  /**
   * A clock for a GPU. `work`, of about a hundredth of a second or less, finds out whether its timestamps can be
   * believed: some drivers only tell when commands were submitted.
   */
  static async open(gpu: Gpu, work: () => void): Promise<Clock> {
    const waits: number[] = [];
    const slice = gpu.acquire(16);
    for (let i = 0; i < 5; i++) {
      const start = performance.now();
      gpu.clear(slice);
      await gpu.finish();
      waits.push(performance.now() - start);
    }
    gpu.release(slice);
    const wait = median(waits);
    if (!gpu.device.features.has("timestamp-query")) return new Clock(gpu, null, wait);
    const stamps = new Timestamps(gpu);
    const believable = await believe(gpu, stamps, wait, work);
    return new Clock(gpu, believable ? stamps : null, wait);
  }

  /** Milliseconds of the GPU for `repeats` runs. */
  async time(run: () => void, repeats: number): Promise<number> {
    const all = () => {
      for (let i = 0; i < repeats; i++) run();
    };
    if (this.#stamps !== null) return (await this.#stamps.around(all)).stamped;
    const start = performance.now();
    all();
    await this.#gpu.finish();
    const time = performance.now() - start;
    return Math.max(time - this.wait, time / 100);
  }
}

/** Whether timestamps lie as far apart as the work took, waits aside. */
async function believe(
  gpu: Gpu,
  stamps: Timestamps,
  wait: number,
  work: () => void,
): Promise<boolean> {
  work(); // compiles
  await gpu.finish();
  let repeats = 1;
  for (;;) {
    const { stamped, wall } = await stamps.around(() => {
      for (let i = 0; i < repeats; i++) work();
    });
    if (wall > 2 * WAITS * wait) return stamped > 0.7 * (wall - wait) && stamped <= wall;
    repeats *= 2;
  }
}

/** Two timestamps of one query set. */
class Timestamps {
  readonly #gpu: Gpu;
  readonly #queries: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  readonly #readable: GPUBuffer;

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
    this.#queries = gpu.device.createQuerySet({ type: "timestamp", count: 2 });
    this.#resolved = gpu.device.createBuffer({
      size: 16,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
    this.#readable = gpu.device.createBuffer({
      size: 16,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
  }

  /** Milliseconds between the timestamps around some work, and until it was waited for. */
  async around(work: () => void): Promise<{ stamped: number; wall: number }> {
    await this.#gpu.finish();
    const start = performance.now();
    this.#submit({ querySet: this.#queries, endOfPassWriteIndex: 0 });
    work();
    this.#gpu.flush();
    this.#submit({ querySet: this.#queries, beginningOfPassWriteIndex: 1 }, (encoder) => {
      encoder.resolveQuerySet(this.#queries, 0, 2, this.#resolved, 0);
      encoder.copyBufferToBuffer(this.#resolved, 0, this.#readable, 0, 16);
    });
    await this.#gpu.finish();
    const wall = performance.now() - start;
    await this.#readable.mapAsync(GPUMapMode.READ);
    const [first, last] = new BigUint64Array(this.#readable.getMappedRange());
    const stamped = Number(last! - first!) / 1e6;
    this.#readable.unmap();
    return { stamped, wall };
  }

  #submit(
    timestampWrites: GPUComputePassTimestampWrites,
    then: (encoder: GPUCommandEncoder) => void = () => {},
  ): void {
    const encoder = this.#gpu.device.createCommandEncoder();
    encoder.beginComputePass({ timestampWrites }).end();
    then(encoder);
    this.#gpu.device.queue.submit([encoder.finish()]);
  }
}
