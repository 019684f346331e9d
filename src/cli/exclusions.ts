/** `--exclude`: lists of identities that a command leaves out, ours by name and the user's from files. */

import { parseIdentityList } from "../data/exclusion.ts";
import { type IdentityList, OVERLAP_LISTS } from "../data/overlap_lists.ts";
import type { OptionSpec } from "./options.ts";
import { readInput } from "./read_input.ts";

/** `--exclude` as `--help` shows it. */
export const EXCLUDE_OPTION: OptionSpec = {
  value: "LISTS",
  help: "leave identities out: lfw, lfw-official (of CASIA) or files of names, with commas",
};

/** The words of `--exclude`. */
export function parseExclude(text: string | undefined): string[] {
  if (text === undefined) return [];
  const words = text.split(",").map((word) => word.trim());
  if (words.includes("")) {
    throw new TypeError(`--exclude takes lists with commas, such as lfw,mine.txt, not "${text}".`);
  }
  return [...new Set(words)];
}

/**
 * Reads the lists that words name.
 *
 * @throws {Error} for a word that is neither one of our lists nor a file.
 * @throws {SyntaxError} for a file that names nobody.
 */
export async function readExclusions(words: readonly string[]): Promise<IdentityList[]> {
  return await Promise.all(words.map(async (word) => {
    const ours = OVERLAP_LISTS.find(({ name }) => name === word);
    if (ours !== undefined) return ours;
    const names = OVERLAP_LISTS.map(({ name }) => name).join(" and ");
    try {
      return parseIdentityList(new TextDecoder().decode(await readInput(word, "list")), word);
    } catch (error) {
      if (!(error instanceof Error && error.cause instanceof Deno.errors.NotFound)) throw error;
      throw new Error(
        `--exclude ${word}: there is no file ${word}, and the lists that come with spheregrad are ${names}.`,
        { cause: error.cause },
      );
    }
  }));
}
