/** Image files that stand by themselves on the disk. */

import { ImageDecodeError } from "../../faces/images/decode.ts";

/**
 * Reads an image file.
 *
 * @param path Where it is.
 * @param name What messages call it.
 * @throws ImageDecodeError when it cannot be read.
 */
export async function readImageFile(path: string, name: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await Deno.readFile(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ImageDecodeError(`${name} cannot be read: ${reason}.`);
  }
}

/** What is known of a file without reading it: its size and when it was changed, or that it isn't there. */
export async function stampOf(path: string, name: string): Promise<string> {
  const info = await Deno.stat(path).catch(() => null);
  return JSON.stringify(info === null ? [name] : [name, info.size, info.mtime?.getTime() ?? 0]);
}

/** Files that are looked at side by side. */
const AT_ONCE = 64;

/** The stamps of many files, in their order. */
export async function* stampsOf(
  names: readonly string[],
  path: (index: number) => string,
): AsyncGenerator<string, void, void> {
  for (let first = 0; first < names.length; first += AT_ONCE) {
    const some = names.slice(first, first + AT_ONCE);
    yield* await Promise.all(some.map((name, i) => stampOf(path(first + i), name)));
  }
}
