/** onnxruntime-web on its WebAssembly backend as a contender; it has no gradients. */

import { noiseImages } from "../spherenet_step.ts";
import type { Contender, ForwardRunner, StepWork } from "./contender.ts";
import { onnxModel } from "./onnx_model.ts";
import type { OnnxReply, OnnxRequest } from "./onnx_worker.ts";
import { ORDERS, permuted } from "./permute.ts";

/** Starts onnxruntime-web with so many threads. */
export async function loadOnnx(threads: number): Promise<Contender> {
  const worker = new OnnxWorker();
  try {
    const reply = await worker.ask({ threads });
    return {
      name: `onnxruntime-web WASM, ${threads} ${threads === 1 ? "thread" : "threads"}`,
      version: "version" in reply ? reply.version : "unknown",
      kind: "javascript",
      forward: (work) => forwardRunner(worker, work),
      [Symbol.dispose]: () => worker[Symbol.dispose](),
    };
  } catch (error) {
    worker[Symbol.dispose]();
    throw error;
  }
}

async function forwardRunner(worker: OnnxWorker, work: StepWork): Promise<ForwardRunner> {
  const { batch, size } = work;
  const shape = [batch, size.height, size.width, 3];
  const images = permuted({ shape, values: noiseImages(work) }, ORDERS.nhwcToNchw);
  await worker.ask({ model: onnxModel(work), shape: images.shape, images: images.values });
  return {
    async run(times) {
      const reply = await worker.ask({ times });
      if ("output" in reply && reply.output !== undefined) return reply.output;
      throw new Error("onnxruntime-web's session gave no output.");
    },
    [Symbol.dispose]: () => void worker.ask({ release: true }).catch(() => {}),
  };
}

/** A worker that is asked one thing after another. */
class OnnxWorker implements Disposable {
  readonly #worker = new Worker(new URL("./onnx_worker.ts", import.meta.url), { type: "module" });
  #last: Promise<unknown> = Promise.resolve();

  ask(request: OnnxRequest): Promise<OnnxReply> {
    const reply = this.#last.then(() => this.#askNow(request));
    this.#last = reply.catch(() => {});
    return reply;
  }

  #askNow(request: OnnxRequest): Promise<OnnxReply> {
    const { promise, resolve, reject } = Promise.withResolvers<OnnxReply>();
    this.#worker.onmessage = ({ data }: MessageEvent<OnnxReply>) => {
      if ("error" in data) reject(new Error(data.error));
      else resolve(data);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message));
    };
    this.#worker.postMessage(request);
    return promise;
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}
