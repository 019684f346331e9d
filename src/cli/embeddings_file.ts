/**
 * A file of embeddings that grows row by row beside its place, FILE.part, with what is needed to go on after
 * an interruption in FILE.part.json; renamed when it is whole.
 */

import { encodeSafetensorsHeader } from "../formats/safetensors_header.ts";
import type { BrokenCrop } from "./crops.ts";
import { reasonOf, remedyOf, writeWhole } from "./write_whole.ts";

/** What a file of embeddings will hold. */
export interface EmbeddingsContents {
  /** All images that are to be embedded; those that turn out to be broken get no row. */
  readonly paths: readonly string[];
  /** Length of an embedding. */
  readonly dim: number;
  /** What the file says beside the images' names. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Weights of the model, so that an interrupted file is gone on with by the same one alone. */
  readonly weights: Iterable<Float32Array<ArrayBuffer>>;
}

/** An image without a row. */
export interface Skipped extends BrokenCrop {
  /** Its place in the list of paths. */
  readonly index: number;
}

interface State {
  readonly format: string;
  /** Tells other contents apart. */
  readonly fingerprint: string;
  /** How many of the paths have a row, or are skipped. */
  readonly done: number;
  readonly skipped: readonly Skipped[];
}

const FORMAT = "spheregrad embeddings in progress 1";

/** Rows are written so many bytes at a time. */
const WRITE_BYTES = 2 ** 20;

/** Writes embeddings in the order of their images. Dispose of it; without an end before, its part stays. */
export class EmbeddingsFile implements Disposable {
  /** Where the whole file will stand. */
  readonly path: string;
  readonly #contents: EmbeddingsContents;
  readonly #fingerprint: string;
  readonly #file: Deno.FsFile;
  readonly #skipped: Skipped[];
  /** First byte of the rows: the header has room for the names of all images. */
  readonly #start: number;
  readonly #waiting: Uint8Array;
  #waitingBytes = 0;
  /** Rows on the disk. */
  #written: number;
  #done: number;

  private constructor(
    path: string,
    contents: EmbeddingsContents,
    file: Deno.FsFile,
    { fingerprint, done, skipped }: State,
  ) {
    this.path = path;
    this.#contents = contents;
    this.#fingerprint = fingerprint;
    this.#file = file;
    this.#done = done;
    this.#skipped = [...skipped];
    this.#start = headerOf(contents, []).length;
    this.#written = done - skipped.length;
    const rowBytes = 4 * contents.dim;
    this.#waiting = new Uint8Array(Math.max(1, Math.floor(WRITE_BYTES / rowBytes)) * rowBytes);
  }

  /**
   * Begins a file, or goes on with one.
   *
   * @throws {Error} if nothing can be written there, if there is an interrupted file and it is not to be gone
   * on with, or if it is and there is none of the same contents.
   * @throws {RangeError} if there are too many names for one file.
   */
  static async open(
    path: string,
    contents: EmbeddingsContents,
    resume: boolean,
  ): Promise<EmbeddingsFile> {
    const bytes = headerOf(contents, []).length;
    const fingerprint = await fingerprintOf(contents);
    const saved = resume
      ? await readState(path, fingerprint)
      : { format: FORMAT, fingerprint, done: 0, skipped: [] };
    const rows = saved.done - saved.skipped.length;
    const length = bytes + rows * 4 * contents.dim;
    const part = `${path}.part`;
    try {
      if (resume && (await Deno.stat(part)).size < length) throw new Error("it is cut off");
      const file = await Deno.open(part, { write: true, create: !resume, truncate: !resume });
      await file.truncate(length);
      return new EmbeddingsFile(path, contents, file, saved);
    } catch (error) {
      throw new Error(
        `${part} cannot be written (${reasonOf(error)}); ${remedyOf(path, error, 0)}.`,
        { cause: error },
      );
    }
  }

  /** How many images are done: those before this place have a row or were skipped. */
  get done(): number {
    return this.#done;
  }

  /** Images without a row, in their order. */
  get skipped(): readonly Skipped[] {
    return this.#skipped;
  }

  /** Rows so far. */
  get rows(): number {
    return this.#written + this.#waitingBytes / (4 * this.#contents.dim);
  }

  /** Notes an image that has no row; it counts as done with the next one that has. */
  skip(skipped: Skipped): void {
    this.#skipped.push(skipped);
  }

  /** Appends the row of the image at a place in the list of paths, after those of all before it. */
  async append(row: Float32Array, index: number): Promise<void> {
    this.#waiting.set(
      new Uint8Array(row.buffer, row.byteOffset, row.byteLength),
      this.#waitingBytes,
    );
    this.#waitingBytes += row.byteLength;
    this.#done = index + 1;
    if (this.#waitingBytes === this.#waiting.length) await this.#flush();
  }

  /** Puts on the disk what is needed to go on from here in another process. */
  async save(): Promise<void> {
    await this.#flush();
    await this.#file.sync();
    const state: State = {
      format: FORMAT,
      fingerprint: this.#fingerprint,
      done: this.#done,
      // Images are read ahead of those that are done.
      skipped: this.#skipped.filter(({ index }) => index < this.#done),
    };
    await writeWhole(stateOf(this.path), JSON.stringify(state));
  }

  /** Puts the file in its place; every image has a row or was skipped. */
  async finish(): Promise<void> {
    await this.#flush();
    await this.#write(headerOf(this.#contents, this.#skipped, this.#start), 0);
    await this.#file.sync();
    this.#file.close();
    await Deno.rename(`${this.path}.part`, this.path);
    await Deno.remove(stateOf(this.path)).catch(() => {}); // there is none of short work
  }

  /** Removes what has been written. */
  async discard(): Promise<void> {
    this.#file.close();
    await Deno.remove(`${this.path}.part`);
    await Deno.remove(stateOf(this.path)).catch(() => {});
  }

  /** Closes the part. */
  [Symbol.dispose](): void {
    try {
      this.#file.close();
    } catch {
      // It is closed.
    }
  }

  async #flush(): Promise<void> {
    const rowBytes = 4 * this.#contents.dim;
    const bytes = this.#waiting.subarray(0, this.#waitingBytes);
    await this.#write(bytes, this.#start + this.#written * rowBytes);
    this.#written += this.#waitingBytes / rowBytes;
    this.#waitingBytes = 0;
  }

  async #write(bytes: Uint8Array, at: number): Promise<void> {
    try {
      await this.#file.seek(at, Deno.SeekMode.Start);
      for (let written = 0; written < bytes.length;) {
        written += await this.#file.write(bytes.subarray(written));
      }
    } catch (error) {
      const left = (this.#contents.paths.length - this.#written) * 4 * this.#contents.dim;
      throw new Error(
        `${this.path}.part could not be written (${reasonOf(error)}); ` +
          `${remedyOf(this.path, error, left)}, then go on with --resume.`,
        { cause: error },
      );
    }
  }
}

/**
 * Sees to it that a new file does not cost an interrupted one.
 *
 * @throws {Error} if there is one.
 */
export async function requireNoPart(path: string): Promise<void> {
  if (await Deno.stat(stateOf(path)).then(() => true, () => false)) {
    throw new Error(
      `${path}.part is what an interrupted run has written; --resume goes on with it, ` +
        `and without ${stateOf(path)} one starts anew.`,
    );
  }
}

function stateOf(path: string): string {
  return `${path}.part.json`;
}

function headerOf(
  { paths, dim, metadata }: EmbeddingsContents,
  skipped: readonly Skipped[],
  leastBytes?: number,
): Uint8Array {
  const without = new Set(skipped.map(({ index }) => index));
  const names = paths.filter((_, index) => !without.has(index));
  const shape = [names.length, dim];
  const byteLength = 4 * names.length * dim;
  return encodeSafetensorsHeader(
    [{ name: "features", dtype: "F32", shape, byteLength }],
    { ...metadata, names: names.join("\n") },
    leastBytes,
  );
}

async function readState(path: string, fingerprint: string): Promise<State> {
  let state: State;
  try {
    state = JSON.parse(await Deno.readTextFile(stateOf(path)));
  } catch (error) {
    throw new Error(
      `There is no interrupted run to go on with: ${stateOf(path)} cannot be read (${
        reasonOf(error)
      }). Give the --out of that run, or leave --resume out.`,
      { cause: error },
    );
  }
  if (state.format !== FORMAT || state.fingerprint !== fingerprint) {
    throw new Error(
      `${path}.part belongs to a run with other images or another model; give the same ones in the ` +
        "same order, or another --out without --resume.",
    );
  }
  return state;
}

async function fingerprintOf(
  { paths, dim, metadata, weights }: EmbeddingsContents,
): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify([paths, dim, metadata]));
  const parts = await Promise.all([text, ...weights].map(sha256));
  const all = await sha256(new Uint8Array(await new Blob(parts).arrayBuffer()));
  return [...new Uint8Array(all)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function sha256(bytes: BufferSource): Promise<ArrayBuffer> {
  return crypto.subtle.digest("SHA-256", bytes);
}
