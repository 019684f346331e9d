/**
 * InsightFace's verification sets, `lfw.bin` and the like: a pickle of a list of image files, two for each
 * pair, and a list that tells which pairs show one person.
 */

import type { ByteSink } from "./byte_source.ts";
import { NUMPY_GLOBALS, PickledArray } from "./pickle/numpy.ts";
import { unpickle, type UnpickleOptions } from "./pickle/pickle.ts";

/** A verification set. */
export interface VerificationBin {
  /** Image files, JPEG as a rule: those of pair `i` are `2 i` and `2 i + 1`; treat them as read-only. */
  readonly images: readonly Uint8Array[];
  /** Whether the images of each pair show one person. */
  readonly same: readonly boolean[];
}

/**
 * Reads a verification set, pickled by Python 2 or 3, its images as bytes or as NumPy arrays. Nothing in
 * the pickle is executed.
 *
 * @param bytes The whole file; the images are views of it where they can be.
 * @param name Its name, for messages.
 * @param options How much memory its values may take.
 * @throws {SyntaxError} when the file is cut off, damaged or something else.
 * @throws {Error} when the pickle names what is not allowed; the message says what.
 *
 * @example
 * ```ts
 * import { decodeVerificationBin, VerificationBinWriter } from "@spheregrad/spheregrad";
 *
 * const pieces: Uint8Array[] = [];
 * const writer = new VerificationBinWriter({ write: async (b) => void pieces.push(b.slice()) });
 * await writer.addPair(new Uint8Array([1]), new Uint8Array([2]), true);
 * await writer.finish();
 * const bytes = new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer());
 * console.log(decodeVerificationBin(bytes, "one.bin").same); // [true]
 * ```
 */
export function decodeVerificationBin(
  bytes: Uint8Array,
  name: string,
  options: Pick<UnpickleOptions, "limit"> = {},
): VerificationBin {
  const value = unpickle(bytes, name, { ...options, globals: NUMPY_GLOBALS });
  if (!Array.isArray(value) || value.length !== 2) {
    throw malformed(name, "it is no pair of two lists");
  }
  const [files, flags] = value.map(itemsOf);
  if (!files || !flags) throw malformed(name, "it is no pair of two lists");
  if (files.length !== 2 * flags.length) {
    throw malformed(name, `it has ${files.length} images for ${flags.length} pairs`);
  }
  const images = files.map((file, i) => {
    const image = file instanceof PickledArray ? file.data : file;
    if (!(image instanceof Uint8Array)) throw malformed(name, `its image ${i} is no bytes`);
    return image;
  });
  const same = flags.map((flag, i) => {
    const value = flag instanceof PickledArray && flag.data.length === 1 ? flag.data[0] : flag;
    const number = typeof value === "bigint" ? Number(value) : value;
    if (number === true || number === 1) return true;
    if (number === false || number === 0) return false;
    throw malformed(name, `whether pair ${i} is of one person is neither true nor false`);
  });
  return { images, same };
}

/**
 * Writes a verification set pair by pair, as a pickle of protocol 3: bytes are bytes in it, so that
 * Python 3 reads it with any `encoding`.
 */
export class VerificationBinWriter {
  readonly #sink: ByteSink;
  readonly #same: boolean[] = [];

  /**
   * Starts an empty set.
   *
   * @param sink Where the file's bytes go.
   */
  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  /**
   * Appends a pair.
   *
   * @param left An image file, kept bit for bit.
   * @param right The other.
   * @param same Whether they show one person.
   */
  async addPair(left: Uint8Array, right: Uint8Array, same: boolean): Promise<void> {
    if (this.#same.length === 0) await this.#sink.write(START);
    this.#same.push(same);
    await this.#image(left);
    await this.#image(right);
  }

  /** Appends the list of what is the same, and the end. */
  async finish(): Promise<void> {
    if (this.#same.length === 0) await this.#sink.write(START);
    const flags = this.#same.map((same) => same ? NEWTRUE : NEWFALSE);
    await this.#sink.write(
      Uint8Array.from([APPENDS, EMPTY_LIST, MARK, ...flags, APPENDS, TUPLE2, STOP]),
    );
  }

  async #image(bytes: Uint8Array): Promise<void> {
    const head = new Uint8Array(5);
    head[0] = BINBYTES;
    new DataView(head.buffer).setUint32(1, bytes.length, true);
    await this.#sink.write(head);
    await this.#sink.write(bytes);
  }
}

const [PROTO, EMPTY_LIST, MARK, BINBYTES, APPENDS, NEWTRUE, NEWFALSE, TUPLE2, STOP] = [
  0x80,
  0x5d,
  0x28,
  0x42,
  0x65,
  0x88,
  0x89,
  0x86,
  0x2e,
] as const;
const START = Uint8Array.of(PROTO, 3, EMPTY_LIST, MARK);

function itemsOf(value: unknown): readonly unknown[] | null {
  if (Array.isArray(value)) return value;
  if (!(value instanceof PickledArray) || value.shape.length !== 1) return null;
  return Array.from(value.data as ArrayLike<unknown>);
}

function malformed(name: string, problem: string): SyntaxError {
  return new SyntaxError(
    `${name} is no verification set: ${problem}. Fetch or write the file again.`,
  );
}
