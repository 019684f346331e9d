/** Writing files so that a reader never meets half of one. */

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
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `${path} could not be written (${reason}). What stood there before is untouched; free ` +
        `${Math.ceil(bytes.length / 2 ** 20)} MiB or choose another place, then try again.`,
      { cause: error },
    );
  }
}
