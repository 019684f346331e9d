/** Leaving identities out of a set by their names. */

import { type EncodedImages, requireSample } from "./encoded_images.ts";
import type { IdentityList } from "./overlap_lists.ts";

/** What a selection needs to know of a set. */
export type LabelledSet = Pick<EncodedImages, "identities" | "labels">;

/** Which samples of a set stay, labelled anew from 0 without gaps. */
export interface Selection {
  /** Names of the identities that stay, in their order. */
  readonly identities: readonly string[];
  /** The new label of each sample that stays. */
  readonly labels: Uint32Array;
  /** Where each of them stood in the set. */
  readonly samples: Uint32Array;
}

/**
 * Selects the samples of some identities.
 *
 * @param set Names of identities and the label of each sample.
 * @param keep Tells by name, label and number of images whether an identity stays.
 */
export function selectIdentities(
  { identities, labels }: LabelledSet,
  keep: (identity: string, label: number, images: number) => boolean,
): Selection {
  const images = imagesOfEach({ identities, labels });
  const staying: string[] = [];
  const newLabels = identities.map((identity, label) =>
    keep(identity, label, images[label]!) ? staying.push(identity) - 1 : -1
  );
  const samples: number[] = [];
  labels.forEach((label, sample) => newLabels[label]! >= 0 && samples.push(sample));
  return {
    identities: staying,
    labels: Uint32Array.from(samples, (sample) => newLabels[labels[sample]!]!),
    samples: Uint32Array.from(samples),
  };
}

/** The number of images of each identity. */
export function imagesOfEach({ identities, labels }: LabelledSet): Uint32Array {
  const images = new Uint32Array(identities.length);
  for (const label of labels) images[label] = images[label]! + 1;
  return images;
}

/**
 * A set without the samples that a selection leaves out.
 *
 * @param images The set; its files are read when those of the result are.
 * @throws {RangeError} on reading a sample that isn't one.
 */
export function selectImages(images: EncodedImages, selection: Selection): EncodedImages {
  const { identities, labels, samples } = selection;
  const sampleAt = (index: number) => {
    requireSample({ name: images.name, labels }, index);
    return samples[index]!;
  };
  return {
    name: images.name,
    identities,
    labels,
    sampleNames: Array.from(samples, (sample) => images.sampleNames[sample]!),
    ...(images.landmarks && {
      landmarks: Array.from(samples, (sample) => images.landmarks![sample]!),
    }),
    encoded: (index) => images.encoded(sampleAt(index)),
    ...(images.path && { path: (index: number) => images.path!(sampleAt(index)) }),
  };
}

/** What lists of names leave out of a set. */
export interface Exclusion {
  /** Labels of the identities that are left out. */
  readonly labels: ReadonlySet<number>;
  /** What was left out, in sentences for the log. */
  readonly remarks: readonly string[];
  /** Lists none of whose names occurs. */
  readonly warnings: readonly string[];
}

/** Identities that a remark names. */
const MOST_NAMED = 20;

/**
 * Finds the identities that lists name. Names are compared letter for letter.
 *
 * @param set The set; its `name` is for messages.
 * @param lists Lists of names, which may overlap.
 */
export function findExcluded(
  set: LabelledSet & Pick<EncodedImages, "name">,
  lists: readonly IdentityList[],
): Exclusion {
  const labelOf = new Map(set.identities.map((identity, label) => [identity, label]));
  const images = imagesOfEach(set);
  const labels = new Set<number>();
  const remarks: string[] = [];
  const warnings: string[] = [];
  for (const { name, identities } of lists) {
    const unique = [...new Set(identities)];
    const found = unique.filter((identity) => labelOf.has(identity));
    if (found.length === 0) {
      warnings.push(nothingMatches(name, unique, set));
      continue;
    }
    const count = found.reduce((sum, identity) => sum + images[labelOf.get(identity)!]!, 0);
    remarks.push(
      `${found.length} of the ${unique.length} identities of the list ${name} ${
        found.length === 1 ? "is" : "are"
      } left out, with ` +
        `${count} ${count === 1 ? "image" : "images"}: ${nameSome(found)}.`,
    );
    for (const identity of found) labels.add(labelOf.get(identity)!);
  }
  return { labels, remarks, warnings };
}

function nothingMatches(
  list: string,
  names: readonly string[],
  { name, identities }: LabelledSet & Pick<EncodedImages, "name">,
): string {
  const example = identities.length > 0
    ? `, where identities are called such as ${identities[0]}`
    : "";
  const wanted = names.length > 0 ? ` (such as ${names[0]})` : "";
  return `None of the ${names.length} names of the list ${list}${wanted} occurs in ${name}${example}: ` +
    "nothing is left out by it.";
}

function nameSome(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return names.slice(0, MOST_NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** The column of a table of matches that names what to leave out. */
export const LEAVE_OUT = "leave_out";

/**
 * Reads a list of identities: a name a line, empty lines and those that begin with `#` passed over; or a table of
 * comma-separated values with a column `leave_out`, as `overlap` writes it.
 *
 * @param text The file's text.
 * @param name What messages call it.
 * @throws {SyntaxError} for a list without a name in it, or a table whose quotes do not close.
 */
export function parseIdentityList(text: string, name: string): IdentityList {
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  const header = splitCsvLine(lines[0] ?? "");
  const column = header?.indexOf(LEAVE_OUT) ?? -1;
  const identities = column >= 0 && header!.length > 1
    ? columnOf(lines, column, name)
    : lines.map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
  if (identities.length === 0 && column < 0) {
    throw new SyntaxError(`${name} names no identity; it should hold a name on each line.`);
  }
  return { name, identities };
}

function columnOf(lines: readonly string[], column: number, name: string): string[] {
  const values: string[] = [];
  lines.forEach((line, i) => {
    if (i === 0 || line.trim() === "") return;
    const cells = splitCsvLine(line);
    if (cells === null || cells.length <= column) {
      throw new SyntaxError(
        `Line ${i + 1} of ${name} has no ${LEAVE_OUT} cell; mend the line or remove it.`,
      );
    }
    if (cells[column] !== "") values.push(cells[column]!);
  });
  return values;
}

/** The cells of a line of comma-separated values; null where a quote does not close. */
function splitCsvLine(line: string): string[] | null {
  const cells: string[] = [];
  const cell = /\s*(?:"((?:[^"]|"")*)"|([^",]*))\s*(,|$)/y;
  while (true) {
    const match = cell.exec(line);
    if (match === null) return null;
    cells.push(match[1]?.replaceAll('""', '"') ?? match[2]!.trim());
    if (match[3] === "") return cells;
  }
}
