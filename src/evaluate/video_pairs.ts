/** The list of video pairs of YouTube Faces, `splits.txt`. */

import type { IndexedPairs } from "./pairs_list.ts";

const MAX_SPLITS = 65_535;
/** The most bad lines that an error names. */
const MOST_NAMED = 5;

/**
 * Reads YouTube Faces' list: a header, then `split number, pair number, first name, second name, is same`
 * on each line, where a name is a video's folder such as `Ann_Lee/2`.
 *
 * @param text The list.
 * @param name The file's name, for messages.
 * @returns Each video once, as `images`, and the pairs in the list's order; splits count from 0 in `fold`.
 * @throws {SyntaxError} naming malformed lines.
 *
 * @example
 * ```ts
 * import { parseVideoPairs } from "@spheregrad/spheregrad";
 *
 * const header = "split number, pair number, first name, second name, is same\n";
 * const pairs = parseVideoPairs(`${header}1, 1, Ann_Lee/0, Ann_Lee/2, 1\n`, "splits.txt");
 * console.log(pairs.images); // ["Ann_Lee/0", "Ann_Lee/2"]
 * ```
 */
export function parseVideoPairs(text: string, name: string): IndexedPairs {
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\r|\n/)
    .map((line, i) => ({ fields: line.trim().split(/\s*,\s*/), number: i + 1 }))
    .filter(({ fields }) => fields.length > 1 || fields[0] !== "");
  if (/^split/i.test(lines[0]?.fields[0] ?? "")) lines.shift();
  if (lines.length === 0) {
    throw new SyntaxError(`${name} is empty: it should list pairs of videos.`);
  }

  const bad = lines.filter(({ fields }) => !isPair(fields));
  if (bad.length > 0) {
    const shown = bad.slice(0, MOST_NAMED)
      .map(({ fields, number }) => `  line ${number}: "${fields.join(", ").slice(0, 100)}"`);
    throw new SyntaxError(
      `${name} has ${bad.length} lines that are not "split, pair, name, name, same": correct or ` +
        `remove\n${shown.join("\n")}`,
    );
  }
  const indices = new Map<string, number>();
  const indexOf = (video: string) => {
    const index = indices.get(video) ?? indices.size;
    indices.set(video, index);
    return index;
  };
  const left = new Uint32Array(lines.length);
  const right = new Uint32Array(lines.length);
  lines.forEach(({ fields }, i) => {
    left[i] = indexOf(fields[2]!);
    right[i] = indexOf(fields[3]!);
  });
  return {
    images: [...indices.keys()],
    left,
    right,
    same: Uint8Array.from(lines, ({ fields }) => Number(fields[4])),
    fold: Uint16Array.from(lines, ({ fields }) => Number(fields[0]) - 1),
  };
}

function isPair(fields: readonly string[]): boolean {
  const [split, pair, first, second, same] = fields;
  return fields.length === 5 && /^\d{1,5}$/.test(split!) && /^\d{1,9}$/.test(pair!) &&
    Number(split) >= 1 && Number(split) <= MAX_SPLITS && isFolder(first!) && isFolder(second!) &&
    /^[01]$/.test(same!);
}

/** Keeps a list from reaching folders outside of the videos'. */
function isFolder(path: string): boolean {
  return path !== "" && !/[\\\0:]/.test(path) &&
    path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}
