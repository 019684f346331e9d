/** What a differentiable operation is, and how it is applied. */

import { currentPiece } from "./piece.ts";
import { currentScope, keep } from "./scope.ts";
import { isRecording, TapeNode } from "./tape.ts";
import { Tensor } from "./tensor.ts";

/** Keeps tensors for the backward pass: the tape has a hold of its own, whatever becomes of the scope. */
export type Save = (...tensors: readonly Tensor[]) => void;

/**
 * The gradient that input `index` already has, if the operation may add to it in place: an operation that
 * does so returns this very tensor. `null` where the gradient has to be a tensor of its own.
 */
export type Into = (index: number) => Tensor | null;

/** A differentiable operation: forward and backward side by side. */
export interface Op<Attrs> {
  /** Shown in messages. */
  readonly name: string;
  /** Whether inputs may be stored in f16; others are refused before `forward` runs. */
  readonly half?: boolean;
  /**
   * Computes the output; `save` is null where nothing will be differentiated. With `unread` only what is
   * saved counts, and the output may hold any values.
   */
  forward(inputs: readonly Tensor[], attrs: Attrs, save: Save | null, unread: boolean): Tensor;
  /**
   * Gradients of the inputs that `need` one, from the gradient `dy` of the output. What was saved may be
   * disposed of as soon as it has served, so that its memory serves the gradients.
   */
  backward(
    dy: Tensor,
    saved: readonly Tensor[],
    attrs: Attrs,
    need: readonly boolean[],
    into: Into,
  ): readonly (Tensor | null)[];
}

/** The half of an operation that the tape needs. */
export type Backward<Attrs> = Pick<Op<Attrs>, "name" | "backward">;

/**
 * Runs an operation and records it if any input requires a gradient.
 *
 * @throws {TypeError} for an input in f16, if the operation does not take those.
 */
export function apply<Attrs>(op: Op<Attrs>, inputs: readonly Tensor[], attrs: Attrs): Tensor {
  const half = op.half === true ? undefined : inputs.find(({ type }) => type === "f16");
  if (half !== undefined) {
    throw new TypeError(
      `${op.name} takes tensors in f32, and that of shape [${half.shape}] made by ${half.origin} is in f16; cast() it before.`,
    );
  }
  const piece = currentPiece();
  const differentiable = inputs.some((input) => input.requiresGrad);
  const unread = piece?.begin(differentiable) ?? false;
  const output = differentiable && isRecording()
    ? record(op, inputs, attrs, (save) => op.forward(inputs, attrs, save, unread))
    : op.forward(inputs, attrs, null, false);
  if (piece !== null) piece.output = output;
  return output;
}

/** Puts what `forward` computes onto the tape, as the output of `op`. */
export function record<Attrs>(
  op: Backward<Attrs>,
  inputs: readonly Tensor[],
  attrs: Attrs,
  forward: (save: Save) => Tensor,
): Tensor {
  const saved: Tensor[] = [];
  const result = forward((...tensors) => {
    for (const tensor of tensors) saved.push(keep(tensor.view()));
  });
  const output = new Tensor(result.storage.retain(), result.shape, op.name, true);
  output.recorded = true;
  const node = new TapeNode(op as Backward<unknown>, inputs, output, saved, attrs);
  currentScope().tape.push(node);
  result[Symbol.dispose]();
  return output;
}
