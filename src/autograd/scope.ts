/**
 * Scopes own tensors, so that users never count references: what is made inside one and neither returned
 * nor kept is freed at its end. A scope also owns the part of the tape that was recorded in it.
 */

import type { TapeNode } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** Owner of the tensors and tape nodes made while it is innermost. */
export interface Scope {
  /** Tensors to free at the end. */
  readonly tensors: Set<Tensor>;
  /** Operations that were recorded, oldest first. */
  tape: TapeNode[];
  /** The scope around this one. */
  readonly parent: Scope | null;
}

/** Outside every scope, tensors belong to the user; the tape is still kept. */
const root: Scope = { tensors: new Set(), tape: [], parent: null };

let current: Scope = root;

/** The innermost scope. */
export function currentScope(): Scope {
  return current;
}

/** Registers a new tensor with the innermost scope. */
export function own(tensor: Tensor): void {
  if (current !== root) current.tensors.add(tensor);
}

/** Takes a tensor out of the scope that owns it, wherever that is. */
export function disown(tensor: Tensor): void {
  for (let scope: Scope | null = current; scope !== null; scope = scope.parent) {
    if (scope.tensors.delete(tensor)) return;
  }
}

/**
 * Runs a function and frees every tensor made inside, except those in the result (a tensor, or arrays and
 * plain objects of them) and those given to {@linkcode keep}. A gradient goes where its tensor goes. A
 * training step is one scope.
 *
 * @throws {TypeError} if the function returns a promise: read results after the scope instead.
 *
 * @example
 * ```ts
 * import { add, Gpu, scope, Tensor } from "@spheregrad/spheregrad";
 *
 * using gpu = await Gpu.request();
 * const sum = scope(() => {
 *   const a = Tensor.from(gpu, [1, 2, 3, 4], [4]);
 *   return add(a, a); // `a` is freed, the sum is not
 * });
 * console.log(await sum.data());
 * ```
 */
export function scope<T>(run: () => T): T {
  const inner: Scope = { tensors: new Set(), tape: [], parent: current };
  current = inner;
  let escaped: Tensor[] = [];
  try {
    const result = run();
    if (result instanceof Promise) {
      throw new TypeError(
        "scope() runs a synchronous function; return the tensors and await their data() after it.",
      );
    }
    escaped = tensorsIn(result).filter((tensor) => inner.tensors.delete(tensor));
    return result;
  } finally {
    current = inner.parent!;
    for (const tensor of escaped) own(tensor);
    for (const tensor of [...inner.tensors]) tensor[Symbol.dispose]();
    for (const node of reachable(inner.tape)) current.tape.push(node);
  }
}

/** What a backward pass from a tensor that still lives can reach, oldest first; the rest lets go. */
function reachable(tape: readonly TapeNode[]): TapeNode[] {
  const needed = new Set<Tensor>();
  const nodes: TapeNode[] = [];
  for (const node of tape.toReversed()) {
    if (node.output.freed && !needed.has(node.output)) {
      node.free();
      continue;
    }
    for (const input of node.inputs) needed.add(input);
    nodes.push(node);
  }
  return nodes.reverse();
}

/** Takes a tensor (and its gradient) out of its scope: it lives until the caller disposes of it. */
export function keep<T extends Tensor>(tensor: T): T {
  for (const it of withGradient(tensor)) disown(it);
  return tensor;
}

/** Gives a tensor the owner that another one has, wherever that is. */
export function ownLike(tensor: Tensor, other: Tensor): void {
  disown(tensor);
  for (let scope: Scope | null = current; scope !== null; scope = scope.parent) {
    if (scope.tensors.has(other)) {
      scope.tensors.add(tensor);
      return;
    }
  }
}

function withGradient(tensor: Tensor): Tensor[] {
  return tensor.grad === null ? [tensor] : [tensor, tensor.grad];
}

function tensorsIn(value: unknown): Tensor[] {
  if (typeof value !== "object" || value === null) return [];
  if (isTensor(value)) return withGradient(value);
  const plain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
  return plain ? Object.values(value).flatMap(tensorsIn) : [];
}

/** By mark, not by class: this file cannot import the class that registers with it. */
function isTensor(value: object): value is Tensor {
  return "storage" in value && "requiresGrad" in value;
}
