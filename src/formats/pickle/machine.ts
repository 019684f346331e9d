/** The stack machine behind a pickle, which refuses what no plain data needs. */

import { latin1, latin1Bytes, PickleInput } from "./input.ts";

/** Makes the value of a call that a pickle asks for; its arguments may be anything. */
export type PickleConstructor = (args: readonly unknown[], guard: PickleGuard) => unknown;

/** What a pickle may name, such as `numpy.core.multiarray._reconstruct`, and what stands for it. */
export type PickleGlobals = ReadonlyMap<string, PickleConstructor>;

/** What a constructor needs of the pickle that it works for. */
export interface PickleGuard {
  /** What is wrong, as an error that names the file. */
  malformed(problem: string): Error;
  /**
   * Called before bytes are allocated: a pickle may hand the same value to many calls, so that what they
   * make together is bounded by the pickle's own size.
   *
   * @throws SyntaxError when it is too much.
   */
  charge(bytes: number): void;
}

/** A value that gets its state after it was made, by the opcode BUILD. */
export abstract class PickledObject {
  /** Takes the state, which may be anything. */
  abstract setState(state: unknown, guard: PickleGuard): void;
}

/** Something that the pickle named, as a value: allowed, but not called. */
export class PickledGlobal {
  /** Such as `numpy.ndarray`. */
  readonly name: string;
  /** Makes the value of a call. */
  readonly construct: PickleConstructor;

  /** Ties a name to what stands for it. */
  constructor(name: string, construct: PickleConstructor) {
    this.name = name;
    this.construct = construct;
  }
}

/** How a pickle is read. */
export interface UnpickleOptions {
  /** What it may name beside {@linkcode BYTES_GLOBALS}; nothing by default. */
  readonly globals?: PickleGlobals;
  /** What becomes of Python 2's strings, which are bytes: bytes by default, or one character for each. */
  readonly python2Strings?: "bytes" | "latin1";
  /**
   * Bounds the memory for all values, by default 10 million: a number costs 1, a byte string 16, a list 6,
   * a dictionary 24, each of its entries 8. At 10 million about 150 MB beside the pickle itself.
   */
  readonly limit?: number;
}

const DEFAULT_LIMIT = 10_000_000;
const MAX_NESTED_MARKS = 1000;
/** Made bytes for each byte of the pickle: text to bytes to array, and 16-bit floats to 32 bits. */
const MOST_MADE = 4;
/** What values cost of the limit. */
export const COST: Readonly<
  Record<"value" | "bytes" | "list" | "mapping" | "entry" | "memo" | "call", number>
> = { value: 1, bytes: 16, list: 6, mapping: 24, entry: 8, memo: 6, call: 16 };

/**
 * How Python 3 writes bytes into protocols 0 to 2, and bytearrays into all before 5: as calls of these.
 */
export const BYTES_GLOBALS: PickleGlobals = new Map(
  ["_codecs.encode", "__builtin__.bytes", "builtins.bytes", "__builtin__.bytearray"]
    .concat("builtins.bytearray").map((name) => [name, makeBytes]),
);

/** Runs the opcodes of one pickle. */
export class Machine implements PickleGuard {
  /** The bytes that are read. */
  readonly input: PickleInput;
  /** Values that the pickle comes back to, by its own numbers. */
  readonly memo: Map<number, unknown> = new Map();
  readonly #name: string;
  readonly #globals: PickleGlobals;
  readonly #text: boolean;
  #stack: unknown[] = [];
  readonly #below: unknown[][] = [];
  #limit: number;
  #bytesLeft: number;

  /** Starts with an empty stack. */
  constructor(bytes: Uint8Array, name: string, options: UnpickleOptions) {
    this.input = new PickleInput(bytes, name);
    this.#name = name;
    this.#globals = options.globals ?? new Map();
    this.#text = options.python2Strings === "latin1";
    this.#limit = options.limit ?? DEFAULT_LIMIT;
    this.#bytesLeft = MOST_MADE * bytes.length;
  }

  /** What is wrong, as an error that names the file and the place. */
  malformed(problem: string): SyntaxError {
    return this.input.malformed(problem);
  }

  /** Counts bytes that a call is about to allocate. */
  charge(bytes: number): void {
    this.#bytesLeft -= bytes;
    if (!(this.#bytesLeft >= 0)) throw this.malformed("its values are far larger than the pickle");
  }

  /** Counts values toward the limit. */
  spend(cost: number): void {
    this.#limit -= cost;
    if (this.#limit < 0) {
      throw this.malformed("it has more values than are allowed (raise the limit if you trust it)");
    }
  }

  /** Puts a value on the stack. */
  push(value: unknown, cost = COST.value): void {
    this.spend(cost);
    this.#stack.push(value);
  }

  /** Takes the last value off the stack. */
  pop(): unknown {
    if (this.#stack.length === 0) throw this.malformed("an opcode finds no value");
    return this.#stack.pop();
  }

  /** The last value, which stays on the stack. */
  top(): unknown {
    if (this.#stack.length === 0) throw this.malformed("an opcode finds no value");
    return this.#stack.at(-1);
  }

  /** Takes the last values off the stack, in their order. */
  take(count: number): unknown[] {
    if (this.#stack.length < count) throw this.malformed("an opcode finds too few values");
    return this.#stack.splice(this.#stack.length - count, count);
  }

  /** Sets a mark, from which the next values are taken together. */
  mark(): void {
    if (this.#below.length >= MAX_NESTED_MARKS) throw this.malformed("its values nest too deeply");
    this.spend(COST.list);
    this.#below.push(this.#stack);
    this.#stack = [];
  }

  /** The values since the last mark, which is taken away. */
  popMark(): unknown[] {
    const below = this.#below.pop();
    if (below === undefined) throw this.malformed("an opcode finds no mark");
    const values = this.#stack;
    this.#stack = below;
    return values;
  }

  /** POP takes away a mark, too, where nothing stands over it. */
  drop(): void {
    if (this.#stack.length > 0) this.#stack.pop();
    else this.popMark();
  }

  /** Pushes a string of Python 2 in the form that was asked for. */
  python2String(bytes: Uint8Array): void {
    if (this.#text) this.push(latin1(bytes), COST.bytes);
    else this.push(bytes, COST.bytes);
  }

  /** Keeps the last value under a number. */
  remember(index: number | bigint): void {
    if (typeof index === "bigint" || index < 0) throw this.malformed(`${index} is no memo's index`);
    this.spend(COST.memo);
    this.memo.set(index, this.top());
  }

  /** Pushes the value that was kept under a number. */
  recall(index: number | bigint): void {
    const key = Number(index);
    if (!this.memo.has(key)) throw this.malformed(`it uses the memo ${index}, which it never set`);
    this.push(this.memo.get(key));
  }

  /** What stands for a name, where it is allowed. */
  global(module: unknown, attribute: unknown): PickledGlobal {
    if (typeof module !== "string" || typeof attribute !== "string") {
      throw this.malformed("it names a global by something else than texts");
    }
    const name = `${module}.${attribute}`;
    const construct = this.#globals.get(name) ?? BYTES_GLOBALS.get(name);
    if (construct === undefined) {
      throw new Error(
        `${this.#name} is a pickle that names ${shown(name)}, which is not allowed here: a file ` +
          "of this kind needs no such thing, and it may be meant to do harm.",
      );
    }
    return new PickledGlobal(name, construct);
  }

  /** Pushes what a constructor makes of its arguments. */
  call(callee: unknown, args: unknown): void {
    if (!(callee instanceof PickledGlobal) || !Array.isArray(args)) {
      throw this.malformed("it calls what cannot be called");
    }
    this.push(callee.construct(args, this), COST.call);
  }

  /** Adds to the list or set on the stack. */
  append(values: readonly unknown[]): void {
    const target = this.top();
    if (target instanceof Set) {
      this.spend(COST.entry * values.length);
      for (const value of values) target.add(value);
    } else if (Array.isArray(target)) {
      this.spend(values.length);
      for (const value of values) target.push(value);
    } else throw this.malformed("it appends to what is no list");
  }

  /** Keys and values in turn into the dictionary on the stack. */
  setItems(pairs: readonly unknown[]): void {
    const target = this.top();
    if (!(target instanceof Map)) throw this.malformed("it sets an entry of what is no dictionary");
    if (pairs.length % 2 !== 0) throw this.malformed("a dictionary has a key without a value");
    this.spend(COST.entry * pairs.length / 2);
    for (let i = 0; i < pairs.length; i += 2) target.set(pairs[i], pairs[i + 1]);
  }

  /** Gives the last value but one its state. */
  build(): void {
    const state = this.pop();
    const target = this.top();
    if (!(target instanceof PickledObject)) throw this.malformed("it sets the state of plain data");
    target.setState(state, this);
  }

  /** The value of the whole pickle. */
  result(): unknown {
    const value = this.pop();
    if (this.#stack.length > 0 || this.#below.length > 0) {
      throw this.malformed("values are left over at its end");
    }
    return value;
  }
}

function makeBytes(args: readonly unknown[], guard: PickleGuard): Uint8Array {
  const [value, encoding] = args;
  if (args.length === 0) return new Uint8Array();
  if (value instanceof Uint8Array) return value;
  if (typeof value !== "string" || (encoding !== "latin1" && encoding !== "latin-1")) {
    throw guard.malformed("it makes bytes of something else than bytes and Latin-1");
  }
  guard.charge(value.length);
  const bytes = latin1Bytes(value);
  if (bytes === null) throw guard.malformed("it makes bytes of characters that are none");
  return bytes;
}

/** Keeps what a file says from filling or faking a message. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
