/** Operations over tensors in f16. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { scope } from "../../src/autograd/scope.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { add } from "../../src/ops/add.ts";
import { cast } from "../../src/ops/cast.ts";
import { conv2d, conv2dPrelu } from "../../src/ops/conv2d.ts";
import { exp } from "../../src/ops/exp.ts";
import { imageTensor } from "../../src/ops/image_tensor.ts";
import { linear } from "../../src/ops/linear.ts";
import { mul } from "../../src/ops/mul.ts";
import { prelu } from "../../src/ops/prelu.ts";
import { reshape } from "../../src/ops/reshape.ts";
import { sum } from "../../src/ops/sum.ts";
import { gpu } from "../support/gpu.ts";
import { assertClose, HALF_TOLERANCE, halved, random } from "../support/values.ts";

const SHAPE = [2, 6, 5, 8];
const WEIGHTS = [3, 3, 8, 8];

Deno.test("Tensor.from() and data() round to f16 and back, odd numbers of values too", async () => {
  for (const values of [[1 / 3], [1 / 3, -7, 1e-8], [65519, 65520, -1e9, NaN, 5e-5]]) {
    using tensor = Tensor.from(gpu, values, [values.length], { type: "f16" });
    assertEquals(tensor.type, "f16");
    assertEquals(await tensor.data(), Float32Array.from(new Float16Array(values)));
    using copy = tensor.clone();
    using view = tensor.view([values.length, 1]);
    assertEquals([copy.type, view.type], ["f16", "f16"]);
    assertEquals(await copy.data(), await tensor.data());
  }
  using zeros = Tensor.zeros(gpu, [3], { type: "f16" });
  assertEquals([...await zeros.data()], [0, 0, 0]);
});

Deno.test("a tensor in f16 takes half the memory", () => {
  const before = gpu.memory.usedBytes;
  using _ = Tensor.zeros(gpu, [1000, 1000], { type: "f16" });
  assert(gpu.memory.usedBytes - before < 2.1e6);
});

Deno.test("cast() rounds to the nearest, even for ties, and its gradient has the input's type", async () => {
  // 1 + 2⁻¹¹ lies between two numbers of f16, and a bit more is nearer to the upper one.
  const values = [1 + 2 ** -11, 1 + 3 * 2 ** -11, 1 + 2 ** -11 + 2 ** -20, 65520, -(2 ** -26)];
  using x = Tensor.from(gpu, values, [5], { requiresGrad: true });
  using half = cast(x, "f16");
  assertEquals([...await half.data()], [1, 1 + 2 ** -9, 1 + 2 ** -10, Infinity, -0]);
  scope(() =>
    sum(mul(cast(cast(x, "f16"), "f32"), Tensor.from(gpu, [1, 2, 3, 1 / 3, 5], [5]))).backward()
  );
  assertEquals(x.grad!.type, "f32");
  assertEquals(await x.grad!.data(), Float32Array.from(new Float16Array([1, 2, 3, 1 / 3, 5])));
  assert(cast(x, "f32") === x);
  x.grad![Symbol.dispose]();
});

Deno.test("imageTensor() in f16 holds the same pixels, rounded", async () => {
  const pixels = Uint8Array.from({ length: 2 * 4 * 4 * 3 }, (_, i) => (i * 37) % 256);
  const bytes = { height: 4, width: 4, pixels, flips: Uint8Array.of(0, 1) };
  using half = imageTensor(gpu, bytes, "f16");
  using single = imageTensor(gpu, bytes);
  assertEquals(half.type, "f16");
  assertEquals(await half.data(), Float32Array.from(new Float16Array(await single.data())));
});

Deno.test("a chain of operations in f16 has the gradients of f32, to its rounding", async () => {
  const [x, w, slope, bias, scale] = [SHAPE, WEIGHTS, [8], [8], [480]].map((shape, i) =>
    i === 0 ? halved(random("half.x", shape)) : random(`half.${i}`, shape)
  );
  const leaf = ({ data, shape }: NonNullable<typeof x>, type: "f32" | "f16" = "f32") =>
    Tensor.from(gpu, data, shape, { requiresGrad: true, type });
  const results = [];
  for (const type of ["f32", "f16"] as const) {
    const leaves = [leaf(x!, type), ...[w, slope, bias].map((values) => leaf(values!))];
    const y = scope(() => {
      const [image, weights, slopes, biases] = leaves as [Tensor, Tensor, Tensor, Tensor];
      const geometry = { padding: 1, stride: 1 };
      const first = conv2dPrelu(image, weights, slopes, {
        ...geometry,
        bias: biases,
        residual: image,
      });
      const second = prelu(conv2d(first, weights, biases, geometry), slopes);
      // `first` flows on two ways, so that gradients in f16 are added up.
      const flat = cast(reshape(add(second, first), [480]), "f32");
      const y = mul(flat, Tensor.from(gpu, scale!.data, [480]));
      sum(y).backward();
      return y;
    });
    for (const { grad, type } of leaves) assertEquals(grad!.type, type);
    results.push(await Promise.all([y, ...leaves.map(({ grad }) => grad!)].map((it) => it.data())));
    for (const tensor of [y, ...leaves, ...leaves.map(({ grad }) => grad!)]) {
      tensor[Symbol.dispose]();
    }
  }
  const [single, half] = results;
  for (const [index, expected] of single!.entries()) {
    assertClose(half![index]!, expected, `result ${index}`, 3 * HALF_TOLERANCE);
    assert(half![index]!.some((value, i) => value !== expected[i]), `result ${index} is not f16`);
  }
});

Deno.test("operations without f16 refuse it by name, and mixtures are refused", () => {
  scope(() => {
    const half = Tensor.zeros(gpu, [2, 4, 4, 4], { type: "f16" });
    const single = Tensor.zeros(gpu, [2, 4, 4, 4]);
    const weights = Tensor.zeros(gpu, [3, 3, 4, 4]);
    const slope = Tensor.zeros(gpu, [4]);
    const told = "takes tensors in f32, and that of shape";
    assertThrows(
      () => exp(half),
      TypeError,
      `exp ${told} [2,4,4,4] made by zeros is in f16; cast()`,
    );
    const rows = reshape(half, [8, 16]);
    assertThrows(() => linear(rows, Tensor.zeros(gpu, [16, 4])), TypeError, `linear ${told}`);
    assertThrows(() => add(half, single), TypeError, "add of f16 and f32: cast()");
    assertThrows(
      () => conv2d(single, cast(weights, "f16")),
      TypeError,
      "takes its weights in f32, not f16",
    );
    const options = { padding: 1, residual: single };
    assertThrows(
      () => conv2dPrelu(half, weights, slope, options),
      TypeError,
      "The residual is f32 and the image f16",
    );
  });
});

Deno.test("f16 on a device that does not offer it is refused", async () => {
  const adapter = await navigator.gpu.requestAdapter();
  using plain = new Gpu(await adapter!.requestDevice(), gpu.adapter);
  assertThrows(
    () => Tensor.zeros(plain, [4], { type: "f16" }),
    Error,
    `The adapter ${gpu.adapter.name} offers no f16 (the WebGPU feature shader-f16)`,
  );
});
