import type { EncodedImages } from "../../data/encoded_images.ts";
import { type ArchiveWriter, TarWriter, ZipWriter } from "../../formats/archives/writers.ts";
import { type PackedImage, PackedNames, type PackTarget } from "./target.ts";
import { ResumableFile } from "../resumable_file.ts";

/** Writes a zip or a tar of identity folders. */
export class ArchiveTarget implements PackTarget {
  readonly #images: EncodedImages;
  readonly #path: string;
  readonly #file: ResumableFile;
  readonly #writer: ArchiveWriter;
  readonly #names: PackedNames;
  #landmarks = 0;

  private constructor(images: EncodedImages, path: string, file: ResumableFile, isZip: boolean) {
    this.#images = images;
    this.#path = path;
    this.#file = file;
    this.#writer = isZip ? new ZipWriter(file) : new TarWriter(file);
    this.#names = new PackedNames(images);
  }

  /** Writes to `path`.part, of which `kept` bytes stay. */
  static async open(
    images: EncodedImages,
    path: string,
    kept: number,
    format: "zip" | "tar",
  ): Promise<ArchiveTarget> {
    const file = await ResumableFile.open(`${path}.part`, kept);
    return new ArchiveTarget(images, path, file, format === "zip");
  }

  /** Appends a file. */
  async add(sample: number, image: PackedImage | null): Promise<void> {
    if (image === null) return;
    await this.#writer.add(this.#names.take(sample, image).path, image);
    if (this.#images.landmarks?.[sample]) this.#landmarks++;
  }

  /** Syncs the file. */
  async sync(): Promise<number> {
    await this.#file.sync();
    return this.#file.position;
  }

  /** Ends the archive and renames it. */
  async finish(): Promise<string[]> {
    await this.#writer.finish();
    await this.sync();
    this.#file[Symbol.dispose]();
    await Deno.rename(`${this.#path}.part`, this.#path);
    return this.#landmarks === 0 ? [] : [
      `The landmarks of ${this.#landmarks} images are not in the archive; a folder keeps them.`,
    ];
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}
