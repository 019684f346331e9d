import { assertEquals } from "@std/assert";
import type { Gpu } from "../../src/gpu/gpu.ts";
import { sgd, type UpdateRule } from "../../src/kernels/sgd.ts";
import { sgdStep } from "../reference/sgd.ts";
import { gpu } from "../support/gpu.ts";
import { Memory } from "../support/memory.ts";
import { assertClose, random } from "../support/values.ts";

async function checkSteps(on: Gpu, rule: UpdateRule, size: number): Promise<void> {
  using memory = new Memory(gpu);
  const weights = random("sgd.weights", [size]).data;
  const velocities = new Float64Array(size);
  const [w, v] = [memory.upload(weights), memory.upload(velocities)];
  for (let step = 0; step < 5; step++) {
    const gradients = random(`sgd.gradients.${step}`, [size]).data;
    const options = {
      rule,
      learningRate: step < 3 ? 0.1 : 0.01, // the rules part where the learning rate changes
      momentum: 0.9,
      weightDecay: 5e-2,
    };
    sgd(on, w, memory.upload(gradients), v, options);
    sgdStep(weights, velocities, gradients, options);
  }
  assertClose(await memory.read(w, size), weights, `${rule}: weights`);
  assertClose(await memory.read(v, size), velocities, `${rule}: velocities`);
}

for (const rule of ["caffe", "pytorch"] as const) {
  Deno.test(`sgd() equals the reference over several steps: ${rule}`, async () => {
    for (const size of [4, 68, 1000, 70_000]) await checkSteps(gpu, rule, size);
  });

  Deno.test(`sgd() in pieces, where a range exceeds the binding limit: ${rule}`, async () => {
    const dispatched: number[][] = [];
    const limited = {
      bindingLimit: 1100, // whole multiples of 256 fit: 1024
      dispatch: (...args: Parameters<Gpu["dispatch"]>) => {
        dispatched.push(args[1].map(({ offset, size }) => offset * 10_000 + size));
        gpu.dispatch(...args);
      },
    };
    await checkSteps(limited as unknown as Gpu, rule, 600); // 2400 bytes
    assertEquals(dispatched.length, 5 * 3);
    const pieces = [1024, 10_240_000 + 1024, 20_480_000 + 352];
    assertEquals(dispatched.slice(0, 3), pieces.map((piece) => [piece, piece, piece]));
  });
}
