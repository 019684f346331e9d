/**
 * Python's pickles, protocols 0 to 5, as data. A pickle is a program that may call any function; here it
 * may name what a list allows and nothing else, and what it names is our own code, so that nothing of the
 * file is ever executed. Opcodes: https://github.com/python/cpython/blob/main/Lib/pickletools.py
 */

import { Machine, type UnpickleOptions } from "./machine.ts";
import { OPCODES, REFUSED, STOP } from "./opcodes.ts";

export {
  BYTES_GLOBALS,
  type PickleConstructor,
  PickledGlobal,
  PickledObject,
  type PickleGlobals,
  type PickleGuard,
  type UnpickleOptions,
} from "./machine.ts";

/**
 * Reads a pickle's value: `dict` as a Map, `bytes` as a Uint8Array (a view of the input where it can be),
 * `str` as a string, `int` as a number or, past 2^53, a bigint, `list` and `tuple` as arrays, `None` as
 * null. A value that is used twice is one object, and lists may hold themselves: whoever walks them must
 * not count on an end. Bytes after the pickle are ignored, as Python does.
 *
 * @param bytes The pickle.
 * @param name The file's name, for messages.
 * @throws {SyntaxError} when the pickle is cut off or damaged, or its values take too much memory.
 * @throws {Error} when it names what is not allowed; the message says what.
 */
export function unpickle(
  bytes: Uint8Array,
  name: string,
  options: UnpickleOptions = {},
): unknown {
  const machine = new Machine(bytes, name, options);
  const { input } = machine;
  while (true) {
    const code = input.u8();
    if (code === STOP) return machine.result();
    const run = OPCODES.get(code);
    if (run === undefined) {
      const reason = REFUSED.get(code) ?? "is none of Python's";
      throw input.malformed(`opcode 0x${code.toString(16).padStart(2, "0")} ${reason}`);
    }
    run(machine);
  }
}
