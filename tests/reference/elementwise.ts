import { type Array64, requireSameShape } from "./array64.ts";

function zip(a: Array64, b: Array64, f: (a: number, b: number) => number): Array64 {
  requireSameShape(a, b);
  return { shape: a.shape, data: a.data.map((value, i) => f(value, b.data[i]!)) };
}

/** f of every element. */
export function map(a: Array64, f: (value: number) => number): Array64 {
  return { shape: a.shape, data: a.data.map((value) => f(value)) };
}

export function add(a: Array64, b: Array64): Array64 {
  return zip(a, b, (x, y) => x + y);
}

export function subtract(a: Array64, b: Array64): Array64 {
  return zip(a, b, (x, y) => x - y);
}

export function multiply(a: Array64, b: Array64): Array64 {
  return zip(a, b, (x, y) => x * y);
}

export function divide(a: Array64, b: Array64): Array64 {
  return zip(a, b, (x, y) => x / y);
}

export function scale(a: Array64, factor: number): Array64 {
  return map(a, (value) => factor * value);
}

/** Functions of one element and their derivatives at x. */
export const unary: Readonly<
  Record<string, { f: (x: number) => number; derivative: (x: number) => number }>
> = {
  exp: { f: Math.exp, derivative: Math.exp },
  log: { f: Math.log, derivative: (x) => 1 / x },
  sqrt: { f: Math.sqrt, derivative: (x) => 0.5 / Math.sqrt(x) },
  square: { f: (x) => x * x, derivative: (x) => 2 * x },
  negate: { f: (x) => -x, derivative: () => -1 },
};
