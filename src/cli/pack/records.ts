import { join } from "@std/path";
import type { EncodedImages } from "../../data/encoded_images.ts";
import { formatRecordProperty } from "../../formats/records/lists.ts";
import { RecordSetWriter } from "../../formats/records/set_writer.ts";
import { landmarkLine, type PackedImage, PackedNames, type PackTarget } from "./target.ts";
import { ResumableFile } from "../resumable_file.ts";

/** Writes a folder with `train.rec`, `train.idx`, `train.lst` and `property`, as InsightFace has them. */
export class RecordTarget implements PackTarget {
  readonly #images: EncodedImages;
  readonly #path: string;
  readonly #file: ResumableFile;
  readonly #writer: RecordSetWriter;
  readonly #names: PackedNames;
  readonly #landmarks: string[] = [];

  private constructor(images: EncodedImages, path: string, file: ResumableFile) {
    this.#images = images;
    this.#path = path;
    this.#file = file;
    this.#writer = new RecordSetWriter(file);
    this.#names = new PackedNames(images);
  }

  /** Writes to `path`.part, of which `kept` bytes of `train.rec` stay. */
  static async open(images: EncodedImages, path: string, kept: number): Promise<RecordTarget> {
    await Deno.mkdir(`${path}.part`, { recursive: true });
    const file = await ResumableFile.open(join(`${path}.part`, "train.rec"), kept);
    return new RecordTarget(images, path, file);
  }

  /** Appends a record. */
  async add(sample: number, image: PackedImage | null): Promise<void> {
    if (image === null) return;
    const name = this.#names.take(sample, image);
    await this.#writer.add(name.label, image, name.path);
    const landmarks = this.#images.landmarks?.[sample];
    if (landmarks) this.#landmarks.push(landmarkLine(name, landmarks));
  }

  /** Syncs `train.rec`. */
  async sync(): Promise<number> {
    await this.#file.sync();
    return this.#file.position;
  }

  /** Writes the files beside `train.rec`, and renames the whole. */
  async finish(sizes: ReadonlyMap<string, number>): Promise<string[]> {
    const { index, list, classes } = await this.#writer.finish();
    await this.sync();
    this.#file[Symbol.dispose]();
    const part = (name: string) => join(`${this.#path}.part`, name);
    await Deno.writeTextFile(part("train.idx"), index);
    await Deno.writeTextFile(part("train.lst"), list);
    const remarks: string[] = [];
    const [usual, ...others] = [...sizes].sort(([, a], [, b]) => b - a);
    if (usual) {
      const [height, width] = usual[0].split("x").map(Number);
      const property = { classes, height: height!, width: width! };
      await Deno.writeTextFile(part("property"), formatRecordProperty(property));
    }
    if (others.length > 0) {
      const count = others.reduce((sum, [, images]) => sum + images, 0);
      remarks.push(
        `${count} images are not of the size ${usual![0]} that the file property names; ` +
          "--size makes all of one size.",
      );
    }
    if (this.#landmarks.length > 0) {
      await Deno.writeTextFile(part("landmarks.txt"), this.#landmarks.join(""));
    }
    await Deno.rename(`${this.#path}.part`, this.#path);
    return remarks;
  }

  /** Closes `train.rec`. */
  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}
