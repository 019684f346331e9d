/**
 * Bytes that are read in pieces, so that a file of any size needs no more memory than the piece in use.
 * Where they come from is the caller's matter: a file, a Blob, or memory.
 */

/** Bytes that can be read at any place. */
export interface ByteSource {
  /** For messages, such as the file's path. */
  readonly name: string;
  /** How many bytes there are. */
  readonly size: number;
  /**
   * The bytes from `offset` on, `length` of them.
   *
   * @throws RangeError when they reach over the end.
   */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** Takes bytes one piece after another. */
export interface ByteSink {
  /** Appends bytes; the caller may change them once the promise is fulfilled. */
  write(bytes: Uint8Array): Promise<void>;
}

/**
 * A source of the bytes of a Blob, which a browser's File is too.
 *
 * @param blob The bytes.
 * @param name For messages.
 */
export function blobSource(blob: Blob, name: string): ByteSource {
  return {
    name,
    size: blob.size,
    async read(offset, length) {
      requireInside(name, offset, length, blob.size);
      return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
    },
  };
}

/**
 * A source of bytes in memory; reads are copies.
 *
 * @param bytes The bytes.
 * @param name For messages.
 */
export function bytesSource(bytes: Uint8Array, name: string): ByteSource {
  return {
    name,
    size: bytes.length,
    read: (offset, length) =>
      new Promise((resolve) => {
        requireInside(name, offset, length, bytes.length);
        resolve(bytes.slice(offset, offset + length));
      }),
  };
}

/**
 * Refuses to read over the end of a source.
 *
 * @throws RangeError naming the source and the bytes asked for.
 */
export function requireInside(name: string, offset: number, length: number, size: number): void {
  const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length);
  if (whole && offset >= 0 && length >= 0 && offset + length <= size) return;
  throw new RangeError(
    `${name} has ${size} bytes; the ${length} from ${offset} on reach over its end: it is cut off or damaged.`,
  );
}
