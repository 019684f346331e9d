import { assertEquals } from "@std/assert";
import type { Slice } from "../../src/gpu/buffers.ts";
import type { Gpu } from "../../src/gpu/gpu.ts";
import { sgd, type UpdateRule } from "../../src/kernels/sgd.ts";
import { sgdStep } from "../reference/sgd.ts";
import { gpu, gpuOfClass } from "../support/gpu.ts";
import { Memory } from "../support/memory.ts";
import { assertClose, random } from "../support/values.ts";

async function checkSteps(
  on: Gpu,
  rule: UpdateRule,
  size: number,
  owner: Gpu = on,
): Promise<void> {
  using memory = new Memory(owner);
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
    for (const size of [4, 68, 1000, 70_000]) {
      for (const on of Object.values(gpuOfClass)) await checkSteps(on, rule, size);
    }
  });

  Deno.test(`sgd() in pieces, where a range exceeds the binding limit: ${rule}`, async () => {
    const dispatched: number[][] = [];
    const limited = {
      adapter: gpu.adapter,
      bindingLimit: 1100, // whole multiples of 256 fit: 1024
      dispatch: (...args: Parameters<Gpu["dispatch"]>) => {
        const slices = args[1] as readonly Slice[];
        dispatched.push(slices.map(({ offset, size }) => offset * 10_000 + size));
        gpu.dispatch(...args);
      },
    };
    await checkSteps(limited as unknown as Gpu, rule, 600, gpu); // 2400 bytes
    assertEquals(dispatched.length, 5 * 3);
    const pieces = [1024, 10_240_000 + 1024, 20_480_000 + 352];
    assertEquals(dispatched.slice(0, 3), pieces.map((piece) => [piece, piece, piece]));
  });
}
