/** Whether two values are alike in structure, by the rules of `@std/assert`'s `equal`. */
export function equal(left: unknown, right: unknown): boolean {
  return compare(left, right, new Map());
}

type Seen = Map<object, object>;

function compare(a: unknown, b: unknown, seen: Seen): boolean {
  if (typeof a === "number" && typeof b === "number") {
    return a === b || (Number.isNaN(a) && Number.isNaN(b));
  }
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (!sameClass(a, b)) return false;
  if (a instanceof Date && b instanceof Date) return compare(a.getTime(), b.getTime(), seen);
  if (a instanceof RegExp || a instanceof URL) return String(a) === String(b);
  if (isTypedArray(a) && isTypedArray(b)) return sameElements(a, b);
  if (a instanceof WeakMap || a instanceof WeakSet) {
    throw new TypeError(`Cannot compare ${a.constructor.name} instances`);
  }
  if (seen.get(a) === b) return true;
  seen.set(a, b);
  if (a instanceof Set && b instanceof Set) return sameSet(a, b, seen);
  if (a instanceof Map && b instanceof Map) return sameMap(a, b, seen);
  return sameMembers(a, b, seen);
}

function sameClass(a: object, b: object): boolean {
  // An object without a prototype counts as a plain one.
  return (a.constructor ?? Object) === (b.constructor ?? Object);
}

type TypedArray = Exclude<ArrayBufferView, DataView> & ArrayLike<number | bigint>;

function isTypedArray(value: object): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function sameElements(a: TypedArray, b: TypedArray): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    const x = a[i], y = b[i];
    if (x !== y && !(Number.isNaN(x) && Number.isNaN(y))) return false;
  }
  return true;
}

function sameSet(a: Set<unknown>, b: Set<unknown>, seen: Seen): boolean {
  if (a.size !== b.size) return false;
  const rest = new Set(b);
  for (const item of a) {
    if (rest.delete(item)) continue;
    const match = [...rest].find((other) => compare(item, other, new Map(seen)));
    if (match === undefined) return false;
    rest.delete(match);
  }
  return true;
}

function sameMap(a: Map<unknown, unknown>, b: Map<unknown, unknown>, seen: Seen): boolean {
  if (a.size !== b.size) return false;
  const rest = new Map(b);
  for (const [key, value] of a) {
    const match = rest.has(key)
      ? key
      : [...rest.keys()].find((other) => compare(key, other, new Map(seen)));
    if (!rest.has(match) || !compare(value, rest.get(match), seen)) return false;
    rest.delete(match);
  }
  return true;
}

function sameMembers(a: object, b: object, seen: Seen): boolean {
  const keys = ownKeys(a);
  if (keys.length !== ownKeys(b).length) return false;
  if (Array.isArray(a) && Array.isArray(b) && a.length !== b.length) return false;
  return keys.every((key) =>
    Object.hasOwn(b, key) &&
    compare(a[key as keyof typeof a], b[key as keyof typeof b], seen)
  );
}

function ownKeys(value: object): PropertyKey[] {
  const symbols = Object.getOwnPropertySymbols(value)
    .filter((key) => Object.prototype.propertyIsEnumerable.call(value, key));
  return [...Object.keys(value), ...symbols];
}
