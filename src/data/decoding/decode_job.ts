/** What the decode pool and its workers say to each other, and the workers' side of it. */

import { decodeImage, ImageDecodeError } from "../../faces/images/decode.ts";
import { fitCrop } from "../../faces/images/resample.ts";
import type { ImageSize } from "../dataset.ts";

/** Where the bytes of an image file come from. */
export interface ImageSource {
  /** The file's name, for messages. */
  readonly name: string;
  /** The whole file; or else {@linkcode path}. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  /** Where a worker that reads files finds it. */
  readonly path?: string;
}

/** One image to decode and to fit to a size. */
export interface DecodeJob {
  /** Comes back in the reply. */
  readonly id: number;
  /** The image file. */
  readonly source: ImageSource;
  /** The size of the result; without one the image is decoded, and nothing but its own size comes back. */
  readonly size?: ImageSize;
}

/** The id of the reply by which a worker says that it has started. */
export const STARTED: number = -1;

/** The outcome of a job: pixels, a damaged image, or a failure that isn't the image's fault. */
export interface DecodeReply {
  /** The job's id, or {@linkcode STARTED}. */
  readonly id: number;
  /** RGB bytes, `[height, width, 3]`. */
  readonly pixels?: Uint8Array<ArrayBuffer>;
  /** Height and width of the whole image. */
  readonly whole?: ImageSize;
  /** Why this image cannot be used. */
  readonly damage?: string;
  /** Why no image can be decoded. */
  readonly failure?: string;
}

/** The part of a worker's global scope that is used here. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<DecodeJob>) => void) | null;
  postMessage(reply: DecodeReply, transfer: Transferable[]): void;
}

/**
 * Answers the decode jobs that are posted to this worker, one after the other in their order.
 *
 * @param load Gives a file's bytes, or throws ImageDecodeError where it cannot be read.
 */
export function serveDecodeJobs(
  load: (source: ImageSource) => Uint8Array | Promise<Uint8Array>,
): void {
  const scope = globalThis as unknown as WorkerScope;
  let last: Promise<void> = Promise.resolve();
  scope.onmessage = ({ data: job }) => {
    last = last.then(async () => {
      const reply = await run(job, load);
      scope.postMessage(reply, reply.pixels ? [reply.pixels.buffer] : []);
    });
  };
  scope.postMessage({ id: STARTED }, []);
}

async function run(
  { id, source, size }: DecodeJob,
  load: (source: ImageSource) => Uint8Array | Promise<Uint8Array>,
): Promise<DecodeReply> {
  try {
    const image = await decodeImage(await load(source), source.name);
    const whole = { height: image.height, width: image.width };
    return { id, whole, ...(size && { pixels: fitCrop(image, size) }) };
  } catch (error) {
    if (error instanceof ImageDecodeError) return { id, damage: error.message };
    return { id, failure: error instanceof Error ? error.message : String(error) };
  }
}
