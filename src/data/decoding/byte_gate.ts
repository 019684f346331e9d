/** Bounds the bytes of image files that wait in memory to be decoded. */

/** Options of {@linkcode ByteGate}. */
export interface ByteGateOptions {
  /** Nothing more is read while so many bytes wait; 64 MiB by default. */
  readonly bytes?: number;
  /** How many files are read at once; 16 by default. */
  readonly reads?: number;
}

/** Holds reading back while what was read is still in use: at most the limit and one file for each read. */
export class ByteGate {
  readonly #bytes: number;
  readonly #reads: number;
  #held = 0;
  #reading = 0;
  readonly #waiting: (() => void)[] = [];

  /** Nothing is held at first. */
  constructor({ bytes = 2 ** 26, reads = 16 }: ByteGateOptions = {}) {
    this.#bytes = bytes;
    this.#reads = reads;
  }

  /**
   * Reads once there is room, and counts the bytes as held until `use` has settled.
   *
   * @param read Gives the bytes.
   * @param use Takes them.
   */
  async pass<T extends Uint8Array, R>(
    read: () => Promise<T>,
    use: (bytes: T) => Promise<R>,
  ): Promise<R> {
    while (this.#held >= this.#bytes || this.#reading >= this.#reads) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#reading++;
    let bytes: T;
    try {
      bytes = await read();
    } finally {
      this.#reading--;
      this.#wake();
    }
    this.#held += bytes.length;
    try {
      return await use(bytes);
    } finally {
      this.#held -= bytes.length;
      this.#wake();
    }
  }

  #wake(): void {
    const room = this.#held < this.#bytes ? this.#reads - this.#reading : 0;
    for (const resolve of this.#waiting.splice(0, room)) resolve();
  }
}
