/** The texts that stand beside a `.rec` file: `.idx`, `.lst` and `property`. */

/** Where records begin, by their numbers. */
export interface RecordIndex {
  /** The records' numbers, in the order of the file. */
  readonly keys: Float64Array;
  /** The byte at which each of them begins. */
  readonly offsets: Float64Array;
}

/**
 * Reads an `.idx` file: a record's number and its first byte on each line.
 *
 * @param text The file.
 * @param name Its name, for messages.
 * @throws {SyntaxError} naming the first line that is none.
 */
export function parseRecordIndex(text: string, name: string): RecordIndex {
  const keys: number[] = [];
  const offsets: number[] = [];
  let number = 0;
  for (const line of linesOf(text)) {
    number++;
    if (line.trim() === "") continue;
    const match = /^\s*(\d{1,15})\s+(\d{1,15})\s*$/.exec(line);
    if (match === null) throw badLine(name, number, line, "number, tab, byte");
    keys.push(Number(match[1]));
    offsets.push(Number(match[2]));
  }
  return { keys: Float64Array.from(keys), offsets: Float64Array.from(offsets) };
}

/** Writes an `.idx` file. */
export function formatRecordIndex({ keys, offsets }: RecordIndex): string {
  return Array.from(keys, (key, i) => `${key}\t${offsets[i]}\n`).join("");
}

/** One image of an `.lst` file. */
export interface ListedImage {
  /** Its path as written. */
  readonly path: string;
  /** Its class. */
  readonly label: number;
  /** The record's number where the list gives it (MXNet's form does, InsightFace's counts from 1). */
  readonly id: number;
}

/**
 * Reads an `.lst` file in either form: `1 path label` (InsightFace, 1 or 0 for aligned, more fields
 * may follow) or `number label path` (MXNet's im2rec), separated by tabs.
 *
 * @param text The file.
 * @param name Its name, for messages.
 * @throws {SyntaxError} naming the first line that is neither.
 */
export function parseRecordList(text: string, name: string): ListedImage[] {
  const images: ListedImage[] = [];
  let number = 0;
  for (const line of linesOf(text)) {
    number++;
    if (line.trim() === "") continue;
    const fields = line.replace(/\r$/, "").split("\t");
    const image = insightFaceLine(fields, images.length + 1) ?? mxnetLine(fields);
    if (image === null) throw badLine(name, number, line, "1, path, label by tabs");
    images.push(image);
  }
  return images;
}

/** Writes an `.lst` file in InsightFace's form, for aligned images. */
export function formatRecordList(images: readonly Omit<ListedImage, "id">[]): string {
  return images.map(({ path, label }) => `1\t${path}\t${label}\n`).join("");
}

/** What a `property` file says of a set. */
export interface RecordProperty {
  /** Number of identities. */
  readonly classes: number;
  /** Height of all images, in pixels. */
  readonly height: number;
  /** Width of all images, in pixels. */
  readonly width: number;
}

/**
 * Reads a `property` file: `classes,height,width`.
 *
 * @param text The file.
 * @param name Its name, for messages.
 * @throws {SyntaxError} when it is anything else.
 */
export function parseRecordProperty(text: string, name: string): RecordProperty {
  const match = /^\s*(\d{1,9})\s*,\s*(\d{1,5})\s*,\s*(\d{1,5})\s*$/.exec(text);
  if (match === null) {
    throw badLine(name, 1, text.slice(0, 200), "classes,height,width");
  }
  const [classes, height, width] = match.slice(1).map(Number);
  return { classes: classes!, height: height!, width: width! };
}

/** Writes a `property` file. */
export function formatRecordProperty({ classes, height, width }: RecordProperty): string {
  return `${classes},${height},${width}\n`;
}

/** Lines of a text of any size, without a copy of all of them. */
function* linesOf(text: string): Generator<string> {
  let start = text.startsWith("\ufeff") ? 1 : 0;
  while (start < text.length) {
    const end = text.indexOf("\n", start);
    yield text.slice(start, end < 0 ? text.length : end);
    start = end < 0 ? text.length : end + 1;
  }
}

function insightFaceLine(fields: readonly string[], id: number): ListedImage | null {
  const [aligned, path, label] = fields;
  if (!/^[01]$/.test(aligned ?? "") || !/^\d{1,9}$/.test(label ?? "")) return null;
  // "1 0 7" could be either form; a path without a letter or a slash is a label.
  return isNumber(path!) && fields.length === 3 ? null : { path: path!, label: Number(label), id };
}

function mxnetLine(fields: readonly string[]): ListedImage | null {
  const [id, label] = fields;
  if (fields.length < 3 || !/^\d{1,15}$/.test(id!) || !isNumber(label!)) return null;
  return { path: fields.at(-1)!, label: Number(label), id: Number(id) };
}

function isNumber(text: string): boolean {
  return /^\d{1,15}(?:\.\d*)?$/.test(text);
}

function badLine(name: string, number: number, line: string, form: string): SyntaxError {
  const shown = line.length > 100 ? `${line.slice(0, 100)}…` : line;
  return new SyntaxError(`${name} has "${shown}" on line ${number}; it should be ${form}.`);
}
