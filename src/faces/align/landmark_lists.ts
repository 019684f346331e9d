/** Landmarks out of files: lists of one face a line, and JSON. */

import type { KnownFace } from "./choose_face.ts";
import type { FaceBox, Landmarks, Point } from "../face.ts";
import { applyMatrix } from "./matrix.ts";
import { similarityTransform } from "./similarity.ts";
import { faceTemplate } from "./template.ts";

/** The orders of a line's ten numbers; see {@linkcode parseLandmarks}. */
export const LANDMARK_ORDERS = ["pairs", "columns"] as const;

/** One of them. */
export type LandmarkOrder = (typeof LANDMARK_ORDERS)[number];

/** Faces of photos by the photos' names, with `/` between folders. */
export type LandmarkList = ReadonlyMap<string, readonly KnownFace[]>;

/** How a file of landmarks is to be read. */
export interface LandmarkListOptions {
  /** The order of the numbers in a line; found out if left out. */
  readonly order?: LandmarkOrder;
  /**
   * What the coordinates of a list count pixels from; 1 if left out, as in MATLAB, since such lists hold what
   * the released MTCNN or a port of it says. The points that come out count from 0. JSON always does.
   */
  readonly origin?: 0 | 1;
}

/** The names of the landmarks in JSON, in order. */
const NAMES = ["left_eye", "right_eye", "nose", "mouth_left", "mouth_right"] as const;

/** The share of lines that must agree on the order. */
const AGREEMENT = 0.9;

/** The most bad lines that an error names. */
const MOST_NAMED = 5;

interface Line {
  readonly name: string;
  readonly numbers: readonly number[];
}

/**
 * Reads landmarks of photos.
 *
 * A list has a line for each face: the photo's path, perhaps its label, and ten numbers, separated by tabs,
 * spaces or commas, as in `lfw_landmark.txt` and `casia_landmark.txt`. The numbers are x and y of each
 * landmark in turn (`"pairs"`), or five x and then five y (`"columns"`, as MTCNN's arrays have them): which of
 * them is found out by what looks like a face. Empty lines and those that begin with `#` are passed over.
 *
 * JSON, known by its first character, is what `detect --json` prints: an object with a list of faces for each
 * photo, each with `landmarks` (`left_eye`, `right_eye`, `nose`, `mouth_left`, `mouth_right`, each `[x, y]`)
 * and perhaps `box` and `confidence`. A list may be empty: then the photo is known to show no face.
 *
 * @param text The whole file.
 * @param file Its name, for messages.
 * @param options The order of numbers, and what they count from.
 * @returns The faces of each photo, in the file's order. Names are as in the file, without `./` in front.
 * @throws {SyntaxError} naming the file and the lines or entries that cannot be read, or saying that the
 * order of the numbers does not show.
 *
 * @example
 * ```ts
 * import { parseLandmarks } from "@spheregrad/spheregrad";
 *
 * const text = "Ann_Lee/Ann_Lee_0001.jpg\t107\t107\t147\t111\t124\t143\t103\t157\t139\t161\n";
 * const [face] = parseLandmarks(text, "lfw_landmark.txt").get("Ann_Lee/Ann_Lee_0001.jpg")!;
 * console.assert(face!.landmarks[1].x === 146); // counted from 0
 * ```
 */
export function parseLandmarks(
  text: string,
  file: string,
  options: LandmarkListOptions = {},
): LandmarkList {
  const content = text.replace(/^\ufeff/, "");
  return /^\s*\{/.test(content) ? parseJson(content, file) : parseList(content, file, options);
}

/** The same faces as JSON that {@linkcode parseLandmarks} reads. */
export function formatLandmarks(list: LandmarkList): string {
  const entries = [...list].map(([name, faces]) => {
    const lines = faces.map(({ landmarks, box, confidence }) =>
      JSON.stringify({
        ...(box && { box }),
        ...(confidence !== undefined && { confidence }),
        landmarks: Object.fromEntries(landmarks.map(({ x, y }, i) => [NAMES[i]!, [x, y]])),
      })
    );
    return `${JSON.stringify(name)}: [${lines.join(", ")}]`;
  });
  return `{\n${entries.join(",\n")}\n}\n`;
}

function parseList(text: string, file: string, options: LandmarkListOptions): LandmarkList {
  const { origin = 1, order: wanted } = options;
  const bad: string[] = [];
  const lines: Line[] = [];
  for (const [i, words] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(words)) continue;
    const line = parseLine(words);
    if (typeof line === "string") bad.push(`${file}:${i + 1}: ${line}`);
    else lines.push(line);
  }
  if (bad.length > 0) throw new SyntaxError(nameBad(bad));
  const order = wanted ?? findOrder(lines, file);
  const list = new Map<string, KnownFace[]>();
  for (const { name, numbers } of lines) {
    const face = { landmarks: landmarksOf(numbers.map((it) => it - origin), order) };
    const faces = list.get(name);
    if (faces === undefined) list.set(name, [face]);
    else faces.push(face);
  }
  return list;
}

/** A line's name and numbers, or what is wrong with it. */
function parseLine(words: string): Line | string {
  // Names may have spaces in them, so the numbers are taken from the end.
  const [, before, tail] = /^(.*?)((?:[\s,]+[^\s,]+){10})[\s,]*$/s.exec(words) ?? [];
  if (before === undefined || before.trim() === "") {
    return "is not a path and ten numbers.";
  }
  const numbers = tail!.trim().split(/[\s,]+/).filter((it) => it !== "").map(Number);
  const wrong = numbers.findIndex((it) => !Number.isFinite(it));
  if (wrong >= 0) {
    const word = tail!.trim().split(/[\s,]+/).filter((it) => it !== "")[wrong];
    return `has "${word}" where a coordinate belongs.`;
  }
  return { name: tidyName(withoutLabel(before)), numbers };
}

/** `0000045/001.jpg 0` is a path and its label; `photo 12` is a path. */
function withoutLabel(words: string): string {
  const [, path] = /^(.*\S)(?:\t|(?<=\.\w{3,4})[ ,]+)-?\d+\s*$/.exec(words) ?? [];
  return (path ?? words).trim();
}

function tidyName(name: string): string {
  return name.replaceAll("\\", "/").replace(/^(\.\/)+/, "");
}

function landmarksOf(numbers: readonly number[], order: LandmarkOrder): Landmarks {
  const points = NAMES.map((_, i): Point =>
    order === "pairs"
      ? { x: numbers[2 * i]!, y: numbers[2 * i + 1]! }
      : { x: numbers[i]!, y: numbers[i + 5]! }
  );
  return points as unknown as Landmarks;
}

function findOrder(lines: readonly Line[], file: string): LandmarkOrder {
  const pairs =
    lines.filter(({ numbers }) =>
      unlikeness(landmarksOf(numbers, "pairs")) <= unlikeness(landmarksOf(numbers, "columns"))
    ).length;
  if (pairs >= AGREEMENT * lines.length) return "pairs";
  if (lines.length - pairs >= AGREEMENT * lines.length) return "columns";
  throw new SyntaxError(
    `${file}: the order of the numbers does not show, as ${pairs} of ${lines.length} lines look like ` +
      `faces by x1 y1 x2 y2 … and the others by x1 … x5 y1 … y5; say which it is.`,
  );
}

/** How far from a face's proportions, in pixels of the template. */
function unlikeness(landmarks: Landmarks): number {
  const { points } = faceTemplate();
  try {
    const matrix = similarityTransform(landmarks, points, "umeyama");
    return landmarks.reduce((sum, point, i) => {
      const { x, y } = applyMatrix(matrix, point);
      return sum + Math.hypot(x - points[i]!.x, y - points[i]!.y);
    }, 0);
  } catch {
    return Infinity;
  }
}

function parseJson(text: string, file: string): LandmarkList {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SyntaxError(`${file} is not JSON: ${(cause as Error).message}.`, { cause });
  }
  const bad: string[] = [];
  const list = new Map<string, KnownFace[]>();
  for (const [name, faces] of Object.entries(value as Record<string, unknown>)) {
    if (!Array.isArray(faces)) {
      bad.push(`${file}: "${name}" has no list of faces.`);
      continue;
    }
    const known: KnownFace[] = [];
    for (const [i, face] of faces.entries()) {
      const read = faceOf(face);
      if (typeof read === "string") bad.push(`${file}: face ${i + 1} of "${name}" ${read}`);
      else known.push(read);
    }
    list.set(tidyName(name), known);
  }
  if (bad.length > 0) throw new SyntaxError(nameBad(bad));
  return list;
}

/** A face of JSON, or what is wrong with it. */
function faceOf(value: unknown): KnownFace | string {
  const { landmarks, box, confidence } = (value ?? {}) as Record<string, unknown>;
  const points: Point[] = [];
  for (const name of NAMES) {
    const point = (landmarks as Record<string, unknown> | undefined)?.[name];
    if (!Array.isArray(point) || point.length !== 2 || !point.every(Number.isFinite)) {
      return `has no place [x, y] of "${name}".`;
    }
    points.push({ x: point[0], y: point[1] });
  }
  if (box !== undefined && !isBox(box)) return "has a box that is not x, y, width and height.";
  if (confidence !== undefined && !Number.isFinite(confidence)) {
    return "has a confidence that is not a number.";
  }
  return {
    landmarks: points as unknown as Landmarks,
    ...(box !== undefined && { box: box as FaceBox }),
    ...(confidence !== undefined && { confidence: confidence as number }),
  };
}

function isBox(value: unknown): value is FaceBox {
  const { x, y, width, height } = (value ?? {}) as Record<string, unknown>;
  return [x, y, width, height].every(Number.isFinite);
}

function nameBad(bad: readonly string[]): string {
  const more = bad.length - MOST_NAMED;
  return [...bad.slice(0, MOST_NAMED), ...(more > 0 ? [`and ${more} more`] : [])].join("\n");
}
