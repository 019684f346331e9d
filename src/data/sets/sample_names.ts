/** Names of samples: what they are made of, and what of them may become a file's path. */

/** The folder and the file that end a path; the folder is empty where there is none. */
export function lastTwo(path: string): { folder: string; file: string } {
  const parts = path.split(/[\\/]+/).filter((part) => part !== "");
  return { folder: parts.at(-2) ?? "", file: parts.at(-1) ?? "" };
}

/**
 * One part of a path out of any text: never another folder, the one above, a hidden file or a device, and of a
 * length that file systems take.
 */
export function safePart(text: string): string {
  const plain = text
    // deno-lint-ignore no-control-regex -- they are what must go
    .replace(/[\u0000-\u001f\u007f/\\:*?"<>|]/g, "_")
    .replace(/[. ]+$/, "_")
    .replace(/^\./, "_");
  const short = shorten(plain, 200);
  if (short === "") return "_";
  return /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(short) ? `_${short}` : short;
}

/** A text of so many bytes of UTF-8 at most, its ending kept. */
function shorten(text: string, bytes: number): string {
  const encoder = new TextEncoder();
  if (encoder.encode(text).length <= bytes) return text;
  const ending = /\.[A-Za-z]{1,5}$/.exec(text)?.[0] ?? "";
  let stem = [...text.slice(0, text.length - ending.length)];
  while (encoder.encode(stem.join("")).length + ending.length > bytes) {
    stem = stem.slice(0, Math.floor(stem.length * 0.9));
  }
  return stem.join("") + ending;
}

const IMAGE_ENDING = /\.(?:jpg|jpeg|png)$/i;

/** Whether a name is one of a JPEG or PNG file. */
export function isImageName(name: string): boolean {
  return IMAGE_ENDING.test(name);
}

/** A file's name with the ending of an image: its own, or else the one that its bytes ask for. */
export function withImageEnding(name: string, bytes: Uint8Array): string {
  if (isImageName(name)) return name;
  return name + (bytes[0] === 0x89 && bytes[1] === 0x50 ? ".png" : ".jpg");
}

/** Hands out names that were not handed out before, by a number before the ending where needed. */
export class UniqueNames {
  readonly #used = new Set<string>();

  /** The name, or the first free one made of it. */
  take(name: string): string {
    const ending = IMAGE_ENDING.exec(name)?.[0] ?? "";
    const stem = name.slice(0, name.length - ending.length);
    let unique = name;
    // Names that differ by case alone are one file on some systems.
    for (let number = 2; this.#used.has(unique.toLowerCase()); number++) {
      unique = `${stem}_${number}${ending}`;
    }
    this.#used.add(unique.toLowerCase());
    return unique;
  }
}
