/** PyTorch, native, as a contender; it runs in a process of its own and takes its turns from there. */

import { layersOf } from "../layers.ts";
import { noiseImages, RECIPE, someLabels } from "../spherenet_step.ts";
import type {
  Contender,
  ConvPass,
  ConvRunner,
  ConvWork,
  ForwardRunner,
  MatmulRunner,
  MatmulWork,
  StepRunner,
  StepWork,
} from "./contender.ts";
import { convOutputSize } from "../../src/kernels/conv.ts";
import { channelsFirst, ORDERS, permuted, type Values } from "./permute.ts";
import { PythonProcess } from "./pytorch_process.ts";

/** Threads on the CPU. */
const THREADS = 2;

/** Starts PyTorch in Python; fails with Python's message where there is none. */
export async function loadPytorch(device: "cpu" | "cuda"): Promise<Contender> {
  const python = new PythonProcess(new URL("./pytorch_worker.py", import.meta.url));
  try {
    const { version } = await python.ask({ do: "start", device, threads: THREADS });
    return {
      name: device === "cpu" ? `PyTorch CPU, ${THREADS} threads` : "PyTorch CUDA, TF32 off",
      version: version ?? "unknown",
      kind: "native",
      matmul: (work) => matmulRunner(python, work),
      conv: (work) => convRunner(python, work),
      forward: (work) => forwardRunner(python, work),
      trainingStep: (work) => stepRunner(python, work),
      [Symbol.dispose]: () => python[Symbol.dispose](),
    };
  } catch (error) {
    python[Symbol.dispose]();
    throw error;
  }
}

async function matmulRunner(
  python: PythonProcess,
  { size, a, b }: MatmulWork,
): Promise<MatmulRunner> {
  const shape = [size, size];
  await put(python, new Map([["a", { shape, values: a }], ["b", { shape, values: b }]]));
  await python.ask({ do: "prepare", work: "matmul" });
  return {
    product: () => read(python, 1),
    run: (times) => python.ask({ do: "run", times, read: false }),
    [Symbol.dispose]: () => clear(python),
  };
}

async function convRunner(python: PythonProcess, work: ConvWork): Promise<ConvRunner> {
  const { batch, inHeight, inWidth, inChannels, outChannels, kernelHeight, kernelWidth } =
    work.shape;
  const { height, width } = convOutputSize(work.shape);
  const x = { shape: [batch, inHeight, inWidth, inChannels], values: work.x };
  const w = { shape: [kernelHeight, kernelWidth, inChannels, outChannels], values: work.w };
  const dy = { shape: [batch, height, width, outChannels], values: work.dy };
  const operands: Record<string, Values> = {
    x: permuted(x, ORDERS.nhwcToNchw),
    w: permuted(w, ORDERS.hwioToOihw),
    dy: permuted(dy, ORDERS.nhwcToNchw),
  };
  await put(python, new Map(Object.entries(operands)));
  let prepared: ConvPass | null = null;
  const prepare = async (pass: ConvPass) => {
    if (prepared === pass) return;
    const { stride, padding } = work.shape;
    await python.ask({ do: "prepare", work: "conv", pass, stride, padding });
    prepared = pass;
  };
  const resultShapes = {
    "output": operands.dy!.shape,
    "input gradient": operands.x!.shape,
    "weight gradient": operands.w!.shape,
  };
  return {
    async result(pass) {
      await prepare(pass);
      const values = await read(python, 1);
      const order = pass === "weight gradient" ? ORDERS.oihwToHwio : ORDERS.nchwToNhwc;
      return permuted({ shape: resultShapes[pass], values }, order).values;
    },
    async run(pass, times) {
      await prepare(pass);
      await python.ask({ do: "run", times, read: false });
    },
    [Symbol.dispose]: () => clear(python),
  };
}

async function forwardRunner(python: PythonProcess, work: StepWork): Promise<ForwardRunner> {
  await prepareNet(python, work, "forward", {});
  return {
    run: (times) => read(python, times),
    [Symbol.dispose]: () => clear(python),
  };
}

async function stepRunner(python: PythonProcess, work: StepWork): Promise<StepRunner> {
  const { learningRate, momentum, lambda } = RECIPE;
  const labels = [...someLabels(work)];
  await prepareNet(python, work, "step", { labels, learningRate, momentum, lambda });
  return {
    run: async (times) => (await read(python, times))[0]!,
    [Symbol.dispose]: () => clear(python),
  };
}

async function prepareNet(
  python: PythonProcess,
  work: StepWork,
  kind: "forward" | "step",
  choices: Record<string, unknown>,
): Promise<void> {
  const { net, size, batch } = work;
  const weights = channelsFirst(work, work.weights);
  const shape = [batch, size.height, size.width, 3];
  const images = permuted({ shape, values: noiseImages(work) }, ORDERS.nhwcToNchw);
  await put(python, new Map([...weights, ["images", images]]));
  const layers = layersOf(net, size).map(({ name, shape, bias, unit }) => {
    return { name, bias, unit, stride: shape.stride, padding: shape.padding };
  });
  const names = [...weights.keys()];
  await python.ask({ do: "prepare", work: kind, layers, weights: names, ...choices });
}

async function put(python: PythonProcess, tensors: ReadonlyMap<string, Values>): Promise<void> {
  for (const [name, { shape, values }] of tensors) {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    await python.ask({ do: "put", name, shape, data: bytes.toBase64() });
  }
}

async function read(python: PythonProcess, times: number): Promise<Float32Array<ArrayBuffer>> {
  const { data } = await python.ask({ do: "run", times, read: true });
  return new Float32Array(Uint8Array.fromBase64(data!).buffer);
}

function clear(python: PythonProcess): void {
  python.ask({ do: "clear" }).catch(() => {});
}
