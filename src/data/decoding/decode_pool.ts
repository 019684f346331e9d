import { ImageDecodeError } from "../../faces/images/decode.ts";
import type { ImageSize } from "../dataset.ts";
import type { DecodeJob, DecodeReply, ImageSource } from "./decode_job.ts";

export type { ImageSource } from "./decode_job.ts";

/** Enough that a worker never waits for its next job while the main thread is free. */
const JOBS_PER_WORKER = 4;

/** Options of {@linkcode DecodePool}. */
export interface DecodePoolOptions {
  /** How many workers; by default one for each processor, at most 4. */
  readonly workers?: number;
  /**
   * How many images each worker is given at once, 4 by default: more where the main thread is busy for long
   * and hands out none, as while a software adapter computes.
   */
  readonly jobsPerWorker?: number;
  /** Makes a worker that serves decode jobs; by default one that is handed bytes. */
  readonly spawn?: () => Worker;
}

interface Task {
  readonly job: DecodeJob;
  readonly resolve: (reply: DecodeReply) => void;
  readonly reject: (reason: Error) => void;
  /** Whether it was among the jobs of a worker that stopped. */
  readonly suspect: boolean;
}

/** A worker and its unanswered tasks, the one that it is at first. */
interface Lane {
  readonly worker: Worker;
  readonly tasks: Task[];
  /** Whether the worker has said that it started. */
  ready: boolean;
}

/**
 * Workers that decode image files and fit them to a size beside the main thread.
 *
 * The pool must be disposed of, as its workers keep a process alive.
 *
 * @example
 * ```ts
 * import { DecodePool, encodePng } from "@spheregrad/spheregrad";
 *
 * using pool = new DecodePool({ workers: 1 });
 * const bytes = encodePng(new Uint8Array(12).fill(7), 2, 2);
 * const pixels = await pool.decode({ name: "grey.png", bytes }, { height: 1, width: 1 });
 * console.assert(pixels[0] === 7);
 * ```
 */
export class DecodePool implements Disposable {
  /** How many images it works on at once; asking for more at a time only makes them wait. */
  readonly capacity: number;
  readonly #jobsPerWorker: number;
  readonly #spawn: () => Worker;
  readonly #lanes: Lane[];
  readonly #waiting: Task[] = [];
  #nextId = 0;
  /** Why it decodes no longer. */
  #closed: string | null = null;

  /**
   * Starts the workers.
   *
   * @throws RangeError when the number of workers, or of images for each, isn't a positive integer.
   */
  constructor(options: DecodePoolOptions = {}) {
    const workers = options.workers ??
      Math.max(1, Math.min(4, globalThis.navigator?.hardwareConcurrency ?? 1));
    if (!Number.isInteger(workers) || workers < 1) {
      throw new RangeError(`A decode pool takes at least 1 worker, not ${workers}.`);
    }
    const { jobsPerWorker = JOBS_PER_WORKER } = options;
    if (!Number.isInteger(jobsPerWorker) || jobsPerWorker < 1) {
      throw new RangeError(`A decode worker takes at least 1 image, not ${jobsPerWorker}.`);
    }
    this.capacity = workers * jobsPerWorker;
    this.#jobsPerWorker = jobsPerWorker;
    this.#spawn = options.spawn ?? spawnByteWorker;
    this.#lanes = Array.from({ length: workers }, () => this.#openLane());
  }

  /**
   * Decodes an image file and fits it to a size (see `fitCrop`).
   *
   * @param source The file's bytes, which are copied to the worker, or its path where the workers
   * read files.
   * @param size Height and width of the result.
   * @returns RGB bytes, `[size.height, size.width, 3]`.
   * @throws ImageDecodeError when this image cannot be used; Error when a worker stopped at it or
   * cannot decode at all, or when the pool has been disposed of.
   */
  async decode(source: ImageSource, size: ImageSize): Promise<Uint8Array<ArrayBuffer>> {
    const { height, width } = size;
    return (await this.#run(source, { height, width })).pixels!;
  }

  /**
   * Decodes an image file, to know that it is whole.
   *
   * @param source As for {@linkcode decode}.
   * @returns Height and width of the image.
   * @throws As {@linkcode decode} does.
   */
  async measure(source: ImageSource): Promise<ImageSize> {
    return (await this.#run(source)).whole!;
  }

  /** Ends the workers; images that are not yet decoded are given up with an error. */
  dispose(): void {
    this.#close("the decode pool has been disposed of");
  }

  /** The same as {@linkcode dispose}. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  #run(source: ImageSource, size?: ImageSize): Promise<DecodeReply> {
    if (this.#closed !== null) return Promise.reject(notDecoded(source, this.#closed));
    return new Promise((resolve, reject) => {
      const job: DecodeJob = { id: this.#nextId++, source, ...(size && { size }) };
      this.#waiting.push({ job, resolve, reject, suspect: false });
      this.#dispatch();
    });
  }

  #close(reason: string): void {
    this.#closed ??= reason;
    const open: Task[] = [];
    for (const lane of this.#lanes.splice(0)) {
      closeLane(lane);
      open.push(...lane.tasks);
    }
    open.push(...this.#waiting.splice(0));
    for (const { job, reject } of open) reject(notDecoded(job.source, reason));
  }

  #dispatch(): void {
    for (let task = this.#waiting[0]; task !== undefined; task = this.#waiting[0]) {
      const { suspect } = task;
      const open = this.#lanes.filter((lane) => hasRoom(lane, suspect ? 1 : this.#jobsPerWorker));
      if (open.length === 0) return;
      const lane = open.reduce((a, b) => (b.tasks.length < a.tasks.length ? b : a));
      this.#waiting.shift();
      lane.tasks.push(task);
      post(lane.worker, task.job);
    }
  }

  #openLane(): Lane {
    const lane: Lane = { worker: this.#spawn(), tasks: [], ready: false };
    lane.worker.onmessage = (event: MessageEvent<DecodeReply>) => this.#settle(lane, event.data);
    lane.worker.onerror = (event) => {
      // Otherwise the error would end the process.
      event.preventDefault();
      this.#replace(lane, event.message);
    };
    lane.worker.onmessageerror = () => this.#replace(lane, "its answer cannot be read");
    return lane;
  }

  #settle(lane: Lane, reply: DecodeReply): void {
    lane.ready = true;
    const at = lane.tasks.findIndex((task) => task.job.id === reply.id);
    if (at < 0) return;
    const [task] = lane.tasks.splice(at, 1) as [Task];
    if (reply.whole) task.resolve(reply);
    else if (reply.damage !== undefined) task.reject(new ImageDecodeError(reply.damage));
    else task.reject(notDecoded(task.job.source, reply.failure ?? "no answer"));
    this.#dispatch();
  }

  /**
   * Puts a new worker in the place of one that stopped; only the image that it was at is lost. Which one
   * that was is known only if it was alone, for news of the stop may overtake the last answers: of several,
   * each is tried again by itself.
   */
  #replace(lane: Lane, reason: string): void {
    const at = this.#lanes.indexOf(lane);
    if (at < 0) return;
    if (!lane.ready) return this.#close(`the decode worker cannot start: ${reason}`);
    closeLane(lane);
    this.#lanes[at] = this.#openLane();
    const [culprit, ...others] = lane.tasks;
    if (others.length > 0) {
      this.#waiting.unshift(...lane.tasks.map((task) => ({ ...task, suspect: true })));
    } else {
      culprit?.reject(notDecoded(culprit.job.source, `the decode worker stopped at it: ${reason}`));
    }
    this.#dispatch();
  }
}

/** A suspect gets a worker to itself. */
function hasRoom({ tasks }: Lane, most: number): boolean {
  return tasks.length < most && !tasks.some((task) => task.suspect);
}

function spawnByteWorker(): Worker {
  return new Worker(new URL("./decode_worker.ts", import.meta.url), { type: "module" });
}

function post(worker: Worker, job: DecodeJob): void {
  const { source } = job;
  if (source.bytes === undefined) return worker.postMessage(job);
  // A copy of just these bytes, as they may be a view of a whole archive.
  const bytes = source.bytes.slice();
  worker.postMessage({ ...job, source: { ...source, bytes } }, [bytes.buffer]);
}

function closeLane({ worker }: Lane): void {
  worker.onmessage = worker.onerror = worker.onmessageerror = null;
  worker.terminate();
}

function notDecoded(source: ImageSource, reason: string): Error {
  return new Error(`${source.name} could not be decoded: ${reason.replace(/\.$/, "")}.`);
}
