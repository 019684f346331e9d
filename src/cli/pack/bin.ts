import type { EncodedImages } from "../../data/encoded_images.ts";
import { VerificationBinWriter } from "../../formats/verification_bin.ts";
import type { PackedImage, PackTarget } from "./target.ts";
import { ResumableFile } from "../resumable_file.ts";

/** Writes a verification set; a pair with an image that cannot be used is left out. */
export class BinTarget implements PackTarget {
  readonly #images: EncodedImages;
  readonly #path: string;
  readonly #file: ResumableFile;
  readonly #writer: VerificationBinWriter;
  #left: PackedImage | null | undefined;
  #pair = 0;
  #leftOut = 0;

  private constructor(images: EncodedImages, path: string, file: ResumableFile) {
    this.#images = images;
    this.#path = path;
    this.#file = file;
    this.#writer = new VerificationBinWriter(file);
  }

  /** Writes to `path`.part, of which `kept` bytes stay. */
  static async open(images: EncodedImages, path: string, kept: number): Promise<BinTarget> {
    return new BinTarget(images, path, await ResumableFile.open(`${path}.part`, kept));
  }

  /** Takes the first image of a pair, then the second. */
  async add(_sample: number, image: PackedImage | null): Promise<void> {
    if (this.#left === undefined) {
      this.#left = image;
      return;
    }
    const [left, same] = [this.#left, this.#images.pairs!.same[this.#pair++] === 1];
    this.#left = undefined;
    if (left === null || image === null) this.#leftOut++;
    else await this.#writer.addPair(left, image, same);
  }

  /** Syncs the file. */
  async sync(): Promise<number> {
    await this.#file.sync();
    return this.#file.position;
  }

  /** Ends the file and renames it. */
  async finish(): Promise<string[]> {
    await this.#writer.finish();
    await this.sync();
    this.#file[Symbol.dispose]();
    await Deno.rename(`${this.#path}.part`, this.#path);
    return this.#leftOut === 0 ? [] : [
      `${this.#leftOut} of ${this.#pair} pairs were left out for an image that cannot be used.`,
    ];
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}
