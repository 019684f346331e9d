import { basename, dirname, isAbsolute, join } from "@std/path";
import type { Landmarks } from "../../faces/face.ts";
import { parseLandmarks } from "../../faces/align/landmark_lists.ts";
import { parseImageList } from "../../formats/image_list.ts";
import { type OpenedImages, requireSample } from "../encoded_images.ts";
import { isImageName, lastTwo } from "./sample_names.ts";
import { readImageFile, stampOf, stampsOf } from "./single_files.ts";

/**
 * Opens a list of images, `path label` a line, with landmarks where it brings them. Identities are called after
 * the folders of their images where each has one of its own, and else after their numbers.
 *
 * @param path The list.
 * @param root Where its paths begin; its own folder by default.
 * @throws Error when it cannot be read; SyntaxError when it is no list of images.
 */
export async function openImageList(
  path: string,
  root: string = dirname(path),
): Promise<OpenedImages> {
  await requireNoRecords(path);
  const text = await Deno.readTextFile(path);
  const list = parseImageList(text, path);
  const resolve = (listed: string) => isAbsolute(listed) ? listed : join(root, listed);
  await requireSome(list.paths, resolve, path, root);
  const { labels, classes, gaps } = compacted(list.labels);
  const identities = foldersOf(list.paths, labels, classes.length) ?? numbersOf(classes);
  const sampleNames = uniquePaths(list.paths, path);
  const set = { name: path, identities, labels, sampleNames };
  const pathOf = (index: number) => {
    requireSample(set, index);
    return resolve(list.paths[index]!);
  };
  return {
    ...set,
    format: list.hasLandmarks ? "list with landmarks" : "list",
    ignored: 0,
    remarks: [],
    labelGaps: gaps,
    ...(list.hasLandmarks && { landmarks: landmarksOf(text, path, list.paths) }),
    path: pathOf,
    encoded: async (index) => await readImageFile(pathOf(index), sampleNames[index]!),
    async *stamps() {
      yield await stampOf(path, basename(path));
      yield* stampsOf(sampleNames, pathOf);
    },
    [Symbol.dispose]() {},
  };
}

/** The list of a RecordIO set names files that are rarely there; the images stand in the set. */
async function requireNoRecords(path: string): Promise<void> {
  const records = path.replace(/\.lst$/i, ".rec");
  if (records === path || await Deno.stat(records).then(() => false, () => true)) return;
  throw new Error(`${path} is the list of a RecordIO set; give ${records}.`);
}

/** How many of the first images are looked for. */
const LOOKED_FOR = 10;

/** A wrong root, or another kind of text, is told at once, not as many damaged images. */
async function requireSome(
  paths: readonly string[],
  resolve: (path: string) => string,
  list: string,
  root: string,
): Promise<void> {
  const first = paths.slice(0, LOOKED_FOR);
  for (const path of first) {
    if (await Deno.stat(resolve(path)).then(() => true, () => false)) return;
  }
  if (!first.some(isImageName)) {
    throw new Error(
      `${list} does not look like a list of images: it names "${
        first[0]
      }", where a line should be such ` +
        'as "Ann/1.jpg 0".',
    );
  }
  throw new Error(
    `${list} names ${first[0]}, but there is no ${
      resolve(first[0]!)
    }; give by --root where its paths ` +
      `begin, in place of ${root}.`,
  );
}

/** Labels from 0 without gaps, what they were, and how many are missing below the largest. */
function compacted(
  written: Uint32Array,
): { labels: Uint32Array; classes: number[]; gaps: number } {
  const classes = [...new Set(written)].sort((a, b) => a - b);
  const labelOf = new Map(classes.map((value, label) => [value, label]));
  const labels = written.map((value) => labelOf.get(value)!);
  return { labels, classes, gaps: classes.length === 0 ? 0 : classes.at(-1)! + 1 - classes.length };
}

/** Each identity's folder; null unless every one has its own. */
function foldersOf(
  paths: readonly string[],
  labels: Uint32Array,
  classes: number,
): string[] | null {
  const folders = new Array<string>(classes).fill("");
  for (const [i, label] of labels.entries()) {
    const { folder } = lastTwo(paths[i]!);
    if (folder === "") return null;
    if (folders[label] === "") folders[label] = folder;
    else if (folders[label] !== folder) return null;
  }
  return new Set(folders).size === classes ? folders : null;
}

function numbersOf(classes: readonly number[]): string[] {
  const digits = String(classes.at(-1) ?? 0).length;
  return classes.map((value) => String(value).padStart(digits, "0"));
}

/** The paths themselves, which must be different. */
function uniquePaths(paths: readonly string[], list: string): readonly string[] {
  const seen = new Set<string>();
  for (const path of paths) {
    if (seen.has(path)) {
      throw new SyntaxError(`${list} names ${path} twice; leave one of the lines out.`);
    }
    seen.add(path);
  }
  return paths;
}

function landmarksOf(
  text: string,
  list: string,
  paths: readonly string[],
): (Landmarks | null)[] {
  const faces = parseLandmarks(text, list);
  return paths.map((path) => faces.get(path)?.[0]?.landmarks ?? null);
}
