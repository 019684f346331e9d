import type { ByteSource } from "../../formats/byte_source.ts";
import { requireInside } from "../../formats/byte_source.ts";

/** A file that is read at any place. Dispose of it to close it. */
export interface FileSource extends ByteSource, Disposable {}

/**
 * Opens a file for reading at random places. Reads are made at once, without another thread: what is read here
 * is small, and most of it is in the system's memory.
 *
 * @param path The file.
 * @throws Error when there is none or it cannot be read.
 */
export async function openFileSource(path: string): Promise<FileSource> {
  let file: Deno.FsFile;
  let size: number;
  try {
    file = await Deno.open(path);
    size = (await file.stat()).size;
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) {
      throw new Error(`There is no file ${path}.`, { cause });
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${path} cannot be read: ${reason.replace(/\.$/, "")}.`, { cause });
  }
  return {
    name: path,
    size,
    read: (offset, length) =>
      new Promise((resolve) => resolve(readAt(file, path, size, offset, length))),
    [Symbol.dispose]: () => file.close(),
  };
}

/** Seeks and reads in one go, so that no other read comes between. */
function readAt(
  file: Deno.FsFile,
  path: string,
  size: number,
  offset: number,
  length: number,
): Uint8Array<ArrayBuffer> {
  requireInside(path, offset, length, size);
  const bytes = new Uint8Array(length);
  file.seekSync(offset, Deno.SeekMode.Start);
  let done = 0;
  while (done < length) {
    const read = file.readSync(bytes.subarray(done));
    if (read === null) throw new RangeError(`${path} has become shorter while it was read.`);
    done += read;
  }
  return bytes;
}
