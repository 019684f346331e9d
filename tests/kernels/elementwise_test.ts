import { assertEquals } from "@std/assert";
import {
  affine,
  binary,
  type BinaryOperation,
  convert,
  type OperandForm,
  unary,
  type UnaryOperation,
} from "../../src/kernels/elementwise.ts";
import { gpu } from "../support/gpu.ts";
import { Memory } from "../support/memory.ts";
import { assertClose, HALF_TOLERANCE, halved, random, randomBetween } from "../support/values.ts";

const BINARY: Readonly<Record<BinaryOperation, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  wherePositive: (a, b) => b > 0 ? a : 0,
  negativeProduct: (a, b) => -a * b,
};

const UNARY: Readonly<Record<UnaryOperation, (a: number) => number>> = {
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
};

/** Not multiples of 4, and more than one workgroup (256 values). */
const SIZES = [1, 3, 4, 63, 257, 4099];

Deno.test("binary() equals arithmetic in f64, in every form of the second operand", async () => {
  const cases: readonly [OperandForm, size: number, cols: number][] = [
    ...SIZES.map((size) => ["same", size, size] as [OperandForm, number, number]),
    ...SIZES.map((size) => ["scalar", size, 1] as [OperandForm, number, number]),
    ["row", 12, 12],
    ["row", 5 * 4, 4],
    ["row", 41 * 20, 20],
  ];
  const runs = Object.entries(BINARY).flatMap(([operation, f]) =>
    cases.map(async ([form, size, cols]) => {
      using memory = new Memory(gpu);
      const a = random(`${operation}.a`, [size]).data;
      const b = random(`${operation}.b`, [cols]).data;
      const out = memory.blank(size);
      const slices = [memory.upload(a), memory.upload(b)] as const;
      binary(gpu, operation as BinaryOperation, ...slices, out, size, form, cols);
      const expected = a.map((value, i) => f(value, b[i % cols]!));
      assertClose(await memory.read(out, size), expected, `${operation} ${form} ${size}`);
    })
  );
  await Promise.all(runs);
});

Deno.test("binary() takes one range for both operands", async () => {
  using memory = new Memory(gpu);
  const a = random("square", [37]).data;
  const [slice, out] = [memory.upload(a), memory.blank(37)];
  binary(gpu, "multiply", slice, slice, out, 37);
  assertClose(await memory.read(out, 37), a.map((value) => value * value), "a·a");
});

Deno.test("binary() wherePositive gives zero at zero, and whatever a holds elsewhere", async () => {
  using memory = new Memory(gpu);
  const a = memory.upload([5, NaN, Infinity, 7]);
  const b = memory.upload([0, -1, -0, 1e-30]);
  const out = memory.blank(4);
  binary(gpu, "wherePositive", a, b, out, 4);
  assertEquals([...await memory.read(out, 4)], [0, 0, 0, 7]);
});

Deno.test("unary() equals the functions in f64", async () => {
  for (const [operation, f] of Object.entries(UNARY) as [UnaryOperation, typeof UNARY.exp][]) {
    for (const size of SIZES) {
      using memory = new Memory(gpu);
      const low = operation === "exp" ? -20 : 1e-3;
      const a = randomBetween(`unary.${operation}`, [size], low, 20).data;
      const out = memory.blank(size);
      unary(gpu, operation, memory.upload(a), out, size);
      assertClose(await memory.read(out, size), a.map(f), `${operation} ${size}`, 2e-6);
    }
  }
});

Deno.test("affine() scales and shifts", async () => {
  for (const size of SIZES) {
    using memory = new Memory(gpu);
    const a = random("affine", [size]).data;
    const out = memory.blank(size);
    affine(gpu, memory.upload(a), out, size, -1.5, 0.25);
    assertClose(await memory.read(out, size), a.map((value) => -1.5 * value + 0.25), `${size}`);
  }
});

Deno.test("binary() reads f16 in every form, and computes in f32", async () => {
  const cases: readonly [OperandForm, number][] = [["same", 820], ["row", 20], ["scalar", 1]];
  for (const [form, cols] of cases) {
    for (const type of ["f16", "f32"] as const) {
      using memory = new Memory(gpu);
      const [a, b] = [820, cols].map((size, i) => halved(random(`half.${i}`, [size])).data);
      const out = memory.blank(820, type);
      const slices = [a, b].map((values) => memory.upload(values!, "f16"));
      binary(gpu, "multiply", slices[0]!, slices[1]!, out, 820, form, cols);
      const expected = a!.map((value, i) => value * b![i % cols]!);
      const tolerance = type === "f16" ? HALF_TOLERANCE : 1e-7;
      assertClose(await memory.read(out, 820), expected, `${form} to ${type}`, tolerance);
    }
  }
});

Deno.test("convert() keeps what a type holds, and rounds the rest to the nearest", async () => {
  for (const size of SIZES) {
    using memory = new Memory(gpu);
    const values = Float32Array.from(random("convert", [size]).data, (value) => 1e3 * value ** 5);
    const [half, single] = [memory.blank(size, "f16"), memory.blank(size)];
    convert(gpu, memory.upload(values), half, size);
    convert(gpu, half, single, size);
    const rounded = Float32Array.from(new Float16Array(values));
    assertEquals(await memory.read(half, size), rounded);
    assertEquals(await memory.read(single, size), rounded);
  }
});
