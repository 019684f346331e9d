import { assertStringIncludes, assertThrows } from "@std/assert";
import { Tensor } from "../../src/autograd/tensor.ts";
import { linear } from "../../src/ops/linear.ts";
import { matmul } from "../../src/ops/matmul.ts";
import { linear as linearReference } from "../reference/linear.ts";
import { matmul as reference } from "../reference/matmul.ts";
import { checkOp } from "../support/check_op.ts";
import { gpu } from "../support/gpu.ts";
import { random } from "../support/values.ts";

/** [rows, columns, depth]: multiples of 4, where gradients are added in place, and anything else. */
const EXTENTS = [[1, 1, 1], [4, 8, 8], [5, 4, 8], [3, 7, 5], [8, 5, 7], [2, 8, 4]] as const;

for (const transposition of ["nn", "nt", "tn"] as const) {
  Deno.test(`matmul() and its gradients equal the reference for any extents: ${transposition}`, async () => {
    for (const [rows, cols, depth] of EXTENTS) {
      await checkOp(gpu, {
        name: `matmul ${transposition} ${[rows, cols, depth]}`,
        inputs: [
          random("matmul.a", transposition === "tn" ? [depth, rows] : [rows, depth]),
          random("matmul.b", transposition === "nt" ? [cols, depth] : [depth, cols]),
        ],
        run: ([a, b]) => matmul(a!, b!, transposition),
        reference: ([a, b]) => reference(a!, b!, transposition),
      });
    }
  });

  Deno.test(`matmul() of a matrix and itself sends both gradients to it: ${transposition}`, async () => {
    for (const extent of [4, 3]) {
      await checkOp(gpu, {
        name: `matmul ${transposition} (x, x) ${extent}`,
        inputs: [random("matmul.x", [extent, extent])],
        run: ([x]) => matmul(x!, x!, transposition),
        reference: ([x]) => reference(x!, x!, transposition),
      });
    }
  });
}

Deno.test("matmul() refuses inner extents that differ, and what is no matrix", () => {
  const a = Tensor.zeros(gpu, [2, 3]);
  const { message } = assertThrows(() => matmul(a, a), RangeError);
  assertStringIncludes(message, "matmul nn of [2,3] and [2,3]: the inner extents 3 and 2 differ");
  const tn = assertThrows(() => matmul(a, Tensor.zeros(gpu, [3, 3]), "tn"), RangeError);
  assertStringIncludes(tn.message, "2 and 3 differ");
  const image = assertThrows(() => matmul(a, Tensor.zeros(gpu, [3, 1, 1])), RangeError);
  assertStringIncludes(image.message, "matmul takes a matrix [rows, cols], not shape [3,1,1]");
});

Deno.test("linear() and its gradients equal the reference for any extents", async () => {
  for (const [rows, cols, depth] of EXTENTS) {
    const inputs = [
      random("linear.x", [rows, depth]),
      random("linear.w", [depth, cols]),
      random("linear.bias", [cols]),
    ];
    const name = `linear ${[rows, cols, depth]}`;
    await checkOp(gpu, {
      name,
      inputs,
      run: ([x, w, bias]) => linear(x!, w!, bias!),
      reference: ([x, w, bias]) => linearReference(x!, w!, bias!),
    });
    await checkOp(gpu, {
      name: `${name} without bias`,
      inputs: inputs.slice(0, 2),
      run: ([x, w]) => linear(x!, w!),
      reference: ([x, w]) => linearReference(x!, w!, null),
    });
  }
});

Deno.test("linear() refuses extents that do not fit", () => {
  const [x, w] = [Tensor.zeros(gpu, [2, 3]), Tensor.zeros(gpu, [3, 5])];
  const depth = assertThrows(() => linear(x, Tensor.zeros(gpu, [4, 5])), RangeError);
  assertStringIncludes(depth.message, "linear of x [2,3], w [4,5]: w must be [3, outputs]");
  const bias = assertThrows(() => linear(x, w, Tensor.zeros(gpu, [4])), RangeError);
  assertStringIncludes(bias.message, "bias [4]");
  assertThrows(() => linear(Tensor.zeros(gpu, [6]), w), RangeError, "linear takes a matrix");
});
