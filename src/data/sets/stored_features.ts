/** Files of embeddings, as `embed` writes them, read a few rows at a time. */

import type { ByteSource } from "../../formats/byte_source.ts";
import { METADATA_KEY } from "../../formats/safetensors_header.ts";

/** Embeddings of a file. */
export interface StoredFeatures {
  /** The file's name. */
  readonly name: string;
  /** Length of a row. */
  readonly dim: number;
  /** The image of each row, by its path. */
  readonly imageNames: readonly string[];
  /** What the file says of itself, such as the model that made it. */
  readonly metadata: Readonly<Record<string, string>>;
  /** `count` rows from `first` on, `[count, dim]`. */
  read(first: number, count: number): Promise<Float32Array<ArrayBuffer>>;
}

/** Longest header that is read: names of some millions of images. */
const MOST_HEADER = 2 ** 28;

/**
 * Opens a file of embeddings.
 *
 * @param source The file's bytes, of which the header alone is read.
 * @throws {SyntaxError} for a file that is none that `embed` has written.
 */
export async function openFeatures(source: ByteSource): Promise<StoredFeatures> {
  const { name } = source;
  const fail = (problem: string) =>
    new SyntaxError(`${name} is no file of embeddings (${problem}); make one by deno task embed.`);
  if (source.size < 8) throw fail(`it has ${source.size} bytes`);
  const length = new DataView((await source.read(0, 8)).buffer).getBigUint64(0, true);
  if (length > MOST_HEADER || 8 + Number(length) > source.size) {
    throw fail(`its header claims ${length} bytes`);
  }
  const start = 8 + Number(length);
  const header = parseHeader(await source.read(8, Number(length)), fail);
  const { rows, dim, begin } = featuresOf(header, source.size - start, fail);
  const metadata = (header[METADATA_KEY] ?? {}) as Record<string, string>;
  const imageNames = rows === 0 ? [] : String(metadata["names"] ?? "").split("\n");
  if (imageNames.length !== rows) {
    throw fail(`it names ${imageNames.length} images for ${rows} rows`);
  }
  return {
    name,
    dim,
    imageNames,
    metadata,
    async read(first, count) {
      const bytes = await source.read(start + begin + 4 * dim * first, 4 * dim * count);
      return new Float32Array(bytes.buffer, 0, dim * count);
    },
  };
}

type Fail = (problem: string) => SyntaxError;

function parseHeader(bytes: Uint8Array, fail: Fail): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw fail("its header is no JSON");
  }
  if (typeof header !== "object" || header === null) throw fail("its header is no object");
  return header as Record<string, unknown>;
}

function featuresOf(
  header: Record<string, unknown>,
  room: number,
  fail: Fail,
): { rows: number; dim: number; begin: number } {
  const entry = header["features"] as Record<string, unknown> | undefined;
  if (entry?.["dtype"] !== "F32") throw fail("it holds no features in f32");
  const [rows, dim, ...more] = entry["shape"] as number[];
  const [begin, end] = entry["data_offsets"] as number[];
  const counts = [rows, dim, begin, end];
  if (more.length > 0 || !counts.every((one) => Number.isSafeInteger(one) && one! >= 0)) {
    throw fail("its features have no rows and columns");
  }
  if (dim! < 1 || end! - begin! !== 4 * rows! * dim! || end! > room) {
    throw fail("its features are not as long as it says");
  }
  return { rows: rows!, dim: dim!, begin: begin! };
}

/** Identities of image paths: the folder that each image lies in, by name. */
export interface PathIdentities {
  /** Names of the folders, in order. */
  readonly identities: readonly string[];
  /** The label of each path. */
  readonly labels: Uint32Array;
}

/**
 * Tells identities by the folders that images lie in, as in `faces/p12/p12_0003.jpg`.
 *
 * @throws {Error} for a path without a folder.
 */
export function identitiesOfPaths(paths: readonly string[], name: string): PathIdentities {
  const folders = paths.map((path) => path.split(/[\\/]/).at(-2));
  const loose = folders.findIndex((folder) => folder === undefined || folder === "");
  if (loose >= 0) {
    throw new Error(
      `${
        paths[loose]
      } in ${name} lies in no folder that would name its identity; embed the folder of ` +
        "identity folders.",
    );
  }
  const identities = [...new Set(folders as string[])].sort();
  const labelOf = new Map(identities.map((identity, label) => [identity, label]));
  return { identities, labels: Uint32Array.from(folders, (folder) => labelOf.get(folder!)!) };
}
