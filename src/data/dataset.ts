/**
 * What a set of face images looks like to the rest of the house. A data set knows its identities and
 * hands out pixels; it neither shuffles nor batches (see `loader.ts`) nor normalises (the GPU does).
 */

/** Height and width of an image, in pixels. */
export interface ImageSize {
  /** Rows. */
  readonly height: number;
  /** Columns. */
  readonly width: number;
}

/** Labelled face crops, addressed by sample index. */
export interface DataSet {
  /** For messages and model metadata, such as a folder's path or `synthetic`. */
  readonly name: string;
  /** Identity names; a label is an index into this list. */
  readonly identities: readonly string[];
  /** The label of each sample, `[samples]`. */
  readonly labels: Uint32Array;
  /** A name for each sample, such as `p12/p12_0003.jpg`. */
  readonly sampleNames: readonly string[];
  /** RGB bytes of the samples asked for, `[indices.length, height, width, 3]`. */
  read(indices: readonly number[], size: ImageSize): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * Refuses a data set with too few identities.
 *
 * @param dataset The data set.
 * @param minimum How many identities it takes; training takes 2, to tell them apart.
 * @param minImages The filter that left identities out, for the message.
 * @throws Error when there are fewer.
 */
export function requireIdentities(
  dataset: Pick<DataSet, "name" | "identities">,
  minimum: number,
  minImages = 1,
): void {
  const { length } = dataset.identities;
  if (length >= minimum) return;
  const filter = minImages > 1 ? ` with at least ${minImages} images` : "";
  const found = length === 1
    ? `only one identity${filter}, ${dataset.identities[0]}`
    : `${length} identities${filter}`;
  throw new Error(`${dataset.name} holds ${found}; at least ${minimum} are needed.`);
}
