/** The bytes of a pickle, read from front to back with every length checked before it is trusted. */

/** No integer of use has more bytes, and the time for decimal ones grows faster than their length. */
const MAX_INTEGER_BYTES = 256;
const MAX_INTEGER_DIGITS = 600;

/** Reads the arguments of opcodes. */
export class PickleInput {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #name: string;
  #at = 0;

  /** Starts at the first byte; `name` is for messages. */
  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#name = name;
  }

  /** What is wrong with the pickle, as an error that names the file and the place. */
  malformed(problem: string): SyntaxError {
    return new SyntaxError(
      `${this.#name} holds no whole pickle: ${problem} (before byte ${this.#at} of ` +
        `${this.#bytes.length}). Fetch or write the file again.`,
    );
  }

  /** The next byte. */
  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  /** The next two bytes, little-endian. */
  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  /** The next four bytes, little-endian. */
  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** The next four bytes, little-endian and signed. */
  i32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  /** The next eight bytes as a length: no larger than what is left. */
  length64(): number {
    const length = this.#view.getBigUint64(this.#take(8), true);
    const left = this.#bytes.length - this.#at;
    if (length > left) throw this.malformed(`it promises ${length} bytes where ${left} are left`);
    return Number(length);
  }

  /** The next eight bytes as a float, big-endian. */
  f64(): number {
    return this.#view.getFloat64(this.#take(8));
  }

  /** The next bytes, as a view of the input. */
  bytes(length: number): Uint8Array {
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** The bytes up to the next line feed, which is passed over. */
  line(): Uint8Array {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw this.malformed("a line has no end");
    const start = this.#at;
    this.#at = end + 1;
    return this.#bytes.subarray(start, end);
  }

  /** Text in UTF-8. */
  utf8(bytes: Uint8Array): string {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw this.malformed("it has a text that is not UTF-8");
    }
  }

  /** A decimal integer, on the next line unless one is given, perhaps with Python 2's `L` at its end. */
  decimal(line: Uint8Array = this.line()): number | bigint {
    const text = latin1(line.subarray(0, MAX_INTEGER_DIGITS + 2));
    if (text.length > MAX_INTEGER_DIGITS || !/^\s*[+-]?\d+L?\s*$/.test(text)) {
      throw this.malformed(`"${text.slice(0, 40)}" is no integer`);
    }
    return shortest(BigInt(text.replace("L", "").trim().replace("+", "")));
  }

  /** An integer of so many bytes, little-endian in two's complement. */
  integer(length: number): number | bigint {
    if (length > MAX_INTEGER_BYTES) {
      throw this.malformed(`it has an integer of ${length} bytes`);
    }
    const bytes = this.bytes(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
    return shortest(BigInt.asIntN(8 * length, value));
  }

  #take(length: number): number {
    const start = this.#at;
    if (length < 0 || length > this.#bytes.length - start) {
      const left = this.#bytes.length - start;
      throw this.malformed(`it is cut off: ${length} bytes should follow where ${left} are left`);
    }
    this.#at = start + length;
    return start;
  }
}

/** One character for each byte. The web's own "latin1" is windows-1252, which differs from 0x80 on. */
export function latin1(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 8192) {
    parts.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
  }
  return parts.join("");
}

/** The bytes of a text whose characters all are under 256, else null. */
export function latin1Bytes(text: string): Uint8Array<ArrayBuffer> | null {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff) return null;
    bytes[i] = code;
  }
  return bytes;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** The bytes of a string literal of Python 2, with its quotes; null where it is none. */
export function quotedBytes(line: Uint8Array): Uint8Array | null {
  const text = latin1(line).trim();
  const quote = text[0];
  if (text.length < 2 || (quote !== "'" && quote !== '"') || text.at(-1) !== quote) return null;
  const plain = text.slice(1, -1).replace(
    /\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|([\\'"abfnrtv]))/g,
    (_, hex?: string, octal?: string, letter?: string) => {
      if (letter !== undefined) return ESCAPES[letter]!;
      return String.fromCharCode(parseInt(hex ?? octal!, hex === undefined ? 8 : 16) & 0xff);
    },
  );
  return latin1Bytes(plain);
}

/** A text of protocol 0: Latin-1 with `\uXXXX` and `\UXXXXXXXX`; null where one is no character. */
export function rawUnicode(line: Uint8Array): string | null {
  let sound = true;
  const text = latin1(line).replace(
    /\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g,
    (_, short?: string, long?: string) => {
      const code = parseInt(short ?? long!, 16);
      if (code > 0x10ffff) sound = false;
      return code > 0x10ffff ? "" : String.fromCodePoint(code);
    },
  );
  return sound ? text : null;
}

function shortest(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
