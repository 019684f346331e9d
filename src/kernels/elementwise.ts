/** Arithmetic on each element, with broadcasting of the second operand. */

import type { Slice } from "../gpu/buffers.ts";
import { typeOf } from "../gpu/element_type.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { link } from "../gpu/kernel.ts";
import { grid } from "./grid.ts";
import * as wgsl from "./wgsl.ts";

/** Operations, by their number in the shader. */
const OPERATIONS = {
  add: 0,
  subtract: 1,
  multiply: 2,
  divide: 3,
  affine: 4,
  exp: 5,
  log: 6,
  sqrt: 7,
  wherePositive: 8,
  negativeProduct: 9,
  copy: 10,
} as const;

/** An operation of two operands: `wherePositive` is a where b > 0, `negativeProduct` is −a b. */
export type BinaryOperation =
  | "add"
  | "subtract"
  | "multiply"
  | "divide"
  | "wherePositive"
  | "negativeProduct";

/** An operation of one operand. */
export type UnaryOperation = "exp" | "log" | "sqrt";

/** Form of the second operand: the first one's shape, one value for each last index, or one value. */
export type OperandForm = "same" | "row" | "scalar";

const FORMS = { same: 0, row: 1, scalar: 2 } as const;

function run(
  gpu: Gpu,
  operation: keyof typeof OPERATIONS,
  form: OperandForm,
  [a, b, out]: readonly [Slice, Slice, Slice],
  size: number,
  cols: number,
  p = 0,
  q = 0,
): void {
  const kernel = link(`elementwise ${operation}`, "rrw", [wgsl.elementwise], {
    OPERATION: OPERATIONS[operation],
    B_FORM: FORMS[form],
    Stored: typeOf(a),
    StoredB: typeOf(b),
    StoredOut: typeOf(out),
  });
  const size4 = Math.ceil(size / 4);
  const uniforms = new ArrayBuffer(16);
  new Uint32Array(uniforms).set([size4, Math.ceil(cols / 4)]);
  new Float32Array(uniforms).set([p, q], 2);
  gpu.dispatch(kernel, [a, b, out], grid(size4), new Uint32Array(uniforms));
}

/** Appends `out = a ∘ b` over `size` floats; in the form `row`, `cols` is a multiple of 4. */
export function binary(
  gpu: Gpu,
  operation: BinaryOperation,
  a: Slice,
  b: Slice,
  out: Slice,
  size: number,
  form: OperandForm = "same",
  cols = 4,
): void {
  run(gpu, operation, form, [a, b, out], size, cols);
}

/** Appends `out = f(a)` over `size` floats. */
export function unary(
  gpu: Gpu,
  operation: UnaryOperation,
  a: Slice,
  out: Slice,
  size: number,
): void {
  run(gpu, operation, "same", [a, a, out], size, 4);
}

/** Appends `out = scale a + shift` over `size` floats. */
export function affine(
  gpu: Gpu,
  a: Slice,
  out: Slice,
  size: number,
  scale: number,
  shift = 0,
): void {
  run(gpu, "affine", "same", [a, a, out], size, 4, scale, shift);
}

/** Appends the copy of `size` values into a range of another element type. */
export function convert(gpu: Gpu, a: Slice, out: Slice, size: number): void {
  run(gpu, "copy", "same", [a, a, out], size, 4);
}
