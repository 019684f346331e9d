/** jax-js on its WebGPU backend as a contender. */

import { convOutputSize } from "../../src/kernels/conv.ts";
import type {
  Contender,
  ConvPass,
  ConvRunner,
  ConvWork,
  MatmulRunner,
  MatmulWork,
} from "./contender.ts";
import { type Jax, JAX_VERSION, type JaxArray, loadJax } from "./jax_api.ts";
import { forwardRunner, stepRunner } from "./jax_net.ts";
import { ORDERS, permuted, type Values } from "./permute.ts";

/** Loads jax-js. */
export async function jax(): Promise<Contender> {
  const jax = await loadJax();
  return {
    name: "jax-js WebGPU",
    version: JAX_VERSION,
    kind: "javascript",
    matmul: (work) => matmulRunner(jax, work),
    conv: (work) => convRunner(jax, work),
    forward: (work) => forwardRunner(jax, work),
    trainingStep: (work) => stepRunner(jax, work),
    [Symbol.dispose]() {},
  };
}

/** Runs something so many times; results that were let go before the end would never be computed. */
async function repeat(jax: Jax, run: () => JaxArray, times: number): Promise<void> {
  const results = Array.from({ length: times }, run);
  await jax.blockUntilReady(results);
  for (const result of results) result.dispose();
}

function matmulRunner(jax: Jax, { size, a, b }: MatmulWork): MatmulRunner {
  const left = jax.numpy.array(a, { shape: [size, size] });
  const right = jax.numpy.array(b, { shape: [size, size] });
  const product = () => jax.numpy.matmul(left.ref, right.ref);
  return {
    product: () => product().data(),
    run: (times) => repeat(jax, product, times),
    [Symbol.dispose]() {
      left.dispose();
      right.dispose();
    },
  };
}

type Pass = (x: JaxArray, w: JaxArray, dy: JaxArray) => JaxArray;

/** The passes; the transformations leave out the output where only a gradient is asked for. */
function passesOf(jax: Jax, { stride, padding }: ConvWork["shape"]): Record<ConvPass, Pass> {
  const border = [padding, padding] as const;
  const conv = (x: JaxArray, w: JaxArray) =>
    jax.lax.convGeneralDilated(x, w, [stride, stride], [border, border]);
  const gradient = (run: (at: JaxArray) => JaxArray, at: JaxArray, dy: JaxArray) => {
    const [y, backward] = jax.vjp(run, [at]);
    y.dispose();
    const [result] = backward(dy);
    backward.dispose();
    return result;
  };
  return {
    "output": (x, w, dy) => {
      dy.dispose();
      return conv(x, w);
    },
    "input gradient": (x, w, dy) => {
      const result = gradient((at) => conv(at, w.ref), x, dy);
      w.dispose();
      return result;
    },
    "weight gradient": (x, w, dy) => {
      const result = gradient((at) => conv(x.ref, at), w, dy);
      x.dispose();
      return result;
    },
  };
}

function convRunner(jax: Jax, work: ConvWork): ConvRunner {
  const { batch, inHeight, inWidth, inChannels, outChannels, kernelHeight, kernelWidth } =
    work.shape;
  const { height, width } = convOutputSize(work.shape);
  const imageShape = [batch, inHeight, inWidth, inChannels];
  const x = permuted({ shape: imageShape, values: work.x }, ORDERS.nhwcToNchw);
  const weightShape = [kernelHeight, kernelWidth, inChannels, outChannels];
  const w = permuted({ shape: weightShape, values: work.w }, ORDERS.hwioToOihw);
  const gradientShape = [batch, height, width, outChannels];
  const dy = permuted({ shape: gradientShape, values: work.dy }, ORDERS.nhwcToNchw);
  const upload = ({ shape, values }: Values) => jax.numpy.array(values, { shape });
  const operands = [upload(x), upload(w), upload(dy)] as const;
  const passes = passesOf(jax, work.shape);
  const chosen = new Map<ConvPass, () => JaxArray>();
  const shapes = {
    "output": dy.shape,
    "input gradient": x.shape,
    "weight gradient": w.shape,
  };
  const use = (pass: Pass) => () => pass(operands[0].ref, operands[1].ref, operands[2].ref);
  return {
    async result(pass) {
      const run = await faster(jax, [use(passes[pass]), use(jax.jit(passes[pass]))]);
      chosen.set(pass, run);
      const values = Float32Array.from(await run().data());
      const order = pass === "weight gradient" ? ORDERS.oihwToHwio : ORDERS.nchwToNhwc;
      return permuted({ shape: shapes[pass], values }, order).values;
    },
    run: (pass, times) => repeat(jax, chosen.get(pass)!, times),
    [Symbol.dispose]() {
      for (const operand of operands) operand.dispose();
    },
  };
}

/** The fastest of several ways to the same, each tried once after its compilation. */
async function faster(
  jax: Jax,
  ways: readonly (() => JaxArray)[],
): Promise<() => JaxArray> {
  const times: number[] = [];
  for (const way of ways) {
    await repeat(jax, way, 1);
    const start = performance.now();
    await repeat(jax, way, 1);
    times.push(performance.now() - start);
  }
  return ways[times.indexOf(Math.min(...times))]!;
}
