/** A photo worker that stops at photos named `crash`, and answers others with a picture of one pixel. */
import { type PhotoJob, STARTED } from "../../../src/cli/align/photo_jobs.ts";

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<PhotoJob>) => void;
  postMessage(reply: unknown): void;
};
scope.onmessage = ({ data: { id, work } }) => {
  if (work.kind === "decode" && work.source.name === "crash") throw new Error("out of order");
  scope.postMessage({ id, image: { height: 1, width: 1, data: new Uint8Array(3).fill(id) } });
};
scope.postMessage({ id: STARTED });
