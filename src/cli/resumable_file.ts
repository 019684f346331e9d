import type { ByteSink } from "../formats/byte_source.ts";
import { reasonOf, remedyOf } from "./write_whole.ts";

/**
 * A file that grows from its beginning. Its writer may begin anew after an interruption: what is on the disk is
 * passed over then, and only what follows is written.
 */
export class ResumableFile implements ByteSink, Disposable {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #kept: number;
  #position = 0;
  #closed = false;

  private constructor(path: string, file: Deno.FsFile, kept: number) {
    this.#path = path;
    this.#file = file;
    this.#kept = kept;
  }

  /**
   * Opens a file whose first `kept` bytes stay.
   *
   * @throws {Error} if it cannot be written, or is shorter than that.
   */
  static async open(path: string, kept = 0): Promise<ResumableFile> {
    try {
      const file = await Deno.open(path, { write: true, create: true });
      if ((await file.stat()).size < kept) {
        file.close();
        throw new Error("it is cut off");
      }
      await file.truncate(kept);
      await file.seek(kept, Deno.SeekMode.Start);
      return new ResumableFile(path, file, kept);
    } catch (error) {
      throw new Error(
        `${path} cannot be written (${reasonOf(error)}); ${remedyOf(path, error, 0)}.`,
        {
          cause: error,
        },
      );
    }
  }

  /** Bytes of the file so far. */
  get position(): number {
    return this.#position;
  }

  /** Appends bytes, or passes over those that are there. */
  async write(bytes: Uint8Array): Promise<void> {
    const skip = Math.max(0, Math.min(bytes.length, this.#kept - this.#position));
    this.#position += bytes.length;
    try {
      for (let at = skip; at < bytes.length;) at += await this.#file.write(bytes.subarray(at));
    } catch (error) {
      throw new Error(
        `${this.#path} could not be written (${reasonOf(error)}); ` +
          `${remedyOf(this.#path, error, 0)}, then go on with --resume.`,
        { cause: error },
      );
    }
  }

  /** Puts what was written on the disk. */
  async sync(): Promise<void> {
    await this.#file.sync();
  }

  /** Closes the file; it may be closed before. */
  [Symbol.dispose](): void {
    if (!this.#closed) this.#file.close();
    this.#closed = true;
  }
}
