/** The worker of a photo pool: decodes photos whole and encodes crops, one after the other. */

import type { ImageSource } from "../../data/decoding/decode_job.ts";
import { decodeImage, ImageDecodeError } from "../../faces/images/decode.ts";
import { encodeJpeg } from "../../faces/images/encode_jpeg.ts";
import { encodePng } from "../../faces/images/encode_png.ts";
import { type PhotoJob, type PhotoReply, type PhotoWork, STARTED } from "./photo_jobs.ts";

/** The part of a worker's global scope that is used here. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<PhotoJob>) => void) | null;
  postMessage(reply: PhotoReply, transfer: Transferable[]): void;
}

const scope = globalThis as unknown as WorkerScope;
let last: Promise<void> = Promise.resolve();
scope.onmessage = ({ data: { id, work } }) => {
  last = last.then(async () => {
    const reply = await run(work);
    const moved = [reply.image?.data.buffer, reply.bytes?.buffer].filter((it) => it !== undefined);
    scope.postMessage({ id, ...reply }, moved);
  });
};
scope.postMessage({ id: STARTED }, []);

async function run(work: PhotoWork): Promise<Omit<PhotoReply, "id">> {
  try {
    if (work.kind === "decode") {
      return { image: await decodeImage(load(work.source), work.source.name) };
    }
    const { image, encoding: { format, quality } } = work;
    if (format === "png") return { bytes: encodePng(image.data, image.height, image.width) };
    return { bytes: await encodeJpeg(image, quality) };
  } catch (error) {
    if (error instanceof ImageDecodeError) return { damage: error.message };
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

function load({ name, bytes, path }: ImageSource): Uint8Array {
  if (bytes !== undefined) return bytes;
  try {
    return Deno.readFileSync(path!);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ImageDecodeError(`${name} cannot be read: ${reason}.`);
  }
}
