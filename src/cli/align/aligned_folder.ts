/** The folder that `align` writes: crops, landmarks, what was left out, and a journal to go on from. */

import { dirname, join } from "@std/path";
import type { KnownFace } from "../../faces/align/choose_face.ts";
import { formatLandmarks } from "../../faces/align/landmark_lists.ts";
import type { CropSink, PhotoResult } from "./crop_writer.ts";
import { reasonOf, remedyOf, writeWhole } from "../write_whole.ts";

/** The journal, which is there until all is done. */
export const JOURNAL = "align.part";

/** Landmarks of all photos that could be looked at. */
export const LANDMARKS = "landmarks.json";

/** Photos without a crop, and why, a line each. */
export const LEFT_OUT = "left_out.txt";

/** What a run was told; one that goes on must have been told the same. */
export type AlignSettings = Readonly<Record<string, string | number | boolean | null>>;

/** The folder, as it fills. */
export class AlignedFolder implements CropSink, Disposable {
  /** What became of the photos so far, by their names. */
  readonly results = new Map<string, PhotoResult>();
  /** Crops so far. */
  crops = 0;
  /** Hears when another photo is done. */
  onDone: () => void = () => {};
  readonly #path: string;
  readonly #ending: string;
  readonly #journal: Deno.FsFile;
  readonly #made = new Set<string>();

  private constructor(path: string, ending: string, journal: Deno.FsFile) {
    this.#path = path;
    this.#ending = ending;
    this.#journal = journal;
  }

  /**
   * Makes the folder, or goes on with what an interrupted run has left in it.
   *
   * @param ending Of the crops' files, without the dot.
   * @throws {Error} if something else stands there, or there is nothing to go on with.
   */
  static async open(
    path: string,
    ending: string,
    settings: AlignSettings,
    resume: boolean,
  ): Promise<AlignedFolder> {
    const journal = join(path, JOURNAL);
    const results = resume ? await readJournal(journal, settings) : [];
    if (!resume) await requireEmpty(path);
    try {
      await Deno.mkdir(path, { recursive: true });
      const lines = [settings, ...results].map((line) => JSON.stringify(line) + "\n");
      await writeWhole(journal, lines.join("")); // without the line that was cut off
      const file = await Deno.open(journal, { append: true });
      const folder = new AlignedFolder(path, ending, file);
      for (const result of results) folder.#count(result);
      return folder;
    } catch (error) {
      const remedy = remedyOf(journal, error, 0);
      throw new Error(`${path} cannot be written (${reasonOf(error)}); ${remedy}.`, {
        cause: error,
      });
    }
  }

  /** `a/b.jpeg` gives `a/b.jpg`, and `a/b.face2.jpg` for its second crop. */
  filesOf(photo: string, crops: number): string[] {
    return Array.from({ length: crops }, (_, i) => cropFile(photo, i, this.#ending));
  }

  /** Writes a crop. */
  async write(file: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.#path, file);
    const folder = dirname(path);
    if (!this.#made.has(folder)) await Deno.mkdir(folder, { recursive: true });
    this.#made.add(folder);
    await writeWhole(path, bytes);
  }

  /** Notes what became of a photo. */
  done(result: PhotoResult): Promise<void> {
    const line = new TextEncoder().encode(JSON.stringify(result) + "\n");
    for (let written = 0; written < line.length;) {
      written += this.#journal.writeSync(line.subarray(written));
    }
    this.#count(result);
    this.onDone();
    return Promise.resolve();
  }

  /** Writes the landmarks and the list of what was left out, in the order of the photos' names. */
  async finish(names: readonly string[]): Promise<void> {
    const results = names.flatMap((name) => this.results.get(name) ?? []);
    const landmarks = new Map<string, readonly KnownFace[]>();
    for (const { name, faces } of results) if (faces !== null) landmarks.set(name, faces);
    await writeWhole(join(this.#path, LANDMARKS), formatLandmarks(landmarks));
    const left = results.filter(({ problem }) => problem !== undefined);
    if (left.length > 0) {
      const lines = left.map(({ name, problem }) =>
        `${name}\t${problem!.replaceAll(/\s+/g, " ")}\n`
      );
      await writeWhole(join(this.#path, LEFT_OUT), lines.join(""));
    }
    await Deno.remove(join(this.#path, JOURNAL));
  }

  #count(result: PhotoResult): void {
    this.results.set(result.name, result);
    this.crops += result.crops.length;
  }

  /** Closes the journal. */
  [Symbol.dispose](): void {
    this.#journal.close();
  }
}

/** The file of a photo's crop. */
export function cropFile(photo: string, crop: number, ending: string): string {
  const stem = photo.replace(/\.[^./]*$/, "");
  return crop === 0 ? `${stem}.${ending}` : `${stem}.face${crop + 1}.${ending}`;
}

async function requireEmpty(path: string): Promise<void> {
  const entries: string[] = [];
  try {
    for await (const { name } of Deno.readDir(path)) entries.push(name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw new Error(
      `${path} cannot be written (${reasonOf(error)}); give a folder that is not there yet.`,
      { cause: error },
    );
  }
  if (entries.includes(JOURNAL)) {
    throw new Error(
      `${path} holds what an interrupted run has left: go on with --resume, or give another folder.`,
    );
  }
  if (entries.length > 0) {
    throw new Error(`${path} is not empty; give a folder that is not there yet.`);
  }
}

async function readJournal(path: string, settings: AlignSettings): Promise<PhotoResult[]> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    throw new Error(
      `There is nothing to go on with: ${path} is not there. Leave --resume out.`,
      { cause: error },
    );
  }
  const [first, ...lines] = text.split("\n").flatMap((line) => parseLine(line));
  const before = (first ?? {}) as AlignSettings;
  const names = new Set([...Object.keys(before), ...Object.keys(settings)]);
  const others = [...names].filter((name) => before[name] !== settings[name]);
  if (others.length > 0) {
    const words = others.map((name) =>
      `${name} ${JSON.stringify(before[name] ?? null)}, not ${
        JSON.stringify(settings[name] ?? null)
      }`
    );
    throw new Error(
      `${path} was begun with ${words.join("; ")}. Give the same, or another folder.`,
    );
  }
  return lines as unknown as PhotoResult[];
}

/** A line that was cut off is dropped. */
function parseLine(line: string): Record<string, never>[] {
  try {
    return line === "" ? [] : [JSON.parse(line)];
  } catch {
    return [];
  }
}
