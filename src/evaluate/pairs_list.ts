/**
 * LFW's list of verification pairs (`pairs.txt`, `pairsDevTrain.txt`, `pairsDevTest.txt`). The first line
 * has the number of folds and of pairs of each kind in a fold, or that number alone for one fold. Then come
 * the folds: `name i j` for two images of one person, `name i other j` for two people.
 */

/** One image, by its person and its number. */
export interface ImageReference {
  /** The person's name, which is also the folder's. */
  readonly identity: string;
  /** The image's number; LFW counts from 1. */
  readonly image: number;
}

/** Two images to be compared. */
export interface ImagePair {
  /** The first image. */
  readonly left: ImageReference;
  /** The second image. */
  readonly right: ImageReference;
  /** Whether both show one person. */
  readonly same: boolean;
  /** The fold, from 0. */
  readonly fold: number;
}

/** What a pairs list says. */
export interface PairsList {
  /** Number of folds. */
  readonly folds: number;
  /** Pairs of one person in each fold, and as many of two people. */
  readonly pairsPerClass: number;
  /** Pairs in the list's order: fold after fold. */
  readonly pairs: readonly ImagePair[];
}

/** A pairs list with each image once, as features are computed. */
export interface IndexedPairs {
  /** Images without their extension, such as `Ann_Lee/Ann_Lee_0001`, in the order of first use. */
  readonly images: readonly string[];
  /** Index into `images` for the first image of each pair. */
  readonly left: Uint32Array;
  /** Index into `images` for the second image of each pair. */
  readonly right: Uint32Array;
  /** 1 where both images show one person, else 0. */
  readonly same: Uint8Array;
  /** The fold of each pair, from 0. */
  readonly fold: Uint16Array;
}

const MAX_FOLDS = 65_535;

/**
 * Reads an LFW pairs list. Fields are separated by tabs or spaces; empty lines don't count.
 *
 * @param text The list.
 * @param name The file's name, for messages.
 * @throws {SyntaxError} naming every malformed line at once, or saying how the list departs from its header.
 *
 * @example
 * ```ts
 * import { parsePairs } from "@spheregrad/spheregrad";
 *
 * const list = parsePairs("1\nAnn_Lee 1 2\nAnn_Lee 1 Bo_Li 3\n", "pairs.txt");
 * console.log(list.pairs.map((pair) => pair.same)); // [true, false]
 * ```
 */
export function parsePairs(text: string, name: string): PairsList {
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\r|\n/)
    .map((content, index) => ({ content: content.trim(), number: index + 1 }))
    .filter(({ content }) => content !== "");
  const [first, ...rest] = lines;
  if (first === undefined) {
    throw new SyntaxError(`${name} is empty: it should list pairs of images.`);
  }

  const problems: string[] = [];
  const header = parseHeader(first.content);
  if (typeof header === "string") problems.push(describe(first, header));
  const parsed: Omit<ImagePair, "fold">[] = [];
  for (const line of rest) {
    const pair = parsePair(line.content);
    if (typeof pair === "string") problems.push(describe(line, pair));
    else parsed.push(pair);
  }
  if (typeof header === "string" || problems.length > 0) {
    const count = problems.length === 1 ? "a malformed line" : `${problems.length} malformed lines`;
    throw new SyntaxError(`${name} has ${count}: correct or remove\n${problems.join("\n")}`);
  }

  const { folds, pairsPerClass } = header;
  const expected = folds * pairsPerClass * 2;
  if (parsed.length !== expected) {
    throw new SyntaxError(
      `${name} promises ${expected} pairs in its first line "${first.content}" but lists ` +
        `${parsed.length}: correct the first line or fetch the whole list.`,
    );
  }
  const pairs = parsed.map((pair, i) => ({ ...pair, fold: Math.floor(i / (2 * pairsPerClass)) }));
  checkBalance(pairs, header, name);
  return { folds, pairsPerClass, pairs };
}

/**
 * Writes a pairs list, with tabs. {@linkcode parsePairs} reads it back.
 *
 * @throws {RangeError} when the pairs don't stand fold after fold with equal numbers of both kinds.
 *
 * @example
 * ```ts
 * import { formatPairs, parsePairs } from "@spheregrad/spheregrad";
 *
 * const text = "1\t1\nAnn_Lee\t1\t2\nAnn_Lee\t1\tBo_Li\t3\n";
 * console.log(formatPairs(parsePairs(text, "pairs.txt")) === text); // true
 * ```
 */
export function formatPairs({ folds, pairsPerClass, pairs }: PairsList): string {
  const lines = pairs.map(({ left, right, same }) =>
    same
      ? `${left.identity}\t${left.image}\t${right.image}`
      : `${left.identity}\t${left.image}\t${right.identity}\t${right.image}`
  );
  const text = [`${folds}\t${pairsPerClass}`, ...lines, ""].join("\n");
  let read: PairsList;
  try {
    read = parsePairs(text, "The list");
  } catch (cause) {
    throw new RangeError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
  const astray = pairs.findIndex((pair, i) => pair.fold !== read.pairs[i]!.fold);
  if (astray >= 0) {
    throw new RangeError(
      `Pair ${astray} is of fold ${pairs[astray]!.fold} but stands in fold ${
        read.pairs[astray]!.fold
      }'s place: sort the pairs by fold.`,
    );
  }
  return text;
}

/**
 * Path of an image in LFW's layout, without the extension: `name/name_0001`.
 *
 * @example
 * ```ts
 * import { imageStem } from "@spheregrad/spheregrad";
 *
 * console.log(imageStem({ identity: "Ann_Lee", image: 12 })); // Ann_Lee/Ann_Lee_0012
 * ```
 */
export function imageStem({ identity, image }: ImageReference): string {
  return `${identity}/${identity}_${String(image).padStart(4, "0")}`;
}

/**
 * Lists each image of a pairs list once, and the pairs by index: what `evaluatePairs` takes once each
 * image has its feature.
 *
 * @example
 * ```ts
 * import { indexPairs, parsePairs } from "@spheregrad/spheregrad";
 *
 * const list = parsePairs("1\nAnn_Lee 1 2\nAnn_Lee 1 Bo_Li 3\n", "pairs.txt");
 * console.log(indexPairs(list).images.length); // 3: one image is used twice
 * ```
 */
export function indexPairs({ pairs }: PairsList): IndexedPairs {
  const indices = new Map<string, number>();
  const indexOf = (reference: ImageReference) => {
    const stem = imageStem(reference);
    const index = indices.get(stem) ?? indices.size;
    indices.set(stem, index);
    return index;
  };
  const left = new Uint32Array(pairs.length);
  const right = new Uint32Array(pairs.length);
  pairs.forEach((pair, i) => {
    left[i] = indexOf(pair.left);
    right[i] = indexOf(pair.right);
  });
  return {
    images: [...indices.keys()],
    left,
    right,
    same: Uint8Array.from(pairs, ({ same }) => same ? 1 : 0),
    fold: Uint16Array.from(pairs, ({ fold }) => fold),
  };
}

/** The header's numbers, or what is wrong with it. */
function parseHeader(line: string): { folds: number; pairsPerClass: number } | string {
  const numbers = line.split(/\s+/).map(parseNumber);
  const [folds, pairsPerClass] = numbers.length === 1 ? [1, numbers[0]] : numbers;
  const fine = numbers.length <= 2 && folds && pairsPerClass && folds <= MAX_FOLDS;
  return fine ? { folds, pairsPerClass } : 'the first line should be like "10 300" or "1000"';
}

/** The pair that a line gives, or what is wrong with it. */
function parsePair(line: string): Omit<ImagePair, "fold"> | string {
  // Names may hold spaces where tabs separate the fields.
  return fieldsToPair(line.split(/\s+/)) ?? fieldsToPair(line.split(/ *\t+ */)) ??
    'should be "name i j" or "name i other j"';
}

function fieldsToPair(fields: readonly string[]): Omit<ImagePair, "fold"> | string | null {
  if (fields.length !== 3 && fields.length !== 4) return null;
  const same = fields.length === 3;
  const left = { identity: fields[0]!, image: parseNumber(fields[1]!) };
  const right = { identity: fields.at(-2)!, image: parseNumber(fields.at(-1)!) };
  if (same) right.identity = left.identity;
  if (!isReference(left) || !isReference(right)) return null;
  if (!isFolderName(left.identity) || !isFolderName(right.identity)) {
    return "has a name that is no folder's";
  }
  if (!same && left.identity === right.identity) return "names one person twice as two people";
  return { left, right, same };
}

function isReference(value: { identity: string; image: number | null }): value is ImageReference {
  return value.image !== null && value.identity !== "";
}

/** Keeps a list from reaching files outside the images' folder. */
function isFolderName(name: string): boolean {
  return name !== "." && name !== ".." && !/[/\\\0]/.test(name);
}

function parseNumber(text: string): number | null {
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}

function describe(line: { content: string; number: number }, problem: string): string {
  const text = line.content.length > 100 ? `${line.content.slice(0, 100)}…` : line.content;
  return `  line ${line.number}: "${text}" (${problem})`;
}

function checkBalance(
  pairs: readonly ImagePair[],
  { folds, pairsPerClass }: { folds: number; pairsPerClass: number },
  name: string,
): void {
  const same = new Uint32Array(folds);
  for (const pair of pairs) if (pair.same) same[pair.fold] = same[pair.fold]! + 1;
  const uneven = same.findIndex((count) => count !== pairsPerClass);
  if (uneven >= 0) {
    throw new SyntaxError(
      `${name} has ${same[uneven]} pairs of one person and ${
        2 * pairsPerClass - same[uneven]!
      } of two in fold ${uneven + 1}, where its first line promises ${pairsPerClass} of each: ` +
        "a line is missing, repeated or out of place.",
    );
  }
}
