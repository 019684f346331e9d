/** Finding image files on the disk. */

import { basename, dirname, join } from "@std/path";
import { explainRead, nameSome } from "./read_input.ts";

/** File endings of images, in the order in which one is preferred to another. */
const ENDINGS = ["jpg", "jpeg", "png"] as const;

/**
 * The image files that arguments name: files as they are, and folders with all JPEG and PNG files below
 * them, sorted by code units. Each file is listed once; hidden files and folders are passed over.
 *
 * @throws {Error} naming all arguments that do not exist, or all folders without an image.
 */
export async function listImages(args: readonly string[]): Promise<string[]> {
  const missing: string[] = [];
  const empty: string[] = [];
  const found = new Set<string>();
  for (const arg of args) {
    const stands = await Deno.stat(arg).catch((error) => {
      if (error instanceof Deno.errors.NotFound) return null;
      throw explainRead(arg, "image or folder", error);
    });
    if (stands === null) missing.push(arg);
    else if (!stands.isDirectory) found.add(join(arg));
    else {
      const below = await walk(arg, new Set());
      if (below.length === 0) empty.push(arg);
      for (const path of below.sort()) found.add(path);
    }
  }
  if (missing.length > 0) throw new Error(`There is no file or folder ${missing.join(", ")}.`);
  if (empty.length > 0) {
    const [folders, hold] = empty.length === 1 ? ["folder", "holds"] : ["folders", "hold"];
    throw new Error(`The ${folders} ${empty.join(", ")} ${hold} no JPEG or PNG image.`);
  }
  return [...found];
}

/**
 * Sees to it that paths lead to files.
 *
 * @throws {Error} naming all that do not.
 */
export async function requireFiles(paths: readonly string[]): Promise<void> {
  const problems = await Promise.all(paths.map(async (path) => {
    try {
      return (await Deno.stat(path)).isDirectory ? `${path} is a folder; give an image.` : "";
    } catch (error) {
      return explainRead(path, "image", error).message;
    }
  }));
  const found = [...new Set(problems)].filter((problem) => problem !== "");
  if (found.length > 0) throw new Error(found.join(" "));
}

/** Images below a folder, unsorted; `above` are the folders on the way, which a link may lead back to. */
async function walk(folder: string, above: ReadonlySet<string>): Promise<string[]> {
  const real = await Deno.realPath(folder);
  if (above.has(real)) return [];
  const images: string[] = [];
  for (const name of await namesIn(folder)) {
    if (name.startsWith(".")) continue;
    const path = join(folder, name);
    const stands = await Deno.stat(path).catch(() => null);
    if (stands?.isDirectory) images.push(...await walk(path, new Set([...above, real])));
    else if (preference(name) >= 0) images.push(path);
  }
  return images;
}

/**
 * Finds the images that a pairs list names.
 *
 * @param folder Where the people's folders are.
 * @param stems Images without their endings, such as `Ann_Lee/Ann_Lee_0001`.
 * @param list The list's name, for messages.
 * @returns A path for each of them.
 * @throws {Error} naming all that are missing.
 */
export async function findImages(
  folder: string,
  stems: readonly string[],
  list: string,
): Promise<string[]> {
  await namesIn(folder);
  const known = new Map<string, Map<string, string>>();
  const missing: string[] = [];
  const paths: string[] = [];
  for (const stem of stems) {
    const person = dirname(stem);
    const files = known.get(person) ?? await imagesOf(join(folder, person));
    known.set(person, files);
    const file = files.get(basename(stem));
    if (file === undefined) missing.push(stem);
    else paths.push(join(folder, person, file));
  }
  if (missing.length > 0) {
    const all = missing.length === stems.length
      ? " Images are looked for as name/name_0001.jpg, .jpeg or .png."
      : "";
    throw new Error(
      `${folder} lacks ${missing.length} of the ${stems.length} images that ${list} names.${all}\n` +
        nameSome(missing),
    );
  }
  return paths;
}

/** Image files of a folder by their names without endings; none where there is no such folder. */
async function imagesOf(folder: string): Promise<Map<string, string>> {
  const images = new Map<string, string>();
  const names = await namesIn(folder).catch((error) => {
    if (error.cause instanceof Deno.errors.NotFound) return [];
    if (error.cause instanceof Deno.errors.NotADirectory) return [];
    throw error;
  });
  for (const name of names) {
    const stem = name.slice(0, name.lastIndexOf("."));
    const other = images.get(stem);
    const rank = preference(name);
    if (rank >= 0 && (other === undefined || rank < preference(other))) images.set(stem, name);
  }
  return images;
}

/** The sorted names of what is in a folder. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
  } catch (error) {
    throw explainRead(folder, "folder", error);
  }
}

/** Rank of an image's ending, the best being 0; -1 for other files. */
function preference(name: string): number {
  const ending = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase();
  return ENDINGS.findIndex((known) => known === ending);
}
