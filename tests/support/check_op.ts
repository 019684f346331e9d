import { assert, assertEquals } from "@std/assert";
import { scope } from "../../src/autograd/scope.ts";
import { noGrad } from "../../src/autograd/tape.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import type { Gpu } from "../../src/gpu/gpu.ts";
import { mul } from "../../src/ops/mul.ts";
import { sum } from "../../src/ops/sum.ts";
import type { Array64 } from "../reference/array64.ts";
import { numericGradient } from "../reference/gradient_check.ts";
import { assertClose, dot, random } from "./values.ts";

/** An operation, and the same in f64. */
export interface OpCase {
  readonly name: string;
  readonly inputs: readonly Array64[];
  readonly run: (inputs: readonly Tensor[]) => Tensor;
  readonly reference: (inputs: readonly Array64[]) => Array64;
  readonly tolerance?: number;
}

/**
 * Compares the output, and all gradients of Σ dy·y with numeric ones of the reference: with every input
 * differentiated, with each alone, and added to gradients that stand. Nothing may stay in use afterwards.
 */
export async function checkOp(gpu: Gpu, op: OpCase): Promise<void> {
  const before = gpu.memory.usedBytes;
  const { name, inputs, tolerance = 2e-6 } = op;
  const y = op.reference(inputs);
  const dy = random(`${name}.dy`, y.shape);
  const expected = inputs.map((input, index) =>
    numericGradient((data) => {
      const moved = inputs.map((other, i) => i === index ? { shape: other.shape, data } : other);
      return dot(op.reference(moved).data, dy.data);
    }, input.data)
  );

  await checkForward(gpu, op, y);
  const all = inputs.map(() => true);
  for (const [index, gradient] of (await differentiate(gpu, op, dy, all, 1)).entries()) {
    assertClose(gradient!, expected[index]!, `${name}: gradient ${index}`, tolerance);
  }
  for (const [index, gradient] of (await differentiate(gpu, op, dy, all, 2)).entries()) {
    const twice = expected[index]!.map((value) => 2 * value);
    assertClose(gradient!, twice, `${name}: gradient ${index} of two passes`, tolerance);
  }
  for (const alone of inputs.length > 1 ? inputs.keys() : []) {
    const needs = inputs.map((_, index) => index === alone);
    const gradients = await differentiate(gpu, op, dy, needs, 1);
    assertEquals(
      gradients.map((gradient) => gradient !== null),
      needs,
      `${name}: who has a gradient`,
    );
    assertClose(gradients[alone]!, expected[alone]!, `${name}: gradient ${alone} alone`, tolerance);
  }
  assertEquals(gpu.memory.usedBytes, before, `${name}: bytes in use afterwards`);
}

async function checkForward(gpu: Gpu, op: OpCase, y: Array64): Promise<void> {
  const leaves = op.inputs.map(({ data, shape }) =>
    Tensor.from(gpu, data, shape, { requiresGrad: true })
  );
  using output = noGrad(() => scope(() => op.run(leaves)));
  assert(!output.requiresGrad, `${op.name}: nothing is recorded under noGrad`);
  assertEquals(output.shape, y.shape, `${op.name}: shape`);
  assertClose(await output.data(), y.data, `${op.name}: output`, op.tolerance ?? 2e-6);
  for (const leaf of leaves) leaf[Symbol.dispose]();
}

/** The gradients that a number of passes leaves at the inputs that need one; null at the others. */
async function differentiate(
  gpu: Gpu,
  op: OpCase,
  dy: Array64,
  needs: readonly boolean[],
  passes: number,
): Promise<(Float32Array | null)[]> {
  const leaves = op.inputs.map(({ data, shape }, index) =>
    Tensor.from(gpu, data, shape, { requiresGrad: needs[index]! })
  );
  for (let pass = 0; pass < passes; pass++) {
    scope(() => sum(mul(op.run(leaves), Tensor.from(gpu, dy.data, dy.shape))).backward());
  }
  const gradients = leaves.map(({ grad }) => grad);
  for (const [index, gradient] of gradients.entries()) {
    if (gradient !== null) assertEquals(gradient.shape, op.inputs[index]!.shape);
  }
  const values = await Promise.all(gradients.map((gradient) => gradient?.data() ?? null));
  for (const tensor of [...leaves, ...gradients]) tensor?.[Symbol.dispose]();
  return values;
}
