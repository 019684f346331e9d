/**
 * Lists of verification pairs that name images by their files: those of CALFW and CPLFW, with an image and
 * a flag on each line and two lines for a pair, and lists with `path path flag` (or `flag path path`) on a
 * line, as they go round for AgeDB, CFP and others.
 */

import { type IndexedPairs, indexPairs, parsePairs } from "./pairs_list.ts";

/** Folds that such lists are cut into, as LFW's protocol has them; the lists tell none for all pairs. */
const FOLDS = 10;
/** The most bad lines that an error names. */
const MOST_NAMED = 5;

interface PathPair {
  readonly left: string;
  readonly right: string;
  readonly same: boolean;
}

interface Line {
  readonly fields: readonly string[];
  readonly number: number;
}

/**
 * Reads a list of pairs in any of the known forms: LFW's ({@linkcode parsePairs}), or images by their
 * files, where a flag of 0 or -1 says that two people are shown. Lists of the latter kind are cut into ten
 * folds: the first tenth of the pairs of one person with the first tenth of those of two, and so on; in
 * one fold where there are fewer than ten pairs of a kind.
 *
 * @param text The list.
 * @param name The file's name, for messages.
 * @returns Images once each, without their endings.
 * @throws {SyntaxError} naming malformed lines.
 *
 * @example
 * ```ts
 * import { readPairs } from "@spheregrad/spheregrad";
 *
 * const pairs = readPairs("Ann_1.jpg 1\nAnn_2.jpg 1\nAnn_1.jpg 0\nBo_1.jpg 0\n", "pairs_CPLFW.txt");
 * console.log([...pairs.same]); // [1, 0]
 * ```
 */
export function readPairs(text: string, name: string): IndexedPairs {
  const lines = linesOf(text);
  const first = lines[0]?.fields ?? [];
  const isLfw = first.length <= 2 && first.every((field) => /^\d+$/.test(field));
  const pairs = isLfw ? null : pathPairs(lines, name);
  if (pairs === null) return indexPairs(parsePairs(text, name));
  return indexed(pairs);
}

function linesOf(text: string): Line[] {
  return text.replace(/^\ufeff/, "").split(/\r\n|\r|\n/)
    .map((line, i) => ({ fields: fieldsOf(line), number: i + 1 }))
    .filter(({ fields }) => fields.length > 0);
}

/** Tabs and commas let names hold spaces. */
function fieldsOf(line: string): string[] {
  const separator = /[\t,]/.test(line) ? /\s*[\t,]\s*/ : /\s+/;
  return line.trim().split(separator).filter((field) => field !== "");
}

/** The pairs of a list of files; null where the first line is not of such a list. */
function pathPairs(lines: readonly Line[], name: string): PathPair[] | null {
  const first = lines[0]!.fields;
  if (first.length === 2 && isFlag(first[1]!)) return twoLinePairs(lines, name);
  if (first.length === 3 && flagAt(first) >= 0) return oneLinePairs(lines, flagAt(first), name);
  return null;
}

function twoLinePairs(lines: readonly Line[], name: string): PathPair[] {
  const bad = lines.filter(({ fields }) => fields.length !== 2 || !isFlag(fields[1]!));
  refuse(bad, name, '"image flag"');
  if (lines.length % 2 !== 0) {
    throw new SyntaxError(
      `${name} has ${lines.length} lines, but two make a pair: one is missing.`,
    );
  }
  const pairs: PathPair[] = [];
  for (let i = 0; i < lines.length; i += 2) {
    const [left, right] = [lines[i]!, lines[i + 1]!];
    if (left.fields[1] !== right.fields[1]) {
      throw new SyntaxError(
        `${name} has different flags on the lines ${left.number} and ${right.number}, which are a ` +
          "pair: a line is missing or out of place.",
      );
    }
    pairs.push({
      left: left.fields[0]!,
      right: right.fields[0]!,
      same: isSame(left.fields[1]!),
    });
  }
  return checked(pairs, name);
}

function oneLinePairs(lines: readonly Line[], at: number, name: string): PathPair[] {
  const bad = lines.filter(({ fields }) => fields.length !== 3 || !isFlag(fields[at]!));
  refuse(bad, name, at === 2 ? '"image image flag"' : '"flag image image"');
  const pairs = lines.map(({ fields }) => {
    const [left, right] = fields.filter((_, i) => i !== at);
    return { left: left!, right: right!, same: isSame(fields[at]!) };
  });
  return checked(pairs, name);
}

/** Which field is the flag: the last or the first, where the others are files' names. */
function flagAt(fields: readonly string[]): number {
  if (isFlag(fields[2]!) && !isFlag(fields[1]!) && isFile(fields[0]!)) return 2;
  return isFlag(fields[0]!) && isFile(fields[1]!) && isFile(fields[2]!) ? 0 : -1;
}

/** CALFW numbers the folds of the pairs of one person, 1 to 10. */
function isFlag(field: string): boolean {
  return /^(?:-1|\d|10)$/.test(field);
}

function isSame(flag: string): boolean {
  return Number(flag) > 0;
}

/** Whether a field looks like an image rather than LFW's names and numbers. */
function isFile(field: string): boolean {
  return /[/\\]|\.(?:jpe?g|png)$/i.test(field);
}

function checked(pairs: readonly PathPair[], name: string): PathPair[] {
  return pairs.map(({ left, right, same }) => ({
    left: stemOf(left, name),
    right: stemOf(right, name),
    same,
  }));
}

/** An image's path without its ending, kept from leading out of the images' folder. */
function stemOf(path: string, name: string): string {
  const plain = path.replace(/^(?:\.\/+)+/, "");
  const parts = plain.split("/");
  if (plain.startsWith("/") || /[\\\0]|^[A-Za-z]:/.test(plain) || parts.includes("..")) {
    throw new SyntaxError(`${name} names ${JSON.stringify(path)}, which leads out of the folder.`);
  }
  return plain.replace(/\.(?:jpe?g|png)$/i, "");
}

function refuse(bad: readonly Line[], name: string, form: string): void {
  if (bad.length === 0) return;
  const shown = bad.slice(0, MOST_NAMED)
    .map(({ fields, number }) => `  line ${number}: "${fields.join(" ").slice(0, 100)}"`);
  throw new SyntaxError(
    `${name} has ${bad.length} lines that are not ${form}: correct or remove\n${shown.join("\n")}`,
  );
}

function indexed(pairs: readonly PathPair[]): IndexedPairs {
  const indices = new Map<string, number>();
  const indexOf = (stem: string) => {
    const index = indices.get(stem) ?? indices.size;
    indices.set(stem, index);
    return index;
  };
  const left = Uint32Array.from(pairs, (pair) => indexOf(pair.left));
  const right = Uint32Array.from(pairs, (pair) => indexOf(pair.right));
  const same = Uint8Array.from(pairs, (pair) => pair.same ? 1 : 0);
  return { images: [...indices.keys()], left, right, same, fold: foldsOf(same) };
}

function foldsOf(same: Uint8Array): Uint16Array {
  const totals = [0, 0];
  for (const kind of same) totals[kind]!++;
  const folds = Math.min(...totals) < FOLDS ? 1 : FOLDS;
  const seen = [0, 0];
  return Uint16Array.from(same, (kind) => Math.floor((seen[kind]!++ * folds) / totals[kind]!));
}
