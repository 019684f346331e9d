import { dirname, join } from "@std/path";
import type { EncodedImages } from "../../data/encoded_images.ts";
import { landmarkLine, type PackedImage, PackedNames, type PackTarget } from "./target.ts";
import { pairsText } from "./pairs.ts";
import { reasonOf, remedyOf } from "../write_whole.ts";

/** Writes identity folders, and beside them `landmarks.txt` and `pairs.txt` where the set has such. */
export class FolderTarget implements PackTarget {
  readonly #images: EncodedImages;
  readonly #path: string;
  readonly #part: string;
  readonly #names: PackedNames;
  readonly #landmarks: string[] = [];
  /** Path of each sample, where they are needed for pairs. */
  readonly #paths: string[] = [];
  #folder = "";

  /** Writes to `path`.part, until it is finished. */
  constructor(images: EncodedImages, path: string) {
    this.#images = images;
    this.#path = path;
    this.#part = `${path}.part`;
    this.#names = new PackedNames(images);
  }

  /** Writes an image's file, unless one of its length is there from before an interruption. */
  async add(sample: number, image: PackedImage | null): Promise<void> {
    if (image === null) return;
    const name = this.#names.take(sample, image);
    const path = join(this.#part, name.path);
    try {
      const folder = dirname(path);
      if (folder !== this.#folder) await Deno.mkdir(folder, { recursive: true });
      this.#folder = folder;
      const stands = await Deno.stat(path).catch(() => null);
      if (stands?.size !== image.length) await Deno.writeFile(path, image);
    } catch (error) {
      throw new Error(
        `${path} could not be written (${reasonOf(error)}); ` +
          `${remedyOf(this.#path, error, image.length)}, then go on with --resume.`,
        { cause: error },
      );
    }
    const landmarks = this.#images.landmarks?.[sample];
    if (landmarks) this.#landmarks.push(landmarkLine(name, landmarks));
    if (this.#images.pairs) this.#paths[sample] = name.path;
  }

  /** Nothing waits: every file is written by itself. */
  sync(): Promise<number> {
    return Promise.resolve(0);
  }

  /** Writes what stands beside the folders, and renames the whole. */
  async finish(): Promise<string[]> {
    const remarks: string[] = [];
    await Deno.mkdir(this.#part, { recursive: true });
    if (this.#landmarks.length > 0) {
      await Deno.writeTextFile(join(this.#part, "landmarks.txt"), this.#landmarks.join(""));
      remarks.push(`landmarks.txt holds the landmarks of ${this.#landmarks.length} images.`);
    }
    if (this.#images.pairs) {
      const pairs = pairsText(this.#images.pairs, this.#paths);
      if (pairs.text !== null) {
        await Deno.writeTextFile(join(this.#part, "pairs.txt"), pairs.text);
      }
      remarks.push(pairs.remark);
    }
    await Deno.rename(this.#part, this.#path);
    return remarks;
  }

  /** Nothing is open. */
  [Symbol.dispose](): void {}
}
