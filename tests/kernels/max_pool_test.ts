import { assertEquals } from "@std/assert";
import { maxPool, maxPoolBackward, maxPoolOutputSize } from "../../src/kernels/max_pool.ts";
import { array64 } from "../reference/array64.ts";
import {
  maxPool as reference,
  maxPoolBackward as referenceBackward,
} from "../reference/max_pool.ts";
import { gpu } from "../support/gpu.ts";
import { Memory } from "../support/memory.ts";
import { assertClose, HALF_TOLERANCE, halved, random } from "../support/values.ts";

const CASES = [
  [1, 1, 1, 4, 2, 2],
  [2, 11, 7, 12, 2, 2],
  [1, 46, 46, 32, 3, 2],
  [3, 22, 5, 28, 3, 2],
  [1, 9, 10, 4, 4, 3],
] as const;

for (const type of ["f32", "f16"] as const) {
  Deno.test(`maxPool() and maxPoolBackward() equal the reference in ${type}`, async () => {
    for (const [batch, inHeight, inWidth, channels, size, stride] of CASES) {
      using memory = new Memory(gpu);
      const shape = { batch, inHeight, inWidth, channels, size, stride };
      const { height, width } = maxPoolOutputSize(shape);
      const what = `${batch}×${inHeight}×${inWidth}×${channels} by ${size}/${stride}`;
      const images = halved(random("pool.x", [batch, inHeight, inWidth, channels]));
      const dy = halved(random("pool.dy", [batch, height, width, channels]));
      const tolerance = type === "f16" ? HALF_TOLERANCE : 1e-6;

      const x = memory.upload(images.data, type);
      const y = memory.blank(dy.data.length, type);
      maxPool(gpu, x, y, shape);
      const expected = reference(images, shape);
      assertEquals(expected.shape, [batch, height, width, channels]);
      assertClose(await memory.read(y, dy.data.length), expected.data, what, tolerance);

      const dx = memory.blank(images.data.length, type);
      maxPoolBackward(gpu, x, memory.upload(dy.data, type), dx, shape);
      const gradient = await memory.read(dx, images.data.length);
      assertClose(gradient, referenceBackward(dy, images, shape).data, `${what}: dx`, tolerance);
    }
  });
}

Deno.test("maxPoolBackward() gives the gradient of a tie to the first value alone", async () => {
  using memory = new Memory(gpu);
  const shape = { batch: 1, inHeight: 3, inWidth: 3, channels: 4, size: 2, stride: 1 };
  const x = array64([1, 3, 3, 4], new Float64Array(36).fill(1));
  const dy = random("pool.ties", [1, 2, 2, 4]);
  const dx = memory.blank(36);
  maxPoolBackward(gpu, memory.upload(x.data), memory.upload(dy.data), dx, shape);
  assertClose(await memory.read(dx, 36), referenceBackward(dy, x, shape).data, "ties");
});
