/** The images that arguments name: files, folders, or one set of any format. */

import type { OpenedImages } from "../data/encoded_images.ts";
import { openImages } from "../data/sets/open_images_files.ts";
import { findRecords } from "../data/sets/record_images_files.ts";
import { isImageName } from "../data/sets/sample_names.ts";
import type { CropSource } from "./crops.ts";
import { listImages } from "./image_paths.ts";

/** Images that a command was given. Dispose of them once they are read. */
export interface OpenedSource extends Disposable {
  /** The images. */
  readonly source: CropSource;
  /** Remarks for the log. */
  readonly remarks: readonly string[];
}

/**
 * Opens what arguments name: JPEG and PNG files, folders that are searched for such, or one set alone: a RecordIO
 * set, a verification set, a list file, a zip or a tar.
 *
 * @throws {Error} for what isn't there, and for a set beside other arguments.
 */
export async function openCropSource(args: readonly string[]): Promise<OpenedSource> {
  const sets: string[] = [];
  for (const arg of args) if (await isSet(arg)) sets.push(arg);
  if (sets.length === 0) {
    return { source: await listImages(args), remarks: [], [Symbol.dispose]() {} };
  }
  if (args.length > 1) {
    throw new TypeError(`${sets[0]} is a set of images; give it alone.`);
  }
  const opened: OpenedImages = await openImages(sets[0]!);
  return {
    source: opened,
    remarks: opened.remarks,
    [Symbol.dispose]: () => opened[Symbol.dispose](),
  };
}

/** Whether a path leads to a set in one file, or to a folder with a RecordIO set. */
async function isSet(path: string): Promise<boolean> {
  const stands = await Deno.stat(path).catch(() => null);
  if (stands === null) return false;
  if (stands.isDirectory) return await findRecords(path) !== null;
  return /\.(?:rec|bin|zip|tar|lst|txt|csv|tsv|list)$/i.test(path) && !isImageName(path);
}
