import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { scope } from "../../src/autograd/scope.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { add } from "../../src/ops/add.ts";
import { conv2d, type Conv2dOptions, conv2dPrelu } from "../../src/ops/conv2d.ts";
import { mul } from "../../src/ops/mul.ts";
import { prelu } from "../../src/ops/prelu.ts";
import { sum } from "../../src/ops/sum.ts";
import type { Array64 } from "../reference/array64.ts";
import { conv2d as reference, convOutputShape } from "../reference/conv2d.ts";
import { add as addReference } from "../reference/elementwise.ts";
import { prelu as preluReference } from "../reference/prelu.ts";
import { checkOp } from "../support/check_op.ts";
import { gpu } from "../support/gpu.ts";
import { assertClose, random } from "../support/values.ts";

interface Case extends Required<Conv2dOptions> {
  readonly x: readonly number[];
  readonly w: readonly number[];
}

/**
 * Odd channels go through padding on every operand; multiples of 4 are differentiated in place. Few pixels
 * and one kernel size, so that few kernels have to be compiled: other geometry is the kernels' own test.
 */
const CASES: readonly Case[] = [
  { x: [2, 2, 2, 4], w: [3, 3, 4, 8], stride: 1, padding: 1 },
  { x: [1, 5, 4, 3], w: [3, 3, 3, 5], stride: 2, padding: 1 },
  { x: [2, 2, 2, 1], w: [3, 3, 1, 2], stride: 1, padding: 1 },
  { x: [1, 5, 4, 2], w: [3, 3, 2, 4], stride: 3, padding: 2 },
];

function geometry({ stride, padding }: Case): Required<Conv2dOptions> {
  return { stride, padding };
}

for (const conv of CASES) {
  const options = geometry(conv);
  const [x, w] = [random("conv2d.x", conv.x), random("conv2d.w", conv.w)];
  const channels = conv.w[3]!;
  const name = JSON.stringify(Object.values(conv));

  Deno.test(`conv2d() and its gradients equal the reference: ${name}`, async () => {
    const bias = random("conv2d.bias", [channels]);
    await checkOp(gpu, {
      name: `conv2d ${name}`,
      inputs: [x, w],
      run: ([x, w]) => conv2d(x!, w!, undefined, options),
      reference: ([x, w]) => reference(x!, w!, null, options),
    });
    await checkOp(gpu, {
      name: `conv2d ${name} with bias`,
      inputs: [x, w, bias],
      run: ([x, w, bias]) => conv2d(x!, w!, bias!, options),
      reference: ([x, w, bias]) => reference(x!, w!, bias!, options),
    });
  });

  Deno.test(`conv2dPrelu() and its gradients equal the reference: ${name}`, async () => {
    const slope = random("conv2d.slope", [channels]);
    const bias = random("conv2d.bias", [channels]);
    const residual = random("conv2d.residual", convOutputShape(conv.x, conv.w, options));
    const activated = (x: Array64, w: Array64, slope: Array64, bias: Array64 | null) =>
      preluReference(reference(x, w, bias, options), slope);
    await checkOp(gpu, {
      name: `conv2dPrelu ${name}`,
      inputs: [x, w, slope],
      run: ([x, w, slope]) => conv2dPrelu(x!, w!, slope!, options),
      reference: ([x, w, slope]) => activated(x!, w!, slope!, null),
    });
    await checkOp(gpu, {
      name: `conv2dPrelu ${name} with bias and residual`,
      inputs: [x, w, slope, bias, residual],
      run: ([x, w, slope, bias, residual]) =>
        conv2dPrelu(x!, w!, slope!, { ...options, bias, residual }),
      reference: ([x, w, slope, bias, residual]) =>
        addReference(activated(x!, w!, slope!, bias!), residual!),
    });
  });

  Deno.test(`conv2dPrelu() equals conv2d, prelu and add one after another: ${name}`, async () => {
    const shapes = [
      conv.x,
      conv.w,
      [channels],
      [channels],
      convOutputShape(conv.x, conv.w, options),
    ];
    const seed = random("fused.dy", shapes[4]!);
    const run = async (of: (inputs: Tensor[]) => Tensor): Promise<Float32Array[]> => {
      const inputs = shapes.map((shape, i) =>
        Tensor.from(gpu, random(`fused.${i}`, shape).data, shape, { requiresGrad: true })
      );
      using y = scope(() => {
        const y = of(inputs);
        sum(mul(y, Tensor.from(gpu, seed.data, seed.shape))).backward();
        return y;
      });
      const gradients = inputs.map(({ grad }) => grad!);
      const values = await Promise.all([y, ...gradients].map((tensor) => tensor.data()));
      for (const tensor of [...inputs, ...gradients]) tensor[Symbol.dispose]();
      return values;
    };
    const fused = await run(([x, w, slope, bias, residual]) =>
      conv2dPrelu(x!, w!, slope!, { ...options, bias, residual })
    );
    const composed = await run(([x, w, slope, bias, residual]) =>
      add(prelu(conv2d(x!, w!, bias, options), slope!), residual!)
    );
    fused.forEach((values, i) => assertClose(values, composed[i]!, `${name}: ${i}`, 2e-7));
  });
}

Deno.test("a residual unit sends two gradients to its input", async () => {
  const shape = [1, 2, 4, 4];
  const unit = (z: Tensor, w1: Tensor, s1: Tensor, w2: Tensor, s2: Tensor) =>
    conv2dPrelu(conv2dPrelu(z, w1, s1, { padding: 1 }), w2, s2, { padding: 1, residual: z });
  const same = { stride: 1, padding: 1 };
  await checkOp(gpu, {
    name: "residual unit",
    inputs: [
      random("unit.z", shape),
      random("unit.w1", [3, 3, 4, 4]),
      random("unit.s1", [4]),
      random("unit.w2", [3, 3, 4, 4]),
      random("unit.s2", [4]),
    ],
    run: ([z, w1, s1, w2, s2]) => unit(z!, w1!, s1!, w2!, s2!),
    reference: ([z, w1, s1, w2, s2]) =>
      addReference(
        preluReference(
          reference(preluReference(reference(z!, w1!, null, same), s1!), w2!, null, same),
          s2!,
        ),
        z!,
      ),
  });
});

Deno.test("one weight used twice gathers both gradients, in place the second time", async () => {
  await checkOp(gpu, {
    name: "conv2d with shared weights",
    inputs: [random("shared.x", [1, 2, 4, 4]), random("shared.w", [3, 3, 4, 4])],
    run: ([x, w]) => {
      const once = conv2d(x!, w!, undefined, { padding: 1 });
      return conv2d(once, w!, undefined, { padding: 1 });
    },
    reference: ([x, w]) => {
      const same = { stride: 1, padding: 1 };
      return reference(reference(x!, w!, null, same), w!, null, same);
    },
  });
});

Deno.test("conv2d() refuses operands that do not fit, with their shapes", () => {
  const x = Tensor.zeros(gpu, [1, 4, 4, 4]);
  const w = Tensor.zeros(gpu, [3, 3, 4, 8]);
  const refuse = (run: () => Tensor, ...words: string[]) => {
    const { message } = assertThrows(run, RangeError);
    for (const word of words) assertStringIncludes(message, word);
  };
  refuse(() => conv2d(x, Tensor.zeros(gpu, [3, 3, 5, 8])), "conv2d", "[1,4,4,4]", "[3,3,5,8]");
  refuse(() => conv2d(Tensor.zeros(gpu, [4, 4, 4]), w), "conv2d", "[4,4,4]");
  refuse(() => conv2d(x, w, undefined, { stride: 0 }), "stride 0");
  refuse(() => conv2d(x, w, undefined, { stride: 1.5 }), "stride 1.5");
  refuse(() => conv2d(x, w, undefined, { padding: -1 }), "padding -1");
  refuse(() => conv2d(x, Tensor.zeros(gpu, [5, 5, 4, 8])), "5×5 kernel", "has no output");
  refuse(() => conv2d(x, w, Tensor.zeros(gpu, [4])), "conv2d with 8 output channels", "not 4");
});

Deno.test("conv2dPrelu() refuses slopes, biases and residuals that do not fit", () => {
  const x = Tensor.zeros(gpu, [1, 4, 4, 4]);
  const w = Tensor.zeros(gpu, [3, 3, 4, 8]);
  const slope = Tensor.zeros(gpu, [8]);
  const four = Tensor.zeros(gpu, [4]);
  for (
    const run of [() => conv2dPrelu(x, w, four), () => conv2dPrelu(x, w, slope, { bias: four })]
  ) {
    const { message } = assertThrows(run, RangeError);
    assertStringIncludes(message, "conv2dPrelu with 8 output channels");
  }
  const { message } = assertThrows(() => conv2dPrelu(x, w, slope, { residual: x }), RangeError);
  assertStringIncludes(message, "residual [1,4,4,4] must have the output's shape [1,2,2,8]");
});

Deno.test("conv2d() leaves its operands to their owners", () => {
  const [x, w] = [Tensor.zeros(gpu, [1, 2, 2, 4]), Tensor.zeros(gpu, [1, 1, 4, 4])];
  const before = gpu.memory.usedBytes;
  using y = conv2d(x, w);
  assertEquals(y.shape, [1, 2, 2, 4]);
  assert(gpu.memory.usedBytes > before);
});
