/** reshape, resize and transpose: the operations that only move values. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Tensor } from "../../src/autograd/tensor.ts";
import { mul } from "../../src/ops/mul.ts";
import { reshape } from "../../src/ops/reshape.ts";
import { padLast, padLastTwo, resize } from "../../src/ops/resize.ts";
import { transpose } from "../../src/ops/transpose.ts";
import { type Array64, array64, reshape as reshapeReference } from "../reference/array64.ts";
import { multiply } from "../reference/elementwise.ts";
import { checkOp } from "../support/check_op.ts";
import { gpu } from "../support/gpu.ts";
import { random } from "../support/values.ts";

function resized(x: Array64, [toMiddle, toInner]: readonly [number, number]): Array64 {
  const [middle, inner] = [x.shape.at(-2) ?? 1, x.shape.at(-1)!];
  const leading = x.shape.slice(0, Math.max(0, x.shape.length - 2));
  const y = array64(x.shape.length === 1 ? [toInner] : [...leading, toMiddle, toInner]);
  for (let i = 0; i < y.data.length; i++) {
    const [col, row] = [i % toInner, Math.floor(i / toInner) % toMiddle];
    const outer = Math.floor(i / (toInner * toMiddle));
    if (col < inner && row < middle) y.data[i] = x.data[(outer * middle + row) * inner + col]!;
  }
  return y;
}

Deno.test("resize() and its gradient equal the reference", async () => {
  const cases: readonly [readonly number[], readonly [number, number]][] = [
    [[3], [1, 4]],
    [[8], [1, 5]],
    [[2, 3], [4, 8]],
    [[2, 3, 5], [2, 7]],
    [[2, 2, 3, 5], [3, 8]],
  ];
  for (const [shape, to] of cases) {
    await checkOp(gpu, {
      name: `resize [${shape}] to ${to}`,
      inputs: [random("resize", shape)],
      run: ([x]) => resize(x!, to),
      reference: ([x]) => resized(x!, to),
    });
  }
});

Deno.test("padLast() and padLastTwo() pad to multiples of 4, and cost nothing where there is nothing to do", () => {
  const odd = Tensor.zeros(gpu, [3, 3, 5, 6]);
  assertEquals(padLast(odd).shape, [3, 3, 5, 8]);
  assertEquals(padLastTwo(odd).shape, [3, 3, 8, 8]);
  assertEquals(padLast(Tensor.zeros(gpu, [3])).shape, [4]);
  const even = Tensor.zeros(gpu, [3, 4, 8]);
  assert(padLast(even) === even);
  assert(padLastTwo(even) === even);
});

Deno.test("reshape() and its gradient keep the values and their order", async () => {
  for (const [from, to] of [[[2, 6], [3, 4]], [[12], [2, 2, 3]], [[5, 1], [5]]]) {
    await checkOp(gpu, {
      name: `reshape [${from}] to [${to}]`,
      inputs: [random("reshape.x", from!), random("reshape.factor", to!)],
      run: ([x, factor]) => mul(reshape(x!, to!), factor!),
      reference: ([x, factor]) => multiply(reshapeReference(x!, to!), factor!),
    });
  }
  const x = Tensor.zeros(gpu, [2, 6]);
  const { message } = assertThrows(() => reshape(x, [3, 5]), RangeError);
  assertStringIncludes(message, "[2,6] cannot have shape [3,5]");
});

Deno.test("transpose() and its gradient equal the reference", async () => {
  for (const shape of [[1, 1], [3, 5], [17, 4]]) {
    const [rows, cols] = shape as [number, number];
    await checkOp(gpu, {
      name: `transpose [${shape}]`,
      inputs: [random("transpose", shape)],
      run: ([x]) => transpose(x!),
      reference: ([x]) =>
        array64(
          [cols, rows],
          Array.from(x!.data, (_, i) => x!.data[i % rows * cols + Math.floor(i / rows)]!),
        ),
    });
  }
  const { message } = assertThrows(() => transpose(Tensor.zeros(gpu, [4])), RangeError);
  assertStringIncludes(message, "transpose takes a matrix [rows, cols], not shape [4]");
});
