import { assertEquals, assertThrows } from "@std/assert";
import { StepInputs } from "../../src/sphereface/step_inputs.ts";
import { gpu } from "../support/gpu.ts";

const SIZE = { height: 1, width: 2 };

function samples(count: number, label = 1) {
  return {
    pixels: Uint8Array.from({ length: 6 * count }, (_, i) => i),
    labels: new Uint32Array(count).fill(label),
    flips: new Uint8Array(count),
  };
}

Deno.test("StepInputs puts batches of the same size where the ones before lay", async () => {
  const before = gpu.memory.usedBytes;
  {
    using inputs = new StepInputs(gpu, SIZE, 3);
    const first = inputs.upload(samples(4, 0), 2);
    assertEquals([first.inputs.length, first.moved], [2, true]);
    const slices = first.inputs.map(({ labels }) => labels.slice);
    const second = inputs.upload(samples(4, 2), 2);
    assertEquals(second.moved, false);
    assertEquals(second.inputs.map(({ labels }) => labels.slice), slices);
    const { images: { bytes }, labels } = second.inputs[1]!;
    const words = (slice: typeof labels.slice, size: number) => gpu.read({ ...slice, size });
    assertEquals([...new Uint32Array(await words(labels.slice, 8))], [2, 2]);
    assertEquals(new Uint8Array(await words(bytes.slice, 12)), samples(4).pixels.slice(12));
    assertEquals(inputs.upload(samples(4), 4).moved, true);
    assertEquals(inputs.upload(samples(8), 4).moved, true);
    assertEquals(inputs.upload(samples(8), 4).moved, false);
  }
  assertEquals(gpu.memory.usedBytes, before);
});

Deno.test("StepInputs refuses samples that do not fit, and keeps nothing of them", () => {
  const before = gpu.memory.usedBytes;
  using inputs = new StepInputs(gpu, SIZE, 3);
  assertThrows(() => inputs.upload(samples(3), 2), RangeError, "3 samples are not 2 batches");
  assertThrows(() => inputs.upload(samples(2, 3), 2), RangeError, "The label 3 of sample 0");
  assertEquals(gpu.memory.usedBytes, before);
  inputs.upload(samples(2), 2);
  assertThrows(() => inputs.upload(samples(4, 3), 2), RangeError, "The label 3 of sample 0");
  assertEquals(inputs.upload(samples(2), 2).moved, true);
});
