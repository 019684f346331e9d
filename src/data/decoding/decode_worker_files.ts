/** The worker of a decode pool that reads the files itself, so that their bytes aren't copied. */

import { ImageDecodeError } from "../../faces/images/decode.ts";
import { serveDecodeJobs } from "./decode_job.ts";

serveDecodeJobs((source) => {
  if (source.bytes !== undefined) return source.bytes;
  if (source.path === undefined) throw new TypeError(`${source.name} came without its path.`);
  try {
    return Deno.readFileSync(source.path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ImageDecodeError(`${source.name} cannot be read: ${reason}.`);
  }
});
