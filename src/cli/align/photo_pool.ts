/** Workers that decode whole photos and encode crops beside the main thread. */

import type { ImageSource } from "../../data/decoding/decode_job.ts";
import { ImageDecodeError, type RgbImage } from "../../faces/images/decode.ts";
import type { CropEncoding, PhotoJob, PhotoReply, PhotoWork } from "./photo_jobs.ts";

/** The most workers: encoding a crop takes as long as decoding several. */
const MOST_WORKERS = 16;

/** A worker has so much to do that it never waits while the main thread does. */
const JOBS_PER_WORKER = 4;

interface Task {
  readonly job: PhotoJob;
  readonly resolve: (reply: PhotoReply) => void;
  readonly reject: (reason: Error) => void;
  /** Whether it was among the jobs of a worker that stopped; then it gets a worker to itself. */
  readonly suspect: boolean;
}

interface Lane {
  readonly worker: Worker;
  readonly tasks: Task[];
  started: boolean;
}

/** The pool; to be disposed of, as its workers keep a process alive. */
export class PhotoPool implements Disposable {
  /** How many jobs are worked on or wait at a worker; more at a time only wait here. */
  readonly capacity: number;
  readonly #spawn: () => Worker;
  readonly #lanes: Lane[];
  readonly #waiting: Task[] = [];
  #nextId = 0;
  /** Why it does nothing any more. */
  #closed: string | null = null;

  /** Starts `workers` workers, by default one for each processor, at most 16. */
  constructor(
    workers: number = Math.min(MOST_WORKERS, navigator.hardwareConcurrency),
    spawn: () => Worker = spawnWorker,
  ) {
    this.#spawn = spawn;
    this.capacity = workers * JOBS_PER_WORKER;
    this.#lanes = Array.from({ length: workers }, () => this.#open());
  }

  /**
   * Decodes a photo whole.
   *
   * @throws {ImageDecodeError} if this photo cannot be used, or a worker stopped at it.
   * @throws {Error} if none can be decoded.
   */
  async decode(source: ImageSource): Promise<RgbImage> {
    const { image, damage, failure } = await this.#do({ kind: "decode", source });
    if (image !== undefined) return image;
    if (damage !== undefined) throw new ImageDecodeError(damage);
    throw new Error(`${source.name} could not be decoded: ${failure}`);
  }

  /** Encodes a crop. */
  async encode(image: RgbImage, encoding: CropEncoding): Promise<Uint8Array<ArrayBuffer>> {
    const { bytes, failure } = await this.#do({ kind: "encode", image, encoding });
    if (bytes !== undefined) return bytes;
    throw new Error(`A crop could not be encoded: ${failure}`);
  }

  /** Ends the workers; what they have not done is given up with an error. */
  [Symbol.dispose](): void {
    this.#close("the pool has been disposed of");
  }

  #do(work: PhotoWork): Promise<PhotoReply> {
    return new Promise((resolve, reject) => {
      const task = { job: { id: this.#nextId++, work }, resolve, reject, suspect: false };
      if (this.#closed !== null) return reject(new Error(givenUp(task, this.#closed)));
      this.#waiting.push(task);
      this.#dispatch();
    });
  }

  #dispatch(): void {
    for (let task = this.#waiting[0]; task !== undefined; task = this.#waiting[0]) {
      const most = task.suspect ? 1 : JOBS_PER_WORKER;
      const open = this.#lanes.filter(({ tasks }) =>
        tasks.length < most && !tasks.some(({ suspect }) => suspect)
      );
      if (open.length === 0) return;
      const lane = open.reduce((a, b) => (b.tasks.length < a.tasks.length ? b : a));
      lane.tasks.push(this.#waiting.shift()!);
      post(lane.worker, task.job);
    }
  }

  #open(): Lane {
    const lane: Lane = { worker: this.#spawn(), tasks: [], started: false };
    lane.worker.onmessage = ({ data }: MessageEvent<PhotoReply>) => this.#settle(lane, data);
    lane.worker.onerror = (event) => {
      event.preventDefault(); // otherwise it would end the process
      this.#replace(lane, event.message);
    };
    return lane;
  }

  #settle(lane: Lane, reply: PhotoReply): void {
    lane.started = true;
    const at = lane.tasks.findIndex(({ job }) => job.id === reply.id);
    if (at < 0) return;
    lane.tasks.splice(at, 1)[0]!.resolve(reply);
    this.#dispatch();
  }

  /** News of a stop may overtake answers, so which of several jobs was at fault shows only one by one. */
  #replace(lane: Lane, reason: string): void {
    const at = this.#lanes.indexOf(lane);
    if (at < 0) return;
    if (!lane.started) return this.#close(`its worker cannot start: ${reason}`);
    close(lane);
    this.#lanes[at] = this.#open();
    if (lane.tasks.length > 1) {
      this.#waiting.unshift(...lane.tasks.map((task) => ({ ...task, suspect: true })));
    } else {
      const [task] = lane.tasks;
      task?.reject(new ImageDecodeError(givenUp(task, `the worker stopped at it: ${reason}`)));
    }
    this.#dispatch();
  }

  #close(reason: string): void {
    this.#closed ??= reason;
    const open = [...this.#lanes.flatMap(({ tasks }) => tasks), ...this.#waiting.splice(0)];
    for (const lane of this.#lanes.splice(0)) close(lane);
    for (const task of open) task.reject(new Error(givenUp(task, reason)));
  }
}

function spawnWorker(): Worker {
  return new Worker(new URL("./photo_worker.ts", import.meta.url), { type: "module" });
}

function post(worker: Worker, job: PhotoJob): void {
  const bytes = job.work.kind === "decode" ? job.work.source.bytes?.slice() : undefined;
  if (job.work.kind !== "decode" || bytes === undefined) return worker.postMessage(job);
  // These bytes alone, as they may be a view of a whole archive; what is moved could not be tried again.
  const source = { ...job.work.source, bytes };
  worker.postMessage({ ...job, work: { ...job.work, source } }, [bytes.buffer]);
}

function close({ worker }: Lane): void {
  worker.onmessage = worker.onerror = null;
  worker.terminate();
}

function givenUp({ job: { work } }: Task, reason: string): string {
  const what = work.kind === "encode" ? "A crop" : work.source.name;
  return `${what} could not be ${work.kind}d: ${reason.replace(/\.$/, "")}.`;
}
