/** The worker of a decode pool that is handed bytes. */

import { serveDecodeJobs } from "./decode_job.ts";

serveDecodeJobs((source) => {
  if (source.bytes === undefined) throw new TypeError(`${source.name} came without its bytes.`);
  return source.bytes;
});
