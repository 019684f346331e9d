import { join } from "@std/path";

/** One identity's folder. */
export interface IdentityFolder {
  /** The folder's name. */
  readonly name: string;
  /** The names of its image files, in order. */
  readonly images: readonly string[];
}

/** What stands in a folder of identity folders. */
export interface FolderListing {
  /** The folders that hold images, by name. */
  readonly identities: readonly IdentityFolder[];
  /** How many files, and folders in identity folders, are neither images nor hidden. */
  readonly ignored: number;
}

/**
 * Lists `dir/identity/image.jpg|jpeg|png`, sorted by code units, so that labels are the same on
 * every machine. Hidden entries (`.name`) are passed over; other entries are counted.
 *
 * @throws Error when there is no such folder, or no identity folder with an image in it.
 */
export async function listIdentities(dir: string): Promise<FolderListing> {
  const root = await list(dir);
  const identities: IdentityFolder[] = [];
  let ignored = root.files.length;
  for (const name of root.folders) {
    const { files, folders } = await list(join(dir, name));
    const images = files.filter(isImage);
    ignored += files.length - images.length + folders.length;
    if (images.length > 0) identities.push({ name, images });
  }
  if (identities.length === 0) throw nothingFound(dir, root, ignored);
  return { identities, ignored };
}

interface Entries {
  readonly files: string[];
  readonly folders: string[];
}

async function list(dir: string): Promise<Entries> {
  const files: string[] = [];
  const folders: string[] = [];
  try {
    for await (const entry of Deno.readDir(dir)) {
      if (entry.name.startsWith(".")) continue;
      const folder = entry.isSymlink
        ? await leadsToFolder(join(dir, entry.name))
        : entry.isDirectory;
      (folder ? folders : files).push(entry.name);
    }
  } catch (cause) {
    throw explain(dir, cause);
  }
  return { files: files.sort(), folders: folders.sort() };
}

async function leadsToFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch {
    // A link to nowhere is then found broken like any file that cannot be read.
    return false;
  }
}

function isImage(name: string): boolean {
  return /\.(jpg|jpeg|png)$/i.test(name);
}

function explain(dir: string, cause: unknown): Error {
  if (cause instanceof Deno.errors.NotFound) {
    return new Error(`There is no folder ${dir}.`, { cause });
  }
  if (cause instanceof Deno.errors.NotADirectory) {
    return new Error(
      `${dir} is a file; give the folder that holds a folder of images for each identity.`,
      { cause },
    );
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Error(`The folder ${dir} cannot be read: ${reason}`, { cause });
}

function nothingFound(dir: string, root: Entries, ignored: number): Error {
  const loose = root.files.filter(isImage).length;
  if (loose > 0) {
    return new Error(
      `${dir} holds ${loose} ${loose === 1 ? "image" : "images"} itself; put the images of each ` +
        "identity into a folder of its own.",
    );
  }
  if (root.folders.length === 0 && ignored === 0) return new Error(`The folder ${dir} is empty.`);
  return new Error(
    `${dir} holds no JPEG or PNG images in folders (identity/image.jpg); ` +
      `${ignored} other ${ignored === 1 ? "file" : "files"} found.`,
  );
}
