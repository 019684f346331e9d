/** spheregrad as a contender. */

import { scope } from "../../src/autograd/scope.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import type { Gpu } from "../../src/gpu/gpu.ts";
import { matmul } from "../../src/ops/matmul.ts";
import { sum } from "../../src/ops/sum.ts";
import { SphereNetStep } from "../spherenet_step.ts";
import type { Contender, MatmulRunner, MatmulWork, StepRunner, StepWork } from "./contender.ts";

/** This engine, as its users call it. */
export function spheregrad(gpu: Gpu, version: string): Contender {
  return {
    name: "spheregrad",
    version,
    matmul: (work) => matmulRunner(gpu, work),
    trainingStep: (work) => stepRunner(gpu, work),
  };
}

function matmulRunner(gpu: Gpu, { size, a, b }: MatmulWork): MatmulRunner {
  const left = Tensor.from(gpu, a, [size, size]);
  const right = Tensor.from(gpu, b, [size, size]);
  return {
    async product() {
      using product = matmul(left, right);
      return await product.data();
    },
    async run(times) {
      using total = scope(() => {
        let last = matmul(left, right);
        for (let i = 1; i < times; i++) last = matmul(left, right);
        return sum(last);
      });
      await total.data();
    },
    [Symbol.dispose]() {
      left[Symbol.dispose]();
      right[Symbol.dispose]();
    },
  };
}

function stepRunner(gpu: Gpu, { weights, ...extents }: StepWork): StepRunner {
  const step = new SphereNetStep(gpu, extents, { weights });
  return {
    async run() {
      using loss = step.run();
      return (await loss.data())[0]!;
    },
    [Symbol.dispose]: () => step[Symbol.dispose](),
  };
}
