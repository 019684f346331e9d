/**
 * The wire format of protocol buffers: a message is a row of fields, each a number and a value
 * (https://protobuf.dev/programming-guides/encoding). What the numbers mean is decided by a message's reader,
 * which opens nested messages itself: nothing here recurses.
 */

/** How a field's value is written: a varint, 8 bytes, bytes behind their length, or 4 bytes. */
export type WireType = 0 | 1 | 2 | 5;

/** One field of a message. */
export interface ProtobufField {
  /** Its number in the message's description. */
  readonly number: number;
  /** How it is written. */
  readonly wire: WireType;
  /** The value of a varint, 0 to 2^64 − 1; 0 for other wire types. */
  readonly varint: bigint;
  /** The bytes of a value that is no varint, a view of the message. */
  readonly bytes: Uint8Array;
}

const WIRE_NAMES: Readonly<Record<WireType, string>> = {
  0: "a varint",
  1: "8 bytes",
  2: "bytes behind their length",
  5: "4 bytes",
};

const NO_BYTES = new Uint8Array();

/**
 * The fields of a message, one after another.
 *
 * @param message The whole message.
 * @throws {SyntaxError} saying in the middle of a sentence what is wrong, for a varint over 64 bits, a length that
 *   reaches over the end, a field number of 0, groups, and wire types that don't exist.
 */
export function* protobufFields(message: Uint8Array): Generator<ProtobufField, void, void> {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  let at = 0;
  while (at < message.length) {
    const start = at;
    const key = readVarint(view, at);
    at = key.end;
    const number = Number(key.value >> 3n);
    const wire = Number(key.value & 7n);
    if (number < 1 || number >= 2 ** 29) {
      throw new SyntaxError(`the field at byte ${start} of a message has the number ${number}`);
    }
    if (wire === 0) {
      const { value, end } = readVarint(view, at);
      at = end;
      yield { number, wire, varint: value, bytes: NO_BYTES };
      continue;
    }
    let length: number;
    if (wire === 1) length = 8;
    else if (wire === 5) length = 4;
    else if (wire === 2) {
      const { value, end } = readVarint(view, at);
      at = end;
      length = Number(value);
    } else {
      throw new SyntaxError(`the field ${number} of a message has the wire type ${wire}`);
    }
    if (length > message.length - at) {
      throw new SyntaxError(
        `the field ${number} of a message claims ${length} bytes, where ${
          message.length - at
        } are left`,
      );
    }
    yield { number, wire, varint: 0n, bytes: message.subarray(at, at + length) };
    at += length;
  }
}

/** The varints of a packed field. */
export function* packedVarints(bytes: Uint8Array): Generator<bigint, void, void> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length;) {
    const { value, end } = readVarint(view, at);
    at = end;
    yield value;
  }
}

/**
 * Sees to it that a field is written as its description says.
 *
 * @throws {SyntaxError} saying in the middle of a sentence which field is not.
 */
export function requireWire(
  field: ProtobufField,
  what: string,
  ...wires: readonly WireType[]
): void {
  if (wires.includes(field.wire)) return;
  const wanted = wires.map((wire) => WIRE_NAMES[wire]).join(" or ");
  throw new SyntaxError(`${what} is written as ${WIRE_NAMES[field.wire]}, not as ${wanted}`);
}

/** A varint has at most ten bytes, of which the last holds the 64th bit. */
function readVarint(view: DataView, start: number): { value: bigint; end: number } {
  // Nearly all have up to four bytes, which need no bigint.
  let small = 0;
  for (let i = 0; i < 4 && start + i < view.byteLength; i++) {
    const byte = view.getUint8(start + i);
    small |= (byte & 127) << 7 * i;
    if (byte < 128) return { value: BigInt(small), end: start + i + 1 };
  }
  let value = BigInt(small);
  for (let i = 4; i < 10 && start + i < view.byteLength; i++) {
    const byte = view.getUint8(start + i);
    if (i === 9 && byte > 1) break;
    value |= BigInt(byte & 127) << BigInt(7 * i);
    if (byte < 128) return { value, end: start + i + 1 };
  }
  throw new SyntaxError(
    `the varint at byte ${start} of a message is cut off or exceeds 64 bits`,
  );
}
