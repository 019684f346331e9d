import { assertEquals } from "@std/assert";
import { checkGradients, updateScale } from "../../src/kernels/loss_scale.ts";
import { gpuOfClass, limited } from "../support/gpu.ts";
import { Memory } from "../support/memory.ts";

const POLICY = { growthInterval: 2, least: 1, most: 16 };

for (const [name, on] of [...Object.entries(gpuOfClass), ["in pieces", limited(1024)] as const]) {
  Deno.test(`checkGradients() finds what is not finite, wherever it is: ${name}`, async () => {
    const size = 4 * 301;
    const cases: readonly [at: number, value: number, found: boolean][] = [
      [0, 0, false],
      [5, 3.4e38, false], // the largest numbers have all but one bit of that exponent
      [6, -1e-45, false],
      [0, NaN, true],
      [255, Infinity, true],
      [256, -Infinity, true],
      [size - 1, NaN, true],
    ];
    for (const [at, value, found] of cases) {
      using memory = new Memory(on);
      const gradients = memory.upload(
        Float32Array.from({ length: size }, (_, i) => Math.sin(i)).with(at, value),
      );
      const [state, report] = [memory.upload([8, 1, 0, 0]), memory.upload(new Float32Array(8))];
      checkGradients(on, gradients, state);
      updateScale(on, state, report, POLICY);
      const what = `${value} at ${at}`;
      assertEquals([...await memory.read(report, 8)], [0, 0, 0, 0, 8, found ? 1 : 0, 0, 0], what);
      assertEquals([...await memory.read(state, 3)], found ? [4, 0, 0] : [16, 0, 0], what);
    }
  });
}
