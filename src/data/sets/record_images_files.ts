import { basename, dirname, join } from "@std/path";
import { ImageDecodeError } from "../../faces/images/decode.ts";
import { type ListedImage, parseRecordList } from "../../formats/records/lists.ts";
import { openRecordSet, type RecordSet } from "../../formats/records/set.ts";
import { type OpenedImages, requireSample } from "../encoded_images.ts";
import { openFileSource } from "./file_source_files.ts";
import { lastTwo } from "./sample_names.ts";
import { stampOf } from "./single_files.ts";

/**
 * Opens a RecordIO set: a `.rec` file, with the `.idx` and the `.lst` beside it where they are. Identities are
 * named by the folders of the list, or else by their numbers.
 *
 * @param path The `.rec` file.
 * @throws Error when it cannot be read; SyntaxError when its records are damaged or at odds with each other.
 */
export async function openRecords(path: string): Promise<OpenedImages> {
  const stem = path.replace(/\.rec$/i, "");
  const source = await openFileSource(path);
  try {
    const index = await readBeside(`${stem}.idx`);
    const set = await openRecordSet(source, index);
    const list = await readBeside(`${stem}.lst`);
    const names = namesOf(set, list && parseRecordList(list.text, list.name));
    const images = {
      name: path,
      identities: names.identities,
      labels: names.labels,
      sampleNames: names.sampleNames,
    };
    return {
      ...images,
      format: "RecordIO",
      ignored: 0,
      remarks: [
        ...(index === null
          ? [`There is no ${basename(stem)}.idx; ${path} was walked through.`]
          : []),
        ...(list !== null && !names.listed
          ? [`${list.name} does not name the images of ${path}; they are named by their numbers.`]
          : []),
      ],
      labelGaps: names.gaps,
      async encoded(at) {
        requireSample(images, at);
        try {
          return await set.image(at);
        } catch (error) {
          throw new ImageDecodeError(error instanceof Error ? error.message : String(error));
        }
      },
      async *stamps() {
        yield await stampOf(path, basename(path));
      },
      [Symbol.dispose]: () => source[Symbol.dispose](),
    };
  } catch (error) {
    source[Symbol.dispose]();
    throw error;
  }
}

/**
 * The `.rec` file of a folder, `train.rec` or else the only one; null where there is none.
 *
 * @throws Error when there are several.
 */
export async function findRecords(dir: string): Promise<string | null> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(dir)) {
    if (!isDirectory && !name.startsWith(".") && /\.rec$/i.test(name)) found.push(name);
  }
  if (found.includes("train.rec")) return join(dir, "train.rec");
  if (found.length > 1) {
    throw new Error(
      `${dir} holds several sets, ${found.sort().join(", ")}; give the path of one of them.`,
    );
  }
  return found.length === 0 ? null : join(dir, found[0]!);
}

async function readBeside(path: string): Promise<{ text: string; name: string } | null> {
  try {
    return { text: await Deno.readTextFile(path), name: path };
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return null;
    throw new Error(`${path} in ${dirname(path)} cannot be read: ${(cause as Error).message}.`, {
      cause,
    });
  }
}

interface Names {
  readonly identities: string[];
  readonly labels: Uint32Array;
  readonly sampleNames: string[];
  /** Whether they are the list's. */
  readonly listed: boolean;
  readonly gaps: number;
}

function namesOf(set: RecordSet, list: readonly ListedImage[] | null): Names {
  const classes = [...new Set(set.labels)].sort((a, b) => a - b);
  const labelOf = new Map(classes.map((value, label) => [value, label]));
  const labels = set.labels.map((value) => labelOf.get(value)!);
  const gaps = classes.length === 0 ? 0 : classes.at(-1)! + 1 - classes.length;
  const listed = list && namesOfList(set, list, labels, classes.length);
  if (listed) return { ...listed, labels, gaps, listed: true };
  const digits = String(classes.at(-1) ?? 0).length;
  const identities = classes.map((value) => String(value).padStart(digits, "0"));
  const keyDigits = String(set.keys.reduce((most, key) => Math.max(most, key), 0)).length;
  const sampleNames = Array.from(
    labels,
    (label, i) => `${identities[label]}/${String(set.keys[i]).padStart(keyDigits, "0")}`,
  );
  return { identities, labels, sampleNames, gaps, listed: false };
}

/** The names of a list that is of this very set, with a folder for each class. */
function namesOfList(
  set: RecordSet,
  list: readonly ListedImage[],
  labels: Uint32Array,
  classes: number,
): { identities: string[]; sampleNames: string[] } | null {
  const byId = new Map(list.map((image) => [image.id, image]));
  const identities: (string | undefined)[] = new Array(classes).fill(undefined);
  const sampleNames: string[] = [];
  for (const [i, label] of labels.entries()) {
    const image = byId.get(set.keys[i]!);
    if (image === undefined || image.label !== set.labels[i]) return null;
    const { folder, file } = lastTwo(image.path);
    if (folder === "" || (identities[label] ??= folder) !== folder) return null;
    sampleNames.push(`${folder}/${file}`);
  }
  if (new Set(identities).size < classes || new Set(sampleNames).size < sampleNames.length) {
    return null;
  }
  return { identities: identities as string[], sampleNames };
}
