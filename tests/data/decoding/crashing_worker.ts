/** Serves decode jobs, and stops at images named `crash`. */
import { serveDecodeJobs } from "../../../src/data/decoding/decode_job.ts";

serveDecodeJobs((source) => {
  if (source.name === "crash") {
    // Outside of the job's own error handling, as a defect would be.
    queueMicrotask(() => {
      throw new Error("out of order");
    });
    return new Promise(() => {});
  }
  return source.bytes!;
});
