import { assertStringIncludes, assertThrows } from "@std/assert";
import {
  matmul,
  MATMUL_VARIANTS,
  type MatmulShape,
  type Transposition,
} from "../../src/kernels/matmul.ts";
import type { Array64 } from "../reference/array64.ts";
import { matmul as reference } from "../reference/matmul.ts";
import { gpu, gpuOfClass } from "../support/gpu.ts";
import { Memory } from "../support/memory.ts";
import { assertClose, random } from "../support/values.ts";

const TRANSPOSITIONS: readonly Transposition[] = ["nn", "nt", "tn"];

/** Rows are free but for tn, the depth is free for tn alone. */
const SHAPES: Readonly<Record<Transposition, readonly MatmulShape[]>> = {
  nn: [
    { rows: 1, cols: 4, depth: 4 },
    { rows: 7, cols: 20, depth: 12 },
    { rows: 67, cols: 132, depth: 36 },
    { rows: 131, cols: 28, depth: 260 },
    { rows: 193, cols: 260, depth: 4 },
  ],
  nt: [
    { rows: 1, cols: 4, depth: 4 },
    { rows: 5, cols: 12, depth: 20 },
    { rows: 67, cols: 132, depth: 36 },
    { rows: 193, cols: 260, depth: 4 },
  ],
  tn: [
    { rows: 4, cols: 4, depth: 1 },
    { rows: 8, cols: 20, depth: 7 },
    { rows: 68, cols: 132, depth: 37 },
    { rows: 196, cols: 260, depth: 2 },
    { rows: 132, cols: 8, depth: 259 },
  ],
};

function operands(
  transposition: Transposition,
  { rows, cols, depth }: MatmulShape,
): { a: Array64; b: Array64 } {
  return {
    a: random("matmul.a", transposition === "tn" ? [depth, rows] : [rows, depth]),
    b: random("matmul.b", transposition === "nt" ? [cols, depth] : [depth, cols]),
  };
}

for (const variant of MATMUL_VARIANTS) {
  Deno.test(`matmul() equals the reference over awkward extents: ${variant}`, async () => {
    for (const transposition of TRANSPOSITIONS) {
      for (const shape of SHAPES[transposition]) {
        using memory = new Memory(gpu);
        const { a, b } = operands(transposition, shape);
        const size = shape.rows * shape.cols;
        const out = memory.blank(size);
        const [left, right] = [memory.upload(a.data), memory.upload(b.data)];
        matmul(gpu, transposition, left, right, out, shape, { variant });
        const what = `${transposition} ${JSON.stringify(shape)}`;
        assertClose(await memory.read(out, size), reference(a, b, transposition).data, what);
      }
    }
  });

  Deno.test(`matmul() adds a bias, or adds to what stands there: ${variant}`, async () => {
    const shape = { rows: 67, cols: 132, depth: 36 };
    using memory = new Memory(gpu);
    const { a, b } = operands("nn", shape);
    const [left, right] = [memory.upload(a.data), memory.upload(b.data)];
    const bias = random("matmul.bias", [shape.cols]).data;
    const standing = random("matmul.standing", [shape.rows, shape.cols]).data;
    const product = reference(a, b).data;

    const biased = memory.blank(product.length);
    matmul(gpu, "nn", left, right, biased, shape, { variant, bias: memory.upload(bias) });
    const withBias = product.map((value, i) => value + bias[i % shape.cols]!);
    assertClose(await memory.read(biased, product.length), withBias, "bias");

    const sum = memory.upload(standing);
    matmul(gpu, "nn", left, right, sum, shape, { variant, accumulate: true });
    const accumulated = product.map((value, i) => value + standing[i]!);
    assertClose(await memory.read(sum, product.length), accumulated, "accumulate");
  });
}

Deno.test("matmul() accumulates in the transpositions that gradients use", async () => {
  for (const transposition of ["nt", "tn"] as const) {
    const shape = { rows: 68, cols: 36, depth: 20 };
    using memory = new Memory(gpu);
    const { a, b } = operands(transposition, shape);
    const standing = random("matmul.standing", [shape.rows, shape.cols]).data;
    const out = memory.upload(standing);
    const [left, right] = [memory.upload(a.data), memory.upload(b.data)];
    matmul(gpu, transposition, left, right, out, shape, { accumulate: true });
    const expected = reference(a, b, transposition).data.map((value, i) => value + standing[i]!);
    assertClose(await memory.read(out, expected.length), expected, transposition);
  }
});

for (const [name, classed] of Object.entries(gpuOfClass)) {
  Deno.test(`matmul() chooses a variant that is right: ${name}`, async () => {
    const shape = { rows: 65, cols: 132, depth: 36 };
    using memory = new Memory(classed);
    const { a, b } = operands("nn", shape);
    const out = memory.blank(shape.rows * shape.cols);
    matmul(classed, "nn", memory.upload(a.data), memory.upload(b.data), out, shape);
    assertClose(await memory.read(out, shape.rows * shape.cols), reference(a, b).data, name);
  });
}

Deno.test("matmul() refuses contiguous extents that are not multiples of 4", () => {
  using memory = new Memory(gpu);
  const some = memory.blank(64);
  const refuse = (transposition: Transposition, shape: MatmulShape) => {
    const { message } = assertThrows(
      () => matmul(gpu, transposition, some, some, memory.blank(64), shape),
      RangeError,
    );
    assertStringIncludes(message, `matmul ${transposition}`);
    assertStringIncludes(message, "multiples of 4");
  };
  refuse("nn", { rows: 4, cols: 5, depth: 4 });
  refuse("nn", { rows: 4, cols: 4, depth: 5 });
  refuse("nt", { rows: 4, cols: 4, depth: 6 });
  refuse("tn", { rows: 7, cols: 4, depth: 4 });
});
