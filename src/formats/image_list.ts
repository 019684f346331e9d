/**
 * Lists of labelled images, one on a line: `path label`, as Caffe reads them, `path label x1 y1 … x5 y5`
 * with landmarks, and the two forms of `.lst` files.
 */

import { parseRecordList } from "./records/lists.ts";

/** What a list says. */
export interface ImageList {
  /** The images' paths as written, with `/`, without `./` in front. */
  readonly paths: readonly string[];
  /** The label of each image, as written. */
  readonly labels: Uint32Array;
  /** Whether each line has ten numbers more, which a reader of landmarks takes. */
  readonly hasLandmarks: boolean;
}

/** The most bad lines that an error names. */
const MOST_NAMED = 5;
const LANDMARK_NUMBERS = 10;
const LARGEST_LABEL = 2 ** 32 - 1;

interface Line {
  readonly path: string;
  readonly label: number;
  readonly hasLandmarks: boolean;
}

/**
 * Reads a list of labelled images. Fields are separated by tabs, spaces or commas; a path may hold spaces.
 * Empty lines and those that begin with `#` are passed over.
 *
 * @param text The whole list.
 * @param name Its name, for messages.
 * @throws {SyntaxError} naming the lines that are none, or that some have landmarks and others not.
 *
 * @example
 * ```ts
 * import { parseImageList } from "@spheregrad/spheregrad";
 *
 * const list = parseImageList("Ann/1.jpg 0\nBo Li/1.jpg 1\n", "train.txt");
 * console.log(list.paths[1]); // Bo Li/1.jpg
 * ```
 */
export function parseImageList(text: string, name: string): ImageList {
  const content = text.replace(/^\ufeff/, "");
  if (looksLikeRecordList(content)) {
    const images = parseRecordList(content, name);
    return {
      paths: images.map(({ path }) => plainPath(path)),
      labels: Uint32Array.from(images, ({ label }) => label),
      hasLandmarks: false,
    };
  }
  const lines: Line[] = [];
  const bad: string[] = [];
  for (const [i, words] of content.split(/\r\n|\r|\n/).entries()) {
    if (/^\s*(#|$)/.test(words)) continue;
    const line = parseLine(words.trim());
    if (line !== null) lines.push(line);
    else bad.push(`  line ${i + 1}: "${words.length > 100 ? `${words.slice(0, 100)}…` : words}"`);
  }
  if (bad.length > 0) throw new SyntaxError(nameBad(name, bad));
  if (lines.length === 0) throw new SyntaxError(`${name} is empty: it should list images.`);
  const hasLandmarks = lines[0]!.hasLandmarks;
  const other = lines.findIndex((line) => line.hasLandmarks !== hasLandmarks);
  if (other >= 0) {
    throw new SyntaxError(
      `${name} has landmarks for some images but not for ${lines[other]!.path}: give all or none.`,
    );
  }
  return {
    paths: lines.map(({ path }) => path),
    labels: Uint32Array.from(lines, ({ label }) => label),
    hasLandmarks,
  };
}

/**
 * Writes a list, `path label`.
 *
 * @throws {RangeError} for a path that a line cannot hold.
 */
export function formatImageList(
  { paths, labels }: Pick<ImageList, "paths" | "labels">,
): string {
  return paths.map((path, i) => {
    if (/[\r\n]|^\s|^#|\s$|^$/.test(path)) {
      throw new RangeError(`${JSON.stringify(path)} cannot stand in a list: rename the image.`);
    }
    return `${path} ${labels[i]}\n`;
  }).join("");
}

/** `1 path label` or `number label path`, by tabs. */
function looksLikeRecordList(text: string): boolean {
  const first = /^\s*([^\r\n]+)/.exec(text)?.[1]?.split("\t") ?? [];
  if (first.length < 3 || !/^\d+$/.test(first[0]!)) return false;
  return !isNumber(first.at(-1)!) || (!isNumber(first[1]!) && first.length === 3);
}

function parseLine(line: string): Line | null {
  const landmarks = /^(.*?)((?:[\s,]+[-+]?[\d.]+(?:e[-+]?\d+)?){11})$/i.exec(line);
  if (landmarks !== null) {
    const [label, ...numbers] = landmarks[2]!.split(/[\s,]+/).slice(1);
    const isWhole = numbers.length === LANDMARK_NUMBERS && numbers.every(isNumber);
    if (isWhole && landmarks[1] !== "") return lineOf(landmarks[1]!, label!, true);
  }
  const plain = /^(.*?)[\s,]+(\d+)$/.exec(line);
  return plain === null ? null : lineOf(plain[1]!, plain[2]!, false);
}

function lineOf(path: string, label: string, hasLandmarks: boolean): Line | null {
  const value = Number(label);
  if (!/^\d+$/.test(label) || value > LARGEST_LABEL || path === "") return null;
  return { path: plainPath(path), label: value, hasLandmarks };
}

function plainPath(path: string): string {
  return path.replaceAll("\\", "/").replace(/^(?:\.\/+)+/, "");
}

function isNumber(text: string): boolean {
  return text.trim() !== "" && Number.isFinite(Number(text));
}

function nameBad(name: string, bad: readonly string[]): string {
  const rest = bad.length > MOST_NAMED ? `\n  and ${bad.length - MOST_NAMED} more` : "";
  return `${name} should list images as "path label", label being a whole number, but has\n` +
    bad.slice(0, MOST_NAMED).join("\n") + rest;
}
