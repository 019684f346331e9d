/**
 * What NumPy's arrays, types and scalars call for in a pickle, for the list of names that `unpickle()`
 * takes: versions 1 and 2 of NumPy, in Python 2 and 3.
 */

import {
  elementBytes,
  elementCount,
  elementsOf,
  KNOWN_DTYPES,
  type NpyArray,
  type NpyData,
  type NpyDtype,
  type NpyElement,
  parseElement,
  toRowMajor,
} from "../npy_array.ts";
import {
  type PickleConstructor,
  PickledGlobal,
  PickledObject,
  type PickleGlobals,
  type PickleGuard,
} from "./pickle.ts";
import { latin1, latin1Bytes } from "./input.ts";

/** An array that was in a pickle. */
export class PickledArray extends PickledObject implements NpyArray {
  /** Element type. */
  dtype: NpyDtype = "u1";
  /** Extents, outermost first. */
  shape: readonly number[] = [0];
  /** Elements in row-major order. */
  data: NpyData = new Uint8Array();

  /** Takes what NumPy's `ndarray.__setstate__` takes: (version,) shape, type, order, elements. */
  override setState(state: unknown, guard: PickleGuard): void {
    if (!Array.isArray(state) || state.length < 4 || state.length > 5) {
      throw guard.malformed("a NumPy array has no state");
    }
    const [shape, type, fortran, elements] = state.slice(-4);
    this.fill(shape, type, fortran === true || fortran === 1, elements, guard);
  }

  /** Sets everything, after it was found to agree. */
  fill(
    shape: unknown,
    type: unknown,
    fortran: boolean,
    elements: unknown,
    guard: PickleGuard,
  ): void {
    const count = Array.isArray(shape) ? elementCount(shape) : null;
    if (count === null) throw guard.malformed("a NumPy array has no shape");
    if (!(type instanceof PickledDtype)) throw guard.malformed("a NumPy array has no type");
    const { element } = type;
    if (element.dtype === "O") this.data = objectsOf(elements, count, guard);
    else {
      const bytes = bytesOf(elements, guard);
      if (bytes.length !== count * elementBytes(element.dtype)) {
        throw guard.malformed(
          `a NumPy array of ${count} elements of type ${element.dtype} has ${bytes.length} bytes`,
        );
      }
      guard.charge(bytes.length * (element.dtype === "f2" ? 2 : 1));
      this.data = elementsOf(bytes, element, shape as number[], false);
    }
    if (fortran) {
      guard.charge(count);
      this.data = toRowMajor(this.data, shape as number[]);
    }
    this.dtype = element.dtype;
    this.shape = [...shape as number[]];
  }
}

/** The type of a pickled array's elements; its byte order comes as a state. */
class PickledDtype extends PickledObject {
  element: NpyElement;

  constructor(element: NpyElement) {
    super();
    this.element = element;
  }

  override setState(state: unknown, guard: PickleGuard): void {
    const [, order, subarray, names] = Array.isArray(state) ? state : [];
    const text = textOf(order);
    if (text === null || !/^[<>|=]$/.test(text)) throw guard.malformed("a NumPy type has no order");
    if (isPresent(subarray) || isPresent(names)) {
      throw guard.malformed("a NumPy array has records for elements, which are not read");
    }
    this.element = { ...this.element, bigEndian: text === ">" };
  }
}

/**
 * The names that pickled NumPy arrays call for. `numpy.ndarray` may be named but not called.
 *
 * @example In `unpickle(bytes, name, { globals: NUMPY_GLOBALS })`.
 */
export const NUMPY_GLOBALS: PickleGlobals = numpyGlobals();

function numpyGlobals(): PickleGlobals {
  const globals = new Map<string, PickleConstructor>([
    ["numpy.dtype", makeDtype],
    ["numpy.ndarray", refuseCall],
  ]);
  for (const core of ["numpy.core", "numpy._core"]) {
    globals.set(`${core}.multiarray._reconstruct`, makeEmpty);
    globals.set(`${core}.multiarray.scalar`, makeScalar);
    globals.set(`${core}.numeric._frombuffer`, makeFromBuffer);
  }
  return globals;
}

function refuseCall(_: readonly unknown[], guard: PickleGuard): never {
  throw guard.malformed("it calls numpy.ndarray itself");
}

function makeEmpty(args: readonly unknown[], guard: PickleGuard): PickledArray {
  const [subtype] = args;
  if (!(subtype instanceof PickledGlobal) || subtype.name !== "numpy.ndarray") {
    throw guard.malformed("it makes an array of another class than numpy.ndarray");
  }
  return new PickledArray();
}

function makeDtype(args: readonly unknown[], guard: PickleGuard): PickledDtype {
  const text = textOf(args[0]);
  const element = text === null ? null : parseElement(text);
  if (element === null) {
    throw guard.malformed(
      `a NumPy array has elements of the type ${JSON.stringify(text?.slice(0, 40))}; ` +
        `read are ${KNOWN_DTYPES}`,
    );
  }
  return new PickledDtype(element);
}

function makeScalar(args: readonly unknown[], guard: PickleGuard): unknown {
  const [type, value] = args;
  if (type instanceof PickledDtype && type.element.dtype === "O") return value;
  const array = new PickledArray();
  array.fill([], type, false, value, guard);
  const scalar = array.data[0];
  return array.dtype === "b1" ? scalar !== 0 : scalar;
}

function makeFromBuffer(args: readonly unknown[], guard: PickleGuard): PickledArray {
  const [buffer, type, shape, order] = args;
  const array = new PickledArray();
  array.fill(shape, type, textOf(order) === "F", buffer, guard);
  return array;
}

function objectsOf(elements: unknown, count: number, guard: PickleGuard): readonly unknown[] {
  if (!Array.isArray(elements) || elements.length !== count) {
    throw guard.malformed(`a NumPy array of ${count} objects does not have as many`);
  }
  return elements;
}

function bytesOf(value: unknown, guard: PickleGuard): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === "string") {
    guard.charge(value.length);
    const bytes = latin1Bytes(value);
    if (bytes !== null) return bytes;
  }
  throw guard.malformed("a NumPy array has no bytes");
}

/** A text, which is bytes in pickles of Python 2. */
function textOf(value: unknown): string | null {
  if (value instanceof Uint8Array) return latin1(value.subarray(0, 100));
  return typeof value === "string" ? value : null;
}

function isPresent(value: unknown): boolean {
  return value !== null && value !== undefined;
}
