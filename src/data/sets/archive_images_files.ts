import { basename } from "@std/path";
import { ImageDecodeError } from "../../faces/images/decode.ts";
import type { Archive, RefusedEntry } from "../../formats/archives/archive.ts";
import type { ByteSource } from "../../formats/byte_source.ts";
import { openTar } from "../../formats/archives/tar.ts";
import { openZip } from "../../formats/archives/zip.ts";
import { type OpenedImages, requireSample } from "../encoded_images.ts";
import { openFileSource } from "./file_source_files.ts";
import { isImageName } from "./sample_names.ts";
import { stampOf } from "./single_files.ts";

/** Entries that a remark names. */
const MOST_NAMED = 5;

/** Opens a zip of identity folders; see {@linkcode openArchive}. */
export function openZipImages(path: string): Promise<OpenedImages> {
  return openArchive(path, "zip", openZip);
}

/** Opens a tar of identity folders; see {@linkcode openArchive}. */
export function openTarImages(path: string): Promise<OpenedImages> {
  return openArchive(path, "tar", openTar);
}

/**
 * Opens an archive of folders. Folders that all images have in common are passed over; what is left of an image's
 * path before its file is its identity. Sorted by code units, as folders on the disk are.
 *
 * @throws Error when it cannot be read, or has no image in a folder; SyntaxError when it is damaged.
 */
async function openArchive(
  path: string,
  format: string,
  open: (source: ByteSource) => Promise<Archive>,
): Promise<OpenedImages> {
  const source = await openFileSource(path);
  try {
    const archive = await open(source);
    const { files, ignored } = imagesOf(archive);
    const names = files.map(({ path }) => path);
    const strip = commonFolders(names);
    const sampleNames = names.map((name) => name.slice(strip));
    const folders = sampleNames.map((name) => name.slice(0, name.lastIndexOf("/")));
    const identities = [...new Set(folders)];
    const labelOf = new Map(identities.map((identity, label) => [identity, label]));
    const images = {
      name: path,
      identities,
      labels: Uint32Array.from(folders, (folder) => labelOf.get(folder)!),
      sampleNames,
    };
    return {
      ...images,
      format,
      ignored,
      remarks: remarksOf(path, archive.refused),
      async encoded(index) {
        requireSample(images, index);
        try {
          return await archive.read(files[index]!.index);
        } catch (error) {
          throw new ImageDecodeError(error instanceof Error ? error.message : String(error));
        }
      },
      async *stamps() {
        yield await stampOf(path, basename(path));
      },
      [Symbol.dispose]: () => source[Symbol.dispose](),
    };
  } catch (error) {
    source[Symbol.dispose]();
    throw error;
  }
}

interface ImageEntry {
  readonly path: string;
  /** Its place in the archive. */
  readonly index: number;
}

/** Images in folders by path, and how many other files there are; hidden ones aren't counted. */
function imagesOf({ name, entries }: Archive): { files: ImageEntry[]; ignored: number } {
  const files: ImageEntry[] = [];
  let ignored = 0;
  let loose = 0;
  entries.forEach(({ path }, index) => {
    if (isHidden(path)) return;
    if (isImageName(path) && path.includes("/")) {
      files.push({ path, index });
      return;
    }
    ignored++;
    if (isImageName(path)) loose++;
  });
  if (files.length === 0) {
    throw new Error(
      loose > 0
        ? `${name} holds ${loose} ${
          loose === 1 ? "image" : "images"
        } outside of folders; put the ` +
          "images of each identity into a folder of its own."
        : `${name} holds no JPEG or PNG images in folders (identity/image.jpg); ` +
          `${ignored} other ${ignored === 1 ? "file" : "files"} found.`,
    );
  }
  // By folder first, so that `a b/1` does not come between `a/1` and `a/2`.
  const keyed = files.map((file) => ({ file, folder: file.path.lastIndexOf("/") }));
  keyed.sort((a, b) =>
    compare(a.file.path.slice(0, a.folder), b.file.path.slice(0, b.folder)) ||
    compare(a.file.path, b.file.path)
  );
  return { files: keyed.map(({ file }) => file), ignored };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Hidden files and folders, and what macOS puts beside files. */
function isHidden(path: string): boolean {
  return path.split("/").some((part) => part.startsWith(".") || part === "__MACOSX");
}

/** Length of the folders that all paths have in common and that are above their identities. */
function commonFolders(paths: readonly string[]): number {
  const [first, ...rest] = paths;
  let length = first!.lastIndexOf("/", first!.lastIndexOf("/") - 1) + 1;
  for (const path of rest) {
    const above = path.lastIndexOf("/", path.lastIndexOf("/") - 1) + 1;
    length = Math.min(length, above);
    while (length > 0 && !path.startsWith(first!.slice(0, length))) {
      length = first!.lastIndexOf("/", length - 2) + 1;
    }
  }
  return length;
}

function remarksOf(archive: string, refused: readonly RefusedEntry[]): string[] {
  if (refused.length === 0) return [];
  const named = refused.slice(0, MOST_NAMED).map(({ path, reason }) => `${path} (${reason})`);
  const more = refused.length > MOST_NAMED ? ` and ${refused.length - MOST_NAMED} more` : "";
  return [
    `${refused.length} entries of ${archive} were passed over: ${named.join(", ")}${more}.`,
  ];
}
