/**
 * NumPy's array files, `.npy`, versions 1 to 3
 * (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html). Arrays of objects are pickles;
 * they go through the restricted unpickler, which executes nothing.
 */

import {
  elementBytes,
  elementCount,
  elementsOf,
  KNOWN_DTYPES,
  type NpyArray,
  type NpyElement,
  parseElement,
} from "./npy_array.ts";
import { NUMPY_GLOBALS, PickledArray } from "./pickle/numpy.ts";
import { unpickle, type UnpickleOptions } from "./pickle/pickle.ts";
import { latin1 } from "./pickle/input.ts";

export type { NpyArray, NpyData, NpyDtype } from "./npy_array.ts";

const MAGIC = "\x93NUMPY";
/** A header has a type, a flag and a shape: a longer one is none. */
const MAX_HEADER_BYTES = 65_536;
const ALIGNMENT = 64;

/** Arrays that can be written, by the class of their elements. */
export type NpyWritable =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

/**
 * Reads a `.npy` file: floats of 2, 4 and 8 bytes, integers of 1 to 8, bool, either byte order, C or
 * Fortran order. An array of objects comes with its pickled values: strings of Python 2 as strings,
 * dictionaries as Maps, arrays within as {@linkcode NpyArray}.
 *
 * @param bytes The whole file.
 * @param name The file's name, for messages.
 * @param options How the objects are read; `python2Strings` is always `latin1`.
 * @throws {SyntaxError} when the file is cut off, damaged or of a type that is not read.
 * @throws {Error} when its objects name what is not allowed.
 *
 * @example
 * ```ts
 * import { decodeNpy, encodeNpy } from "@spheregrad/spheregrad";
 *
 * const bytes = encodeNpy(new Float32Array([1, 2, 3, 4, 5, 6]), [2, 3]);
 * console.log(decodeNpy(bytes, "six.npy").shape); // [2, 3]
 * ```
 */
export function decodeNpy(
  bytes: Uint8Array,
  name: string,
  options: UnpickleOptions = {},
): NpyArray {
  const { element, fortran, shape, count, dataStart } = readHeader(bytes, name);
  const data = bytes.subarray(dataStart);
  const { dtype } = element;
  if (dtype === "O") {
    const array = unpickle(data, name, {
      globals: NUMPY_GLOBALS,
      ...options,
      python2Strings: "latin1",
    });
    const agrees = array instanceof PickledArray && array.dtype === "O" &&
      array.data.length === count;
    if (!agrees) throw malformed(name, `its objects are no array of ${count} as the header says`);
    return { dtype, shape, data: array.data };
  }
  if (data.length !== count * elementBytes(dtype)) {
    throw malformed(
      name,
      `[${shape}] elements of type ${dtype} need ${count * elementBytes(dtype)} bytes, but ` +
        `${data.length} are there`,
    );
  }
  return { dtype, shape, data: elementsOf(data, element, shape, fortran) };
}

/**
 * Writes a `.npy` file (version 1, C order, little-endian).
 *
 * @param data The elements, row-major.
 * @param shape Extents, outermost first.
 * @throws {RangeError} when the shape doesn't match the number of elements.
 *
 * @example
 * ```ts
 * import { encodeNpy } from "@spheregrad/spheregrad";
 *
 * console.log(encodeNpy(new Uint8Array(10), [2, 5]).length); // 138: 128 of header, 10 of elements
 * ```
 */
export function encodeNpy(data: NpyWritable, shape: readonly number[]): Uint8Array<ArrayBuffer> {
  if (elementCount(shape) !== data.length) {
    throw new RangeError(
      `An array of shape [${shape}] doesn't have ${data.length} elements: make them agree.`,
    );
  }
  const extents = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dictionary = `{'descr': '${descriptionOf(data)}', 'fortran_order': False, ` +
    `'shape': (${extents}), }`;
  const start = MAGIC.length + 4;
  const headerBytes = Math.ceil((start + dictionary.length + 1) / ALIGNMENT) * ALIGNMENT - start;
  const file = new Uint8Array(start + headerBytes + data.byteLength).fill(
    0x20,
    0,
    start + headerBytes,
  );
  for (let i = 0; i < MAGIC.length; i++) file[i] = MAGIC.charCodeAt(i);
  file.set([1, 0, headerBytes & 0xff, headerBytes >> 8], MAGIC.length);
  file.set(new TextEncoder().encode(dictionary), start);
  file[start + headerBytes - 1] = 0x0a;
  file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start + headerBytes);
  return file;
}

interface Header {
  readonly element: NpyElement;
  readonly fortran: boolean;
  readonly shape: readonly number[];
  readonly count: number;
  readonly dataStart: number;
}

function readHeader(bytes: Uint8Array, name: string): Header {
  const version = bytes[6];
  if (bytes.length < 10 || latin1(bytes.subarray(0, 6)) !== MAGIC) {
    throw malformed(name, "it does not begin as one");
  }
  if (version !== 1 && version !== 2 && version !== 3) {
    throw malformed(name, `it is of version ${version}; 1 to 3 are read`);
  }
  const start = version === 1 ? 10 : 12;
  if (bytes.length < start) throw malformed(name, "it ends within its header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const dataStart = start + length;
  if (length > MAX_HEADER_BYTES || dataStart > bytes.length) {
    throw malformed(name, `its header claims ${length} bytes of ${bytes.length}`);
  }
  const fields = readDictionary(latin1(bytes.subarray(start, dataStart)));
  const description = fields?.get("descr")?.replace(/^['"]|['"]$/g, "");
  const order = fields?.get("fortran_order");
  const extents = fields?.get("shape");
  if (description === undefined || (order !== "True" && order !== "False") || !extents) {
    throw malformed(name, "its header does not give a type, an order and a shape");
  }
  const element = parseElement(description);
  if (element === null) {
    throw malformed(name, `its elements are of type "${description}"; read are ${KNOWN_DTYPES}`);
  }
  const shape = parseShape(extents);
  const count = shape && elementCount(shape);
  if (shape === null || count === null) {
    throw malformed(name, `its shape ${extents.slice(0, 80)} is none`);
  }
  return { element, fortran: order === "True", shape, count, dataStart };
}

/** The entries of a flat Python dictionary, values as written; null where it is none. */
function readDictionary(text: string): Map<string, string> | null {
  const inner = /^\s*\{([^{}]*)\}\s*$/.exec(text)?.[1];
  if (inner === undefined) return null;
  const entry = /\s*['"](\w+)['"]\s*:\s*('[^']*'|"[^"]*"|True|False|\([^()]*\))\s*(?:,|$)\s*/y;
  const fields = new Map<string, string>();
  while (entry.lastIndex < inner.length) {
    const match = entry.exec(inner);
    if (match === null || fields.has(match[1]!)) return null;
    fields.set(match[1]!, match[2]!);
  }
  return fields;
}

function parseShape(text: string): number[] | null {
  const inner = text.replace(/\s/g, "").slice(1, -1);
  if (inner === "") return [];
  // One extent has a comma, and Python 2 writes long integers with an L.
  if (!/^\d{1,16}L?(,\d{1,16}L?)*,?$/.test(inner)) return null;
  return inner.replace(/,$/, "").split(",").map((extent) => Number(extent.replace("L", "")));
}

function descriptionOf(data: NpyWritable): string {
  const kind = data instanceof Float32Array || data instanceof Float64Array
    ? "f"
    : /^(Big)?Uint/.test(data.constructor.name)
    ? "u"
    : "i";
  return `${data.BYTES_PER_ELEMENT === 1 ? "|" : "<"}${kind}${data.BYTES_PER_ELEMENT}`;
}

function malformed(name: string, problem: string): SyntaxError {
  return new SyntaxError(
    `${name} is not a whole .npy file: ${problem}. Fetch or write the file again.`,
  );
}
