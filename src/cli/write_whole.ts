/** Writing files so that a reader never meets half of one. */

import { dirname } from "@std/path";

/** What {@linkcode writeWhole} needs of a file system. */
export interface FileWriter {
  /** Writes and syncs a whole file. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** Puts a file in another's place. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file. */
  remove(path: string): Promise<void>;
}

const DISK: FileWriter = {
  async write(path, bytes) {
    using file = await Deno.open(path, { write: true, create: true, truncate: true });
    for (let written = 0; written < bytes.length;) {
      written += await file.write(bytes.subarray(written));
    }
    await file.sync();
  },
  rename: Deno.rename,
  remove: Deno.remove,
};

/**
 * Writes a file beside its place and renames it there when it is whole and on the disk.
 *
 * @throws {Error} if that fails, such as on a full disk; what stood at `path` is untouched then.
 */
export async function writeWhole(
  path: string,
  content: Uint8Array | string,
  writer: FileWriter = DISK,
): Promise<void> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const part = `${path}.part`;
  try {
    await writer.write(part, bytes);
    await writer.rename(part, path);
  } catch (error) {
    await writer.remove(part).catch(() => {}); // it may not be there
    throw new Error(
      `${path} could not be written (${reasonOf(error)}). What stood there before is untouched; ` +
        `${remedyOf(path, error, bytes.length)}, then try again.`,
      { cause: error },
    );
  }
}

/**
 * Sees to it that {@linkcode writeWhole} will find its place: work of hours should not end in vain.
 *
 * @throws {Error} if `path` is a folder, or nothing can be written beside it.
 */
export async function requireWritable(path: string, writer: FileWriter = DISK): Promise<void> {
  const stands = await Deno.stat(path).catch(() => null);
  if (stands?.isDirectory) {
    throw new Error(`${path} cannot be written: it is a folder; give the path of a file.`);
  }
  const part = `${path}.part`;
  try {
    await writer.write(part, new Uint8Array());
    await writer.remove(part);
  } catch (error) {
    await writer.remove(part).catch(() => {}); // it may not be there
    throw new Error(
      `${path} cannot be written (${reasonOf(error)}); ${remedyOf(path, error, 0)}.`,
      { cause: error },
    );
  }
}

/** The system's words alone, without the call and the path that follow them. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^(.*\(os error \d+\)).*$/s, "$1");
}

/** What to do about a failed write of so many bytes, as the end of a sentence. */
export function remedyOf(path: string, error: unknown, bytes: number): string {
  if (error instanceof Deno.errors.NotFound) {
    return `make the folder ${dirname(path)} first, or choose another place`;
  }
  if (/no space|quota|ENOSPC|EDQUOT/i.test(reasonOf(error))) {
    const room = bytes > 0 ? `${Math.ceil(bytes / 2 ** 20)} MiB` : "some room";
    return `free ${room} or choose another place`;
  }
  return "choose another place";
}
