/** Entries of a safetensors file: element types, the arrays that hold them, and their values as floats. */

import { halfToFloat } from "./half.ts";

/** Element type of a stored array, by the name it has in the file. */
export type SafetensorsDtype =
  | "BOOL"
  | "U8"
  | "I8"
  | "F8_E5M2"
  | "F8_E4M3"
  | "U16"
  | "I16"
  | "F16"
  | "BF16"
  | "U32"
  | "I32"
  | "F32"
  | "U64"
  | "I64"
  | "F64";

/** Array classes that hold a tensor's elements; 8- and 16-bit floats are held as their bits. */
export type SafetensorsData =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | BigUint64Array
  | BigInt64Array
  | Float64Array;

/** One stored array. */
export interface SafetensorsEntry {
  /** Element type in the file. */
  readonly dtype: SafetensorsDtype;
  /** Extents, outermost first; `[]` is a scalar. */
  readonly shape: readonly number[];
  /**
   * Elements in row-major order, in the class that belongs to `dtype`: `F32` → `Float32Array`,
   * `I64` → `BigInt64Array`, `BOOL` and 8-bit floats → `Uint8Array`, `F16` and `BF16` → `Uint16Array`
   * (bits; see {@linkcode safetensorsFloats}).
   */
  readonly data: SafetensorsData;
}

/** Constructor of an array over a buffer. */
export type ArrayClass = {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): SafetensorsData;
};

/** The array class of each element type. */
export const ARRAY_CLASS: ReadonlyMap<string, ArrayClass> = new Map<SafetensorsDtype, ArrayClass>([
  ["BOOL", Uint8Array],
  ["U8", Uint8Array],
  ["I8", Int8Array],
  ["F8_E5M2", Uint8Array],
  ["F8_E4M3", Uint8Array],
  ["U16", Uint16Array],
  ["I16", Int16Array],
  ["F16", Uint16Array],
  ["BF16", Uint16Array],
  ["U32", Uint32Array],
  ["I32", Int32Array],
  ["F32", Float32Array],
  ["U64", BigUint64Array],
  ["I64", BigInt64Array],
  ["F64", Float64Array],
]);

/**
 * A tensor's elements as 32-bit floats: `F32` without a copy, `F16` and `BF16` exactly, `F64` rounded to
 * nearest, integers and booleans up to 32 bits by value.
 *
 * @throws {TypeError} for 64-bit integers and 8-bit floats.
 *
 * @example
 * ```ts
 * import { safetensorsFloats } from "@spheregrad/spheregrad";
 *
 * const half = { dtype: "F16", shape: [1], data: new Uint16Array([0x3c00]) } as const;
 * console.log(safetensorsFloats(half)[0]); // 1
 * ```
 */
export function safetensorsFloats(entry: SafetensorsEntry): Float32Array {
  const { dtype, data } = entry;
  if (data instanceof Float32Array) return data;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array || dtype.startsWith("F8")) {
    throw new TypeError(`A tensor of dtype ${dtype} can't be read as floats: store it as F32.`);
  }
  if (dtype === "BF16") {
    const bits = Uint32Array.from(data, (half) => half << 16);
    return new Float32Array(bits.buffer);
  }
  if (dtype === "F16") return Float32Array.from(data, halfToFloat);
  return Float32Array.from(data);
}

/** The element types, for messages. */
export function knownDtypes(): string {
  return [...ARRAY_CLASS.keys()].join(", ");
}
