/** The photos that `align` is given: a folder tree, one photo, or a set of any known format. */

import { basename, isAbsolute, join, relative } from "@std/path";
import { type EncodedImages, imageSourceOf } from "../../data/encoded_images.ts";
import { openImages } from "../../data/sets/open_images_files.ts";
import { findRecords } from "../../data/sets/record_images_files.ts";
import type { KnownFace } from "../../faces/align/choose_face.ts";
import type { LandmarkList } from "../../faces/align/landmark_lists.ts";
import type { Photo } from "./photos.ts";
import { listImages } from "../image_paths.ts";
import { explainRead, nameSome } from "../read_input.ts";

/** Photos to align; to be disposed of. */
export interface PhotoSet extends Disposable {
  /** The photos, in order. */
  readonly photos: readonly Photo[];
  /** Their landmarks, where the set brings them. */
  readonly landmarks: LandmarkList | null;
}

/**
 * Lists photos.
 *
 * @param from A folder with photos at any depth, a photo, or a set: a list file, an archive, RecordIO.
 * @throws {Error} if there is nothing of that kind, or crops of it would lie outside of the folder they go to.
 */
export async function openPhotos(from: string): Promise<PhotoSet> {
  const info = await Deno.stat(from).catch((error) => {
    throw explainRead(from, "folder of photos", error);
  });
  const isTree = info.isDirectory && (await findRecords(from)) === null;
  if (isTree || /\.(jpe?g|png)$/i.test(from)) {
    const paths = await listImages([from]);
    const photos = paths.map((path): Photo => {
      const name = isTree ? relative(from, path).replaceAll("\\", "/") : basename(path);
      return { name, path, source: () => Promise.resolve({ name, path }) };
    });
    return { photos, landmarks: null, [Symbol.dispose]() {} };
  }
  const set = await openImages(from);
  const { sampleNames: names } = set;
  const unsafe = names.filter((name) => isAbsolute(name) || /(^|[\\/])\.\.([\\/]|$)/.test(name));
  if (unsafe.length > 0) {
    set[Symbol.dispose]();
    throw new Error(`${from} has names that lead out of its folder:\n${nameSome(unsafe)}`);
  }
  const photos = names.map((name, i): Photo => ({ name, source: () => imageSourceOf(set, i) }));
  return { photos, landmarks: landmarksOf(set), [Symbol.dispose]: () => set[Symbol.dispose]() };
}

function landmarksOf({ sampleNames, landmarks }: EncodedImages): LandmarkList | null {
  if (landmarks === undefined) return null;
  return new Map(sampleNames.map((name, i): [string, KnownFace[]] => {
    const known = landmarks[i] ?? null;
    return [name, known === null ? [] : [{ landmarks: known }]];
  }));
}

/**
 * The faces that a file of landmarks knows of photos, by the photos' names: it may have these, or the paths
 * that lead to them.
 *
 * @throws {Error} if it names none of the photos.
 */
export function landmarksFor(
  photos: readonly Photo[],
  list: LandmarkList,
  file: string,
): LandmarkList {
  const found = new Map<string, readonly KnownFace[]>();
  for (const { name, path } of photos) {
    const faces = list.get(name) ?? (path === undefined ? undefined : list.get(tidy(path)));
    if (faces !== undefined) found.set(name, faces);
  }
  if (found.size === 0) {
    const example = [...list.keys()][0];
    throw new Error(
      example === undefined
        ? `${file} has no landmarks.`
        : `${file} names none of the photos: it has names such as ${example}, and they have such as ` +
          `${photos[0]!.name}. Give the folder where its names begin.`,
    );
  }
  return found;
}

function tidy(path: string): string {
  return join(path).replaceAll("\\", "/");
}
