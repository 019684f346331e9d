/**
 * One session of onnxruntime-web in a worker: its threads are counted once a realm, and two numbers of
 * threads are compared.
 */

import { INPUT, OUTPUT } from "./onnx_model.ts";

const PACKAGE = "npm:onnxruntime-web@1.30.0";

/** What is asked: to load the engine, to make a session of a model, or to run it. */
export type OnnxRequest =
  | { readonly threads: number }
  | {
    readonly model: Uint8Array<ArrayBuffer>;
    readonly shape: readonly number[];
    readonly images: Float32Array<ArrayBuffer>;
  }
  | { readonly times: number }
  | { readonly release: true };

/** What comes back: the engine's version, nothing, the output, or what went wrong. */
export type OnnxReply = { readonly version: string } | { readonly output?: Float32Array } | {
  readonly error: string;
};

interface OnnxTensor {
  readonly data: Float32Array;
}

interface OnnxSession {
  run(feeds: Record<string, OnnxTensor>): Promise<Record<string, OnnxTensor>>;
  release(): Promise<void>;
}

interface OnnxRuntime {
  readonly env: { readonly wasm: { numThreads: number }; readonly versions: { web: string } };
  readonly InferenceSession: {
    create(
      model: Uint8Array<ArrayBuffer>,
      options: { executionProviders: readonly ["wasm"] },
    ): Promise<OnnxSession>;
  };
  readonly Tensor: new (
    type: "float32",
    values: Float32Array<ArrayBuffer>,
    shape: readonly number[],
  ) => OnnxTensor;
}

let runtime: OnnxRuntime;
let session: OnnxSession;
let images: OnnxTensor;

async function answer(request: OnnxRequest): Promise<OnnxReply> {
  if ("threads" in request) {
    runtime = await import(PACKAGE);
    runtime.env.wasm.numThreads = request.threads;
    return { version: runtime.env.versions.web };
  }
  if ("model" in request) {
    session = await runtime.InferenceSession.create(request.model, {
      executionProviders: ["wasm"],
    });
    images = new runtime.Tensor("float32", request.images, request.shape);
    return {};
  }
  if ("release" in request) {
    await session.release();
    return {};
  }
  let output: OnnxTensor | undefined;
  for (let i = 0; i < request.times; i++) output = (await session.run({ [INPUT]: images }))[OUTPUT];
  return { output: output!.data.slice() };
}

const worker = self as unknown as {
  onmessage: (event: MessageEvent<OnnxRequest>) => Promise<void>;
  postMessage(reply: OnnxReply): void;
};
worker.onmessage = async ({ data }) => {
  try {
    worker.postMessage(await answer(data));
  } catch (error) {
    worker.postMessage({ error: error instanceof Error ? error.message : String(error) });
  }
};
