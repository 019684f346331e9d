/**
 * Capture: work that is the same at every call, such as a training step, is taken down once and replayed. A
 * replay makes no tensors and runs none of the function's JavaScript; the GPU does what it did before.
 */

import type { Gpu } from "../gpu/gpu.ts";
import type { Recording } from "../gpu/recording.ts";
import { keep, scope } from "./scope.ts";
import { Tensor } from "./tensor.ts";

/** Captured work. It holds the memory that the work needs until it is disposed of. */
export class Capture<Result extends Tensor | void> implements Disposable {
  /** What the function returned: after each replay it has the values of that replay. */
  readonly result: Result;
  readonly #recording: Recording;

  /** Takes over a recording and its result; most callers want {@linkcode capture}. */
  constructor(recording: Recording, result: Result) {
    this.#recording = recording;
    this.result = result;
  }

  /** Bytes that it holds. */
  get bytes(): number {
    return this.#recording.bytes;
  }

  /**
   * Appends the work once more.
   *
   * @throws {Error} after it was disposed of.
   */
  replay(): Result {
    this.#recording.replay();
    return this.result;
  }

  /** Frees the result and all memory of the work. */
  [Symbol.dispose](): void {
    this.result?.[Symbol.dispose]();
    this.#recording[Symbol.dispose]();
  }
}

/**
 * Takes the work of a function down, without running it on the GPU; {@linkcode Capture.replay} does. The
 * results are those of calling the function each time, bit for bit.
 *
 * The function runs once, as a scope. Tensors that it uses from outside have to live as long as the capture:
 * write new values into them between replays. A number that changes, such as a learning rate, is given as a
 * function (`StepNumber`), which each replay asks anew.
 *
 * @throws {TypeError} if the function returns a promise.
 * @throws {Error} if it reads a tensor: results are read after a replay.
 *
 * @example
 * ```ts
 * import { capture, Gpu, mul, sum, Tensor } from "@spheregrad/spheregrad";
 *
 * using gpu = await Gpu.request();
 * using x = Tensor.from(gpu, [1, 2, 3], [3], { requiresGrad: true });
 * x.grad = Tensor.zeros(gpu, [3]);
 * using step = capture(gpu, () => {
 *   const loss = sum(mul(x, x));
 *   loss.backward();
 *   return loss;
 * });
 * for (let i = 0; i < 3; i++) console.log(await step.replay().data()); // 14
 * console.log(await x.grad.data()); // 3 times 2 x
 * ```
 */
export function capture<Result extends Tensor | void>(
  gpu: Gpu,
  run: () => Result,
): Capture<Result> {
  let result: Result | undefined;
  const recording = gpu.record(() => {
    // A view is outside of the tape, which lets go of the rest.
    result = scope(() => {
      const tensor = run();
      return (tensor instanceof Tensor ? tensor.view() : tensor) as Result;
    });
    if (result instanceof Tensor) keep(result);
  });
  return new Capture(recording, result as Result);
}
