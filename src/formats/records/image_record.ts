/** MXNet's image records: a header with labels and numbers (`IRHeader`), then the image file. */

/** What stands before an image in its record. */
export interface RecordHeader {
  /** Labels; the first of an image is its class. */
  readonly labels: readonly number[];
  /** The record's number, as in the `.idx` file. */
  readonly id: number;
  /**
   * Whether the labels stand behind the header, with their count in the field `flag`; a single label
   * usually stands within, `flag` being 0. Set by itself for more than one label.
   */
  readonly vector?: boolean;
  /** A second number, 0 in all known files. */
  readonly id2?: number;
}

/** A record of an image. */
export interface ImageRecord {
  /** Labels and numbers. */
  readonly header: Required<RecordHeader>;
  /** The image file, or nothing, as in InsightFace's records of identities; a view of the record. */
  readonly image: Uint8Array;
}

/** Bytes of the header without labels behind it. */
export const IMAGE_RECORD_HEADER_BYTES = 24;

/**
 * Takes a record apart.
 *
 * @param record A record, or at least its header and labels.
 * @param name What it is, for messages.
 * @throws {SyntaxError} when the record is too short for its header or its labels.
 */
export function decodeImageRecord(record: Uint8Array, name: string): ImageRecord {
  if (record.length < IMAGE_RECORD_HEADER_BYTES) {
    throw malformed(name, `it has ${record.length} bytes, fewer than its header needs`);
  }
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const flag = view.getUint32(0, true);
  const start = IMAGE_RECORD_HEADER_BYTES + 4 * flag;
  if (start > record.length) {
    throw malformed(name, `it claims ${flag} labels in ${record.length} bytes`);
  }
  const labels = flag === 0 ? [view.getFloat32(4, true)] : [];
  for (let at = IMAGE_RECORD_HEADER_BYTES; at < start; at += 4) {
    labels.push(view.getFloat32(at, true));
  }
  const [id, id2] = [view.getBigUint64(8, true), view.getBigUint64(16, true)].map(Number);
  if (!Number.isSafeInteger(id) || !Number.isSafeInteger(id2)) {
    throw malformed(name, "its number is too large");
  }
  const header = { labels, id: id!, vector: flag > 0, id2: id2! };
  return { header, image: record.subarray(start) };
}

/**
 * Makes the record of an image.
 *
 * @param header Labels and numbers.
 * @param image The image file; nothing for a record of an identity.
 * @throws {RangeError} for a label that a 32-bit float cannot hold exactly, or no label.
 */
export function encodeImageRecord(
  header: RecordHeader,
  image: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const { labels, id, id2 = 0, vector = false } = header;
  const wrong = labels.find((label) => Math.fround(label) !== label);
  if (wrong !== undefined || labels.length === 0) {
    throw new RangeError(
      `A record's labels are 32-bit floats, at least one; ${wrong ?? "none"} cannot be written.`,
    );
  }
  const flag = vector || labels.length > 1 ? labels.length : 0;
  const start = IMAGE_RECORD_HEADER_BYTES + 4 * flag;
  const record = new Uint8Array(start + image.length);
  const view = new DataView(record.buffer);
  view.setUint32(0, flag, true);
  view.setFloat32(4, flag === 0 ? labels[0]! : 0, true);
  view.setBigUint64(8, BigInt(id), true);
  view.setBigUint64(16, BigInt(id2), true);
  labels.slice(0, flag).forEach((label, i) => {
    view.setFloat32(IMAGE_RECORD_HEADER_BYTES + 4 * i, label, true);
  });
  record.set(image, start);
  return record;
}

function malformed(name: string, problem: string): SyntaxError {
  return new SyntaxError(
    `${name} is not a whole image record: ${problem}. Fetch or write the file again.`,
  );
}
