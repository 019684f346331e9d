/** Archives of files, zip or tar: what they hold, under names that cannot lead out of a folder. */

/** A file in an archive. */
export interface ArchiveEntry {
  /** Its path: relative, with `/`, without `.` and `..`; unique in the archive. */
  readonly path: string;
  /** Its bytes, unpacked. */
  readonly size: number;
}

/** Something in an archive that is not offered. */
export interface RefusedEntry {
  /** Its path as the archive has it, shortened where it is long. */
  readonly path: string;
  /** Why, as the end of a sentence. */
  readonly reason: string;
}

/** An open archive. */
export interface Archive {
  /** The archive's name, for messages. */
  readonly name: string;
  /** Its files, in its order. */
  readonly entries: readonly ArchiveEntry[];
  /** What was passed over beside folders: links, devices, unsafe paths, unknown packings. */
  readonly refused: readonly RefusedEntry[];
  /**
   * Unpacks a file.
   *
   * @param index Its place in `entries`.
   * @throws {SyntaxError} when it is cut off or damaged; the message names the archive and the file.
   * @throws {RangeError} when there is no such file.
   */
  read(index: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** Bounds of what an archive may claim. */
export interface ArchiveLimits {
  /** Files, folders and other entries; 2 million by default. */
  readonly entries?: number;
  /** Bytes of one unpacked file; 128 MiB by default. Larger ones are passed over. */
  readonly fileBytes?: number;
}

/** A path of more bytes than this is none. */
export const MAX_PATH_BYTES = 4096;

/** The limits where none are given. */
export const DEFAULT_LIMITS: Required<ArchiveLimits> = {
  entries: 2_000_000,
  fileBytes: 128 * 2 ** 20,
};

/**
 * A path of an archive in a form that stays within whatever folder it is joined to.
 *
 * @returns The path without `.` parts, or why it is refused.
 */
export function safePath(path: string): { path: string } | { reason: string } {
  if (path.includes("\\")) return { reason: "its path has a backslash" };
  if (path.startsWith("/")) return { reason: "its path is absolute" };
  if (/^[A-Za-z]:/.test(path)) return { reason: "its path names a drive" };
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x1f\x7f]/.test(path)) return { reason: "its path has a control character" };
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) return { reason: "its path leads out of the folder" };
  if (parts.length === 0) return { reason: "it has no name" };
  if (path.length > MAX_PATH_BYTES) return { reason: "its path is too long" };
  return { path: parts.join("/") };
}

/** Collects an archive's entries: a path that comes again replaces what it named before, as in tar. */
export class EntryList<T extends ArchiveEntry> {
  readonly #archive: string;
  readonly #limits: Required<ArchiveLimits>;
  readonly #entries: (T | null)[] = [];
  readonly #byPath: Map<string, number> = new Map();
  #seen = 0;

  /** What was passed over. */
  readonly refused: RefusedEntry[] = [];

  /** Starts empty; `archive` is for messages. */
  constructor(archive: string, limits: ArchiveLimits) {
    this.#archive = archive;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  /**
   * Counts an entry of any kind.
   *
   * @throws {RangeError} when there are too many.
   */
  count(): void {
    if (++this.#seen > this.#limits.entries) {
      throw new RangeError(
        `${this.#archive} has more than ${this.#limits.entries} entries: split it, or raise the limit.`,
      );
    }
  }

  /** Passes an entry over. */
  refuse(path: string, reason: string): void {
    this.refused.push({ path: shortened(path), reason });
  }

  /** Adds a file, or refuses it for its path or size. */
  add(rawPath: string, entry: Omit<T, "path">): void {
    const safe = safePath(rawPath);
    if ("reason" in safe) return this.refuse(rawPath, safe.reason);
    if (entry.size > this.#limits.fileBytes) {
      return this.refuse(
        rawPath,
        `its ${entry.size} bytes are over the limit of ${this.#limits.fileBytes}`,
      );
    }
    const before = this.#byPath.get(safe.path);
    if (before !== undefined) {
      this.#entries[before] = null;
      this.refuse(rawPath, "another file of the same path follows it");
    }
    this.#byPath.set(safe.path, this.#entries.length);
    this.#entries.push({ ...entry, path: safe.path } as T);
  }

  /** The files, in the archive's order. */
  files(): T[] {
    return this.#entries.filter((entry) => entry !== null);
  }
}

/** Text of a path's bytes: UTF-8, or one character for each byte where it is not. */
export function pathText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  }
}

/** Keeps what an archive says from filling or faking a message. */
export function shortened(path: string): string {
  // deno-lint-ignore no-control-regex
  const plain = path.replace(/[\x00-\x1f\x7f]/g, "?");
  return plain.length > 200 ? `${plain.slice(0, 200)}…` : plain;
}
