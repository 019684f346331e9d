/** The tape: recorded operations in the order of their creation, walked backwards, never recursively. */

import { accumulate } from "../kernels/accumulate.ts";
import type { Backward } from "./op.ts";
import { currentScope, keep, ownLike, type Scope, scope } from "./scope.ts";
import type { Tensor } from "./tensor.ts";

/** One recorded operation and what its backward pass needs. */
export class TapeNode {
  /** The operation. */
  readonly op: Backward<unknown>;
  /** Its inputs. */
  readonly inputs: readonly Tensor[];
  /** Its output. */
  readonly output: Tensor;
  /** Its attributes. */
  readonly attrs: unknown;
  readonly #saved: readonly Tensor[];

  /** Takes over the saved tensors. */
  constructor(
    op: Backward<unknown>,
    inputs: readonly Tensor[],
    output: Tensor,
    saved: readonly Tensor[],
    attrs: unknown,
  ) {
    this.op = op;
    this.inputs = inputs;
    this.output = output;
    this.attrs = attrs;
    this.#saved = saved;
  }

  /** Gradients of the inputs that require one. */
  backward(dy: Tensor): readonly (Tensor | null)[] {
    const need = this.inputs.map((input) => input.requiresGrad);
    const into = (index: number) => standingGradient(this.inputs[index]!);
    return scope(() => this.op.backward(dy, this.#saved, this.attrs, need, into));
  }

  /** Lets go of the saved tensors. */
  free(): void {
    for (const tensor of this.#saved) tensor[Symbol.dispose]();
  }
}

let recording = true;

/** Whether operations are being recorded. */
export function isRecording(): boolean {
  return recording;
}

/** Runs a function without recording: for inference, and for updates of parameters. */
export function noGrad<T>(run: () => T): T {
  return withRecording(false, run);
}

/** Runs a function with recording, inside of a backward pass, which has none. */
export function withGrad<T>(run: () => T): T {
  return withRecording(true, run);
}

function withRecording<T>(on: boolean, run: () => T): T {
  const before = recording;
  recording = on;
  try {
    return run();
  } finally {
    recording = before;
  }
}

/** Walks the tape backwards from a scalar `loss` with gradient `one`; see `Tensor.backward`. */
export function backward(loss: Tensor, one: Tensor): void {
  if (loss.size !== 1) {
    throw new RangeError(`backward() starts from a scalar, not from shape [${loss.shape}].`);
  }
  if (!loss.recorded) {
    throw new Error(
      `backward() found no recorded operation: the result of ${loss.origin} does not depend on a tensor that requires a gradient.`,
    );
  }
  noGrad(() => walk(loss, one));
}

/** Gradients on their way to inner tensors; each is out of every scope and owned by the walk. */
type Flow = Map<Tensor, Tensor>;

function walk(loss: Tensor, one: Tensor): void {
  const flow: Flow = new Map([[loss, keep(one.view())]]);
  let reached = false;
  for (let owner: Scope | null = currentScope(); owner !== null; owner = owner.parent) {
    reached = walkTape(owner, flow) || reached;
  }
  for (const gradient of flow.values()) gradient[Symbol.dispose]();
  if (!reached) {
    throw new Error("backward() ran through this result before; compute the loss again first.");
  }
}

/** Walks what was recorded in one scope; whether anything flowed there. */
function walkTape(owner: Scope, flow: Flow): boolean {
  const untouched: TapeNode[] = [];
  let reached = false;
  for (let node = owner.tape.pop(); node !== undefined; node = owner.tape.pop()) {
    const dy = flow.get(node.output);
    if (dy === undefined) {
      untouched.push(node);
      continue;
    }
    reached = true;
    flow.delete(node.output);
    propagate(node, dy, flow);
    node.free();
  }
  owner.tape = untouched.reverse();
  return reached;
}

/**
 * Walks what was recorded in the innermost scope, from a result and its gradient `dy`, which is used up, to
 * the tensors that stand in for the inputs; their gradients, null where none arrived.
 */
export function walkPiece(
  result: Tensor,
  dy: Tensor,
  inputs: readonly Tensor[],
): (Tensor | null)[] {
  const flow: Flow = new Map([[result, keep(dy.view())]]);
  dy[Symbol.dispose](); // so that this walk may add to it in place
  walkTape(currentScope(), flow);
  const gradients = inputs.map((input) => {
    const gradient = flow.get(input) ?? null;
    flow.delete(input);
    return gradient;
  });
  if (!result.requiresGrad) flow.delete(result);
  for (const [{ origin, shape }] of flow) {
    throw new Error(
      `A recomputed piece used the result [${shape}] of ${origin} from outside; give it to recompute() as an input.`,
    );
  }
  return gradients;
}

/** Runs one node's backward and delivers its results; `dy` is used up. */
function propagate(node: TapeNode, dy: Tensor, flow: Flow): void {
  const results = node.backward(dy);
  node.inputs.forEach((input, index) => {
    const gradient = results[index] ?? null;
    // The very gradient of the leaf: the operation has added to it in place.
    if (gradient === null || gradient === input.grad) return;
    if (input.recorded) flowTo(input, gradient, flow);
    else leaveAt(input, gradient);
  });
  // Only now, for two inputs may have been handed the same tensor.
  node.inputs.forEach((input, index) => {
    const gradient = results[index] ?? null;
    if (gradient !== null && gradient !== input.grad) gradient[Symbol.dispose]();
  });
  dy[Symbol.dispose]();
}

/** Adds to what flows to an inner tensor. */
function flowTo(input: Tensor, gradient: Tensor, flow: Flow): void {
  const standing = flow.get(input);
  if (standing === undefined) {
    flow.set(input, keep(gradient.view(input.shape)));
  } else if (standing.storage.unshared) {
    accumulate(input.gpu, gradient.slice, standing.slice, input.size);
  } else {
    const sum = keep(standing.clone());
    accumulate(input.gpu, gradient.slice, sum.slice, input.size);
    standing[Symbol.dispose]();
    flow.set(input, sum);
  }
}

/** Adds to the gradient of a leaf, or makes it. */
function leaveAt(leaf: Tensor, gradient: Tensor): void {
  const standing = standingGradient(leaf);
  if (standing !== null) {
    accumulate(leaf.gpu, gradient.slice, standing.slice, leaf.size);
  } else if (!leaf.freed) {
    leaf.grad = gradient.clone();
    ownLike(leaf.grad, leaf);
  }
}

/** The gradient that a leaf has; one that was freed counts as none. */
function standingGradient(leaf: Tensor): Tensor | null {
  if (leaf.grad?.freed) leaf.grad = null;
  return leaf.grad;
}
