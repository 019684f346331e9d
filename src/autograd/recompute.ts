/**
 * Recomputation (gradient checkpointing): of a piece of a computation the tape keeps the inputs alone, and
 * runs the piece once more when the backward pass arrives there. Which pieces are worth it is up to those
 * who know the net.
 */

import { type Backward, record } from "./op.ts";
import { currentPiece, Piece } from "./piece.ts";
import { scope } from "./scope.ts";
import { isRecording, noGrad, walkPiece, withGrad } from "./tape.ts";
import { Tensor } from "./tensor.ts";

interface Attrs {
  readonly piece: (...inputs: readonly Tensor[]) => Tensor;
  /** The number of the operation that gave the result: its values are not needed the second time. */
  readonly unread: number;
}

const RECOMPUTE: Backward<Attrs> = {
  name: "recompute",
  backward(dy, saved, { piece, unread }, need) {
    const inputs = saved.map((tensor, index) => standIn(tensor, need[index]!));
    const result = withGrad(() => new Piece(unread).run(() => piece(...inputs)));
    // From here on the memory is that of the recorded operations, which free it one by one.
    for (const tensor of [...saved, ...inputs, result]) tensor[Symbol.dispose]();
    return walkPiece(result, dy, inputs);
  },
};

/** A tensor in the place of another one; the backward pass of a piece ends there. */
function standIn(tensor: Tensor, requiresGrad: boolean): Tensor {
  const it = new Tensor(tensor.storage.retain(), tensor.shape, tensor.origin, requiresGrad);
  it.recorded = requiresGrad;
  return it;
}

/**
 * `piece(...inputs)`, of which the inputs alone are kept for the backward pass: that runs the piece again.
 * Costs one more forward pass of the piece, and saves the memory of all that it would have kept. The
 * gradients are those of the plain call, bit for bit.
 *
 * The piece has to give the same result each time. Computed tensors reach it as its inputs; leaves, such as
 * parameters, it may use from outside, and their gradients gather there as usual.
 *
 * @throws {Error} in the backward pass, if the piece used a computed tensor that is not among its inputs.
 *
 * @example
 * ```ts
 * import { exp, Gpu, mul, recompute, scope, sum, Tensor } from "@spheregrad/spheregrad";
 *
 * using gpu = await Gpu.request();
 * const x = Tensor.from(gpu, [0, 1, 2], [3], { requiresGrad: true });
 * scope(() => {
 *   const y = recompute((x) => mul(exp(x), exp(x)), [x]); // keeps x, and none of the exponentials
 *   sum(y).backward();
 * });
 * console.log(await x.grad!.data()); // 2 exp(2 x)
 * ```
 */
export function recompute<Inputs extends readonly Tensor[]>(
  piece: (...inputs: Inputs) => Tensor,
  inputs: readonly [...Inputs],
): Tensor {
  const run = piece as unknown as Attrs["piece"];
  const outer = currentPiece();
  outer?.begin(false);
  const first = new Piece();
  let unread = 0;
  const result = scope(() => {
    const result = noGrad(() => first.run(() => run(...inputs.map((input) => input.view()))));
    if (result === first.output) unread = first.operations;
    first.differentiable ||= result.requiresGrad;
    return result.view(); // for the piece may return what is not its own
  });
  const differentiable = first.differentiable || inputs.some((input) => input.requiresGrad);
  const records = differentiable && isRecording();
  const output = !records ? result : record(RECOMPUTE, inputs, { piece: run, unread }, (save) => {
    save(...inputs);
    return result;
  });
  if (outer !== null) {
    outer.differentiable ||= differentiable;
    outer.output = output;
  }
  return output;
}
