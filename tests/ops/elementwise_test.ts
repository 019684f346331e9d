/** add, sub, mul, div, affine, exp, log, sqrt and relu: they share the kernel and the ways to broadcast. */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { scope } from "../../src/autograd/scope.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { add } from "../../src/ops/add.ts";
import { affine } from "../../src/ops/affine.ts";
import { div } from "../../src/ops/div.ts";
import { exp } from "../../src/ops/exp.ts";
import { log } from "../../src/ops/log.ts";
import { mul } from "../../src/ops/mul.ts";
import { relu } from "../../src/ops/relu.ts";
import { sqrt } from "../../src/ops/sqrt.ts";
import { sub } from "../../src/ops/sub.ts";
import { sum } from "../../src/ops/sum.ts";
import type { Array64 } from "../reference/array64.ts";
import { checkOp } from "../support/check_op.ts";
import { gpu } from "../support/gpu.ts";
import { randomBetween } from "../support/values.ts";

/** With the derivative of x ∘ x. */
const BINARY = {
  add: { op: add, f: (a: number, b: number) => a + b, ofItself: (_x: number) => 2 },
  sub: { op: sub, f: (a: number, b: number) => a - b, ofItself: (_x: number) => 0 },
  mul: { op: mul, f: (a: number, b: number) => a * b, ofItself: (x: number) => 2 * x },
  div: { op: div, f: (a: number, b: number) => a / b, ofItself: (_x: number) => 0 },
};

/** b of a's shape, b for each last index, b a single value. */
const SHAPES: readonly (readonly [a: readonly number[], b: readonly number[]])[] = [
  [[1], [1]],
  [[7], [7]],
  [[2, 3, 5], [2, 3, 5]],
  [[5, 8], [8]],
  [[2, 3, 4, 12], [12]],
  [[3, 7], [1]],
  [[9], [1, 1]],
];

function zip(a: Array64, b: Array64, f: (a: number, b: number) => number): Array64 {
  return { shape: a.shape, data: a.data.map((value, i) => f(value, b.data[i % b.data.length]!)) };
}

for (const [name, { op, f, ofItself }] of Object.entries(BINARY)) {
  Deno.test(`${name}() and its gradients equal the reference, however b is laid over a`, async () => {
    for (const [a, b] of SHAPES) {
      await checkOp(gpu, {
        name: `${name} [${a}] [${b}]`,
        inputs: [randomBetween(`${name}.a`, a, -2, 2), randomBetween(`${name}.b`, b, 0.5, 2)],
        run: ([x, y]) => op(x!, y!),
        reference: ([x, y]) => zip(x!, y!, f),
      });
    }
  });

  Deno.test(`${name}() of a tensor and itself sends both gradients to it`, async () => {
    using x = Tensor.from(gpu, [0.5, 2, -4], [3], { requiresGrad: true });
    using y = op(x, x);
    assertEquals([...await y.data()], [0.5, 2, -4].map((value) => f(value, value)));
    scope(() => sum(y).backward());
    using gradient = x.grad!;
    assertEquals([...await gradient.data()], [0.5, 2, -4].map(ofItself));
  });

  Deno.test(`${name}() refuses shapes that do not fit, by name`, () => {
    const a = Tensor.zeros(gpu, [2, 6]);
    for (const shape of [[6], [2], [3, 4], [2, 6, 1]]) {
      const b = Tensor.zeros(gpu, shape);
      const { message } = assertThrows(() => op(a, b), RangeError);
      assertStringIncludes(message, `${name} cannot lay shape [${shape}] over [2,6]`);
    }
  });
}

const UNARY: readonly [string, (x: Tensor) => Tensor, (x: number) => number, low: number][] = [
  ["exp", exp, Math.exp, -2],
  ["log", log, Math.log, 0.1],
  ["sqrt", sqrt, Math.sqrt, 0.1],
  ["relu", relu, (x) => Math.max(x, 0), -2],
  ["affine", (x) => affine(x, -1.5, 0.25), (x) => -1.5 * x + 0.25, -2],
  ["affine without shift", (x) => affine(x, 3), (x) => 3 * x, -2],
];

for (const [name, op, f, low] of UNARY) {
  Deno.test(`${name}() and its gradient equal the reference`, async () => {
    for (const shape of [[1], [13], [3, 5, 7]]) {
      await checkOp(gpu, {
        name: `${name} [${shape}]`,
        inputs: [randomBetween(name, shape, low, 2)],
        run: ([x]) => op(x!),
        reference: ([x]) => ({ shape: x!.shape, data: x!.data.map(f) }),
      });
    }
  });
}

Deno.test("relu() has derivative zero at zero", async () => {
  using x = Tensor.from(gpu, [0, -1, 2], [3], { requiresGrad: true });
  scope(() => sum(relu(x)).backward());
  using gradient = x.grad!;
  assertEquals([...await gradient.data()], [0, 0, 1]);
});
