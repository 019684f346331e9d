/** Arrays of NumPy: their element types as files name them, and their bytes as typed arrays. */

import { halfToFloat } from "./half.ts";

/** Element type without its byte order; `b1` is bool, `O` any Python object. */
export type NpyDtype =
  | "b1"
  | "u1"
  | "i1"
  | "u2"
  | "i2"
  | "u4"
  | "i4"
  | "u8"
  | "i8"
  | "f2"
  | "f4"
  | "f8"
  | "O";

/** Elements of an array; 16-bit floats are widened to 32 bits, objects are what the unpickler makes. */
export type NpyData =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array
  | readonly unknown[];

/** An array of any rank. */
export interface NpyArray {
  /** Element type in the file. */
  readonly dtype: NpyDtype;
  /** Extents, outermost first; `[]` is a scalar. */
  readonly shape: readonly number[];
  /** Elements in row-major order, whatever the order in the file. */
  readonly data: NpyData;
}

/** An element type with the order of its bytes. */
export interface NpyElement {
  /** The type. */
  readonly dtype: NpyDtype;
  /** Whether the most significant byte comes first. */
  readonly bigEndian: boolean;
}

type NumberArray = Exclude<NpyData, readonly unknown[]>;
type NumberClass = { new (buffer: ArrayBuffer): NumberArray };

const CLASSES: Readonly<Record<Exclude<NpyDtype, "O" | "f2">, NumberClass>> = {
  b1: Uint8Array,
  u1: Uint8Array,
  i1: Int8Array,
  u2: Uint16Array,
  i2: Int16Array,
  u4: Uint32Array,
  i4: Int32Array,
  u8: BigUint64Array,
  i8: BigInt64Array,
  f4: Float32Array,
  f8: Float64Array,
};

/** NumPy's own limit is 64. */
const MAX_RANK = 64;

/**
 * Reads a type as NumPy writes it, such as `<f4`, `|u1` or `>i8`; null for one that is not read here.
 *
 * @param text The type, with or without its byte order.
 */
export function parseElement(text: string): NpyElement | null {
  const match = /^([<>|=]?)(b1|[ui][1248]|f[248]|O8?|\?|b|B)$/.exec(text);
  if (match === null) return null;
  const letters: Record<string, string> = { "?": "b1", b: "i1", B: "u1", O8: "O" };
  const dtype = letters[match[2]!] ?? match[2]!;
  return { dtype: dtype as NpyDtype, bigEndian: match[1] === ">" };
}

/** The types that are read, for messages. */
export const KNOWN_DTYPES = "bool, 8- to 64-bit integers, 16- to 64-bit floats, object";

/** Bytes of an element; an object has none. */
export function elementBytes(dtype: NpyDtype): number {
  return dtype === "O" ? 0 : Number(dtype[1]);
}

/** Number of elements of a shape, or null when it is none that an array can have. */
export function elementCount(shape: readonly unknown[]): number | null {
  if (shape.length > MAX_RANK) return null;
  let count = 1;
  for (const extent of shape) {
    if (!Number.isSafeInteger(extent) || (extent as number) < 0) return null;
    count *= extent as number;
  }
  return Number.isSafeInteger(count) ? count : null;
}

/**
 * Elements from their bytes, in row-major order.
 *
 * @param bytes Exactly the bytes of all elements; they are copied.
 * @param element Type and byte order, not of objects.
 * @param shape Extents.
 * @param fortran Whether the first extent runs fastest in the bytes.
 */
export function elementsOf(
  bytes: Uint8Array,
  element: NpyElement,
  shape: readonly number[],
  fortran: boolean,
): NpyData {
  const copy = new Uint8Array(bytes);
  const size = elementBytes(element.dtype);
  if (element.bigEndian && size > 1) reverseEach(copy, size);
  const data = typed(copy.buffer, element.dtype);
  return fortran ? toRowMajor(data, shape) : data;
}

/**
 * Elements that stand in Fortran's order, the first extent fastest, in row-major order.
 *
 * @param data Elements, as many as the shape says.
 * @param shape Extents.
 */
export function toRowMajor<T extends NpyData>(data: T, shape: readonly number[]): T {
  if (shape.filter((extent) => extent > 1).length < 2) return data;
  const result = data.slice() as unknown as { [index: number]: unknown };
  const strides: number[] = [];
  let stride = 1;
  for (const extent of shape) {
    strides.push(stride);
    stride *= extent;
  }
  const index = shape.map(() => 0);
  let source = 0;
  for (let target = 0; target < data.length; target++) {
    result[target] = data[source];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      source += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      source -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return result as unknown as T;
}

function reverseEach(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

function typed(buffer: ArrayBuffer, dtype: NpyDtype): NumberArray {
  if (dtype === "f2") return Float32Array.from(new Uint16Array(buffer), halfToFloat);
  return new CLASSES[dtype as keyof typeof CLASSES](buffer);
}
