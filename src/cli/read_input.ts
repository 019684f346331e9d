/** Reading the files that a user names, with errors in plain words. */

/**
 * Reads a whole file.
 *
 * @param path Where it is.
 * @param what What it should be, for messages, such as `pairs list`.
 * @throws {Error} if there is no such file, or it cannot be read.
 */
export async function readInput(path: string, what: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    throw explainRead(path, what, error);
  }
}

/** Why a file or folder cannot be read, in a sentence. */
export function explainRead(path: string, what: string, cause: unknown): Error {
  if (cause instanceof Deno.errors.NotFound) {
    return new Error(`There is no ${what} ${path}.`, { cause });
  }
  if (cause instanceof Deno.errors.IsADirectory) {
    return new Error(`${path} is a folder; give the path of a ${what}.`, { cause });
  }
  if (cause instanceof Deno.errors.NotADirectory) {
    return new Error(`${path} is a file, or leads through one; give the path of a ${what}.`, {
      cause,
    });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Error(`The ${what} ${path} cannot be read: ${reason.replace(/\.$/, "")}.`, { cause });
}

/** The most lines of {@linkcode nameSome}. */
const MOST_NAMED = 20;

/** Items on indented lines of their own, and how many more there are. */
export function nameSome(items: readonly string[], most: number = MOST_NAMED): string {
  const named = items.slice(0, most).map((item) => `  ${item}`);
  const more = items.length - named.length;
  return [...named, ...(more > 0 ? [`  and ${more} more`] : [])].join("\n");
}
