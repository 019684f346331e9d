/** The opcodes of pickles, protocols 0 to 5, without those that reach out of the file. */

import { latin1, quotedBytes, rawUnicode } from "./input.ts";
import { COST, type Machine, shown } from "./machine.ts";

type Opcode = readonly [code: string, run: (machine: Machine) => void];

const NUMBERS: readonly Opcode[] = [
  ["N", (m) => m.push(null)],
  ["\x88", (m) => m.push(true)],
  ["\x89", (m) => m.push(false)],
  ["K", (m) => m.push(m.input.u8())],
  ["M", (m) => m.push(m.input.u16())],
  ["J", (m) => m.push(m.input.i32())],
  ["L", (m) => m.push(m.input.decimal())],
  ["\x8a", (m) => m.push(m.input.integer(m.input.u8()))],
  ["\x8b", (m) => m.push(m.input.integer(m.input.u32()))],
  ["G", (m) => m.push(m.input.f64())],
  ["F", (m) => m.push(floatOf(m))],
  ["I", (m) => {
    const line = m.input.line();
    const text = latin1(line.subarray(0, 3));
    m.push(text === "00" || text === "01" ? text === "01" : m.input.decimal(line));
  }],
];

const STRINGS: readonly Opcode[] = [
  ["S", (m) => {
    const bytes = quotedBytes(m.input.line());
    if (bytes === null) throw m.malformed("it has a string without its quotes");
    m.python2String(bytes);
  }],
  ["T", (m) => m.python2String(m.input.bytes(m.input.i32()))],
  ["U", (m) => m.python2String(m.input.bytes(m.input.u8()))],
  ["B", (m) => m.push(m.input.bytes(m.input.u32()), COST.bytes)],
  ["C", (m) => m.push(m.input.bytes(m.input.u8()), COST.bytes)],
  ["\x8e", (m) => m.push(m.input.bytes(m.input.length64()), COST.bytes)],
  ["\x96", (m) => m.push(m.input.bytes(m.input.length64()), COST.bytes)],
  ["V", (m) => {
    const text = rawUnicode(m.input.line());
    if (text === null) throw m.malformed("it has a character that does not exist");
    m.push(text, COST.bytes);
  }],
  ["X", (m) => m.push(m.input.utf8(m.input.bytes(m.input.u32())), COST.bytes)],
  ["\x8c", (m) => m.push(m.input.utf8(m.input.bytes(m.input.u8())), COST.bytes)],
  ["\x8d", (m) => m.push(m.input.utf8(m.input.bytes(m.input.length64())), COST.bytes)],
];

const CONTAINERS: readonly Opcode[] = [
  ["(", (m) => m.mark()],
  ["0", (m) => m.drop()],
  ["1", (m) => void m.popMark()],
  ["2", (m) => m.push(m.top())],
  ["]", (m) => m.push([], COST.list)],
  [")", (m) => m.push([], COST.list)],
  ["}", (m) => m.push(new Map(), COST.mapping)],
  ["\x8f", (m) => m.push(new Set(), COST.mapping)],
  ["l", (m) => m.push(m.popMark(), COST.list)],
  ["t", (m) => m.push(m.popMark(), COST.list)],
  ["\x85", (m) => m.push(m.take(1), COST.list)],
  ["\x86", (m) => m.push(m.take(2), COST.list)],
  ["\x87", (m) => m.push(m.take(3), COST.list)],
  ["d", (m) => {
    const pairs = m.popMark();
    m.push(new Map(), COST.mapping);
    m.setItems(pairs);
  }],
  ["\x91", (m) => {
    const values = m.popMark();
    m.push(new Set(), COST.mapping);
    m.append(values);
  }],
  ["a", (m) => m.append([m.pop()])],
  ["e", (m) => m.append(m.popMark())],
  ["\x90", (m) => m.append(m.popMark())],
  ["s", (m) => m.setItems(m.take(2))],
  ["u", (m) => m.setItems(m.popMark())],
];

const OBJECTS: readonly Opcode[] = [
  ["c", (m) => {
    const module = m.input.utf8(m.input.line());
    m.push(m.global(module, m.input.utf8(m.input.line())), COST.list);
  }],
  ["\x93", (m) => {
    const [module, attribute] = m.take(2);
    m.push(m.global(module, attribute), COST.list);
  }],
  ["R", (m) => {
    const [callee, args] = m.take(2);
    m.call(callee, args);
  }],
  ["\x81", (m) => {
    const [callee, args] = m.take(2);
    m.call(callee, args);
  }],
  ["i", (m) => {
    const module = m.input.utf8(m.input.line());
    const callee = m.global(module, m.input.utf8(m.input.line()));
    m.call(callee, m.popMark());
  }],
  ["o", (m) => {
    const [callee, ...args] = m.popMark();
    m.call(callee, args);
  }],
  ["b", (m) => m.build()],
];

const MEMO_AND_FRAME: readonly Opcode[] = [
  ["p", (m) => m.remember(m.input.decimal())],
  ["q", (m) => m.remember(m.input.u8())],
  ["r", (m) => m.remember(m.input.u32())],
  ["\x94", (m) => m.remember(m.memo.size)],
  ["g", (m) => m.recall(m.input.decimal())],
  ["h", (m) => m.recall(m.input.u8())],
  ["j", (m) => m.recall(m.input.u32())],
  ["\x95", (m) => void m.input.length64()],
  ["\x80", (m) => {
    const protocol = m.input.u8();
    if (protocol > 5) throw m.malformed(`it is of protocol ${protocol}; 0 to 5 are read`);
  }],
];

/** Ends a pickle. */
export const STOP = 0x2e;

/** What each opcode does. */
export const OPCODES: ReadonlyMap<number, (machine: Machine) => void> = new Map(
  [NUMBERS, STRINGS, CONTAINERS, OBJECTS, MEMO_AND_FRAME].flat()
    .map(([code, run]) => [code.charCodeAt(0), run]),
);

/** Why known opcodes are not run. */
export const REFUSED: ReadonlyMap<number, string> = new Map([
  ["P", "refers to something outside of the file, which is not read"],
  ["Q", "refers to something outside of the file, which is not read"],
  ["\x82", "names a registered extension, which is not allowed"],
  ["\x83", "names a registered extension, which is not allowed"],
  ["\x84", "names a registered extension, which is not allowed"],
  ["\x92", "calls with named arguments, which is not allowed"],
  ["\x97", "takes a buffer from outside of the file, which is not read"],
  ["\x98", "takes a buffer from outside of the file, which is not read"],
].map(([code, reason]) => [code!.charCodeAt(0), reason!]));

function floatOf(machine: Machine): number {
  const text = latin1(machine.input.line().subarray(0, 400)).trim();
  const named = /^([+-]?)(?:(inf)(?:inity)?|nan)$/i.exec(text);
  if (named) return named[2] === undefined ? NaN : named[1] === "-" ? -Infinity : Infinity;
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) {
    throw machine.malformed(`${shown(text)} is no number`);
  }
  return Number(text);
}
