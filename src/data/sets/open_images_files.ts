import { openTarImages, openZipImages } from "./archive_images_files.ts";
import { openVerificationBin } from "./bin_images_files.ts";
import type { OpenedImages } from "../encoded_images.ts";
import { openFileSource } from "./file_source_files.ts";
import { openFolder } from "./folder_images_files.ts";
import { HEAD_BYTES, kindOf, type SetKind } from "./image_set_kinds.ts";
import { openImageList } from "./list_images_files.ts";
import { findRecords, openRecords } from "./record_images_files.ts";

/** Options of {@linkcode openImages}. */
export interface OpenImagesOptions {
  /** Where the paths of a list file begin; the list's own folder by default. */
  readonly root?: string | undefined;
}

/**
 * Opens a set of images of any known format, told by its contents: a folder of identity folders, a folder with
 * a `train.rec`, a `.rec` file, a list file, a verification `.bin`, a zip or a tar. Nothing is decoded.
 *
 * @param path The folder or file.
 * @throws Error when there is none, it cannot be read, or it is something else; the message says what it looks
 * like and what to do.
 */
export async function openImages(
  path: string,
  options: OpenImagesOptions = {},
): Promise<OpenedImages> {
  if (await isFolder(path)) {
    const records = await findRecords(path);
    return records === null ? await openFolder(path) : await openRecords(records);
  }
  return await OPENERS[await kindOfFile(path)](path, options);
}

type Opener = (path: string, options: OpenImagesOptions) => Promise<OpenedImages>;

const OPENERS: Readonly<Record<SetKind, Opener>> = {
  records: openRecords,
  verification: openVerificationBin,
  zip: openZipImages,
  tar: openTarImages,
  text: (path, { root }) => openImageList(path, root),
};

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) {
      throw new Error(`There is no folder or file ${path}.`, { cause });
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${path} cannot be read: ${reason.replace(/\.$/, "")}.`, { cause });
  }
}

/** What kind of set a file is; companions of a set lead to the set itself in the message. */
async function kindOfFile(path: string): Promise<SetKind> {
  const companion = /\.(?:idx|property)$|(?:^|[\\/])property$/i.test(path);
  if (companion) {
    throw new Error(`${path} stands beside a RecordIO set; give its .rec file, or their folder.`);
  }
  using source = await openFileSource(path);
  const head = await source.read(0, Math.min(HEAD_BYTES, source.size));
  return kindOf(head, source.size, path);
}
