/**
 * A stand-in for `@std/assert` where JSR cannot be reached: the part that this repository uses, with
 * the same names, parameters and outcomes. It is linked in by `deno.json` for development alone.
 *
 * @module
 */
import { AssertionError } from "node:assert";
import { inspect } from "node:util";
import { equal } from "./equal.ts";

export { AssertionError, equal };

// deno-lint-ignore no-explicit-any
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

function fail(message: string, note?: string): never {
  throw new AssertionError({ message: note ? `${message}: ${note}` : `${message}.` });
}

function show(value: unknown): string {
  return inspect(value, { depth: 8, maxArrayLength: 40, breakLength: 100, sorted: true });
}

/** Fails unless `expr` is truthy. */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError({ message: msg });
}

/** Fails unless both values are alike in structure; `NaN` equals `NaN`, and 0 equals −0. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  if (equal(actual, expected)) return;
  fail(`Values are not equal\n  actual:   ${show(actual)}\n  expected: ${show(expected)}`, msg);
}

/** Fails if both values are alike in structure. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  if (equal(actual, expected)) {
    fail(`Expected actual: ${show(actual)} not to be: ${show(expected)}`, msg);
  }
}

/** Fails unless both are the same value by `Object.is`. */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  msg?: string,
): asserts actual is T {
  if (!Object.is(actual, expected)) {
    fail(`Values are not strictly equal\n  ${show(actual)}\n  ${show(expected)}`, msg);
  }
}

/**
 * Fails unless the numbers differ by at most `tolerance`, which is 1e-7 of the expected value where
 * none is given.
 */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance?: number,
  msg?: string,
): void {
  if (Object.is(actual, expected)) return;
  const allowed = tolerance ?? (Number.isFinite(expected) ? Math.abs(expected * 1e-7) : 1e-7);
  const delta = Math.abs(expected - actual);
  if (delta <= allowed) return;
  fail(`Expected ${actual} to be within ${allowed} of ${expected}; they differ by ${delta}`, msg);
}

/** Fails unless `actual` is neither `null` nor `undefined`. */
export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T> {
  if (actual === undefined || actual === null) {
    fail(`Expected actual: "${actual}" to not be null or undefined`, msg);
  }
}

/** Fails unless `actual` is an instance of `type`. */
// deno-lint-ignore no-explicit-any
export function assertInstanceOf<T extends abstract new (...args: any[]) => any>(
  actual: unknown,
  type: T,
  msg = "",
): asserts actual is InstanceType<T> {
  if (!(actual instanceof type)) {
    fail(`Expected an instance of "${type.name}" but got ${show(actual)}`, msg);
  }
}

/** Fails unless `actual` contains `expected`. */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  if (!actual.includes(expected)) fail(`Expected "${actual}" to contain "${expected}"`, msg);
}

/** Fails unless `actual` matches `expected`. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  if (!expected.test(actual)) fail(`Expected "${actual}" to match ${expected}`, msg);
}

/** Fails unless `error` is an `Error`, of the class and with the words that are given. */
export function assertIsError<E extends Error = Error>(
  error: unknown,
  ErrorClass?: ErrorClass<E>,
  msgMatches?: string | RegExp,
  msg?: string,
): asserts error is E {
  if (!(error instanceof Error)) fail(`Expected an Error but got ${show(error)}`, msg);
  if (ErrorClass && !(error instanceof ErrorClass)) {
    fail(
      `Expected an instance of "${ErrorClass.name}" but got "${error.constructor.name}": ${error.message}`,
      msg,
    );
  }
  if (msgMatches === undefined || msgMatches === "") return;
  const matches = typeof msgMatches === "string"
    ? error.message.includes(msgMatches)
    : msgMatches.test(error.message);
  if (!matches) fail(`Expected message ${show(error.message)} to include ${show(msgMatches)}`, msg);
}

/** Fails unless `fn` throws; with a class, unless it throws an `Error` of it. Returns the error. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  classOrMsg?: ErrorClass<E> | string,
  msgIncludes?: string,
  msg?: string,
): unknown {
  const note = typeof classOrMsg === "string" ? classOrMsg : msg;
  let error: unknown;
  try {
    fn();
  } catch (thrown) {
    error = thrown;
    if (typeof classOrMsg === "function") assertIsError(thrown, classOrMsg, msgIncludes, msg);
    return error;
  }
  fail("Expected function to throw", note);
}

/** Fails unless `fn` returns a promise that rejects; see {@linkcode assertThrows}. */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  classOrMsg?: ErrorClass<E> | string,
  msgIncludes?: string,
  msg?: string,
): Promise<unknown> {
  const note = typeof classOrMsg === "string" ? classOrMsg : msg;
  let promise: PromiseLike<unknown> | undefined;
  try {
    promise = fn();
  } catch {
    fail("Function throws when expected to reject", note);
  }
  if (typeof promise?.then !== "function") fail("Function throws when expected to reject", note);
  try {
    await promise;
  } catch (error) {
    if (typeof classOrMsg === "function") assertIsError(error, classOrMsg, msgIncludes, msg);
    return error;
  }
  fail("Expected function to reject", note);
}
