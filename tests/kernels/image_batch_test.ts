import { assertEquals } from "@std/assert";
import { imageBatch } from "../../src/kernels/image_batch.ts";
import { goldenWords } from "../golden/values.ts";
import { gpu } from "../support/gpu.ts";
import { Memory } from "../support/memory.ts";

Deno.test("imageBatch() scales bytes, adds a zero channel and mirrors where asked", async () => {
  // Odd widths: images and rows begin in the middle of a word.
  for (const [batch, height, width] of [[1, 1, 1], [2, 1, 2], [3, 5, 7], [5, 9, 11]] as const) {
    using memory = new Memory(gpu);
    const pixels = batch * height * width;
    const bytes = [...goldenWords("image", pixels * 3)].map((word) => word % 256);
    const flips = [1, 0, 1, 1, 0].slice(0, batch);
    const words = Array.from(
      { length: Math.ceil(bytes.length / 4) },
      (_, i) =>
        bytes.slice(i * 4, i * 4 + 4).reduce((word, byte, at) => word + byte * 256 ** at, 0),
    );
    const slices = [memory.uploadWords(words), memory.uploadWords(flips)] as const;
    const expected = Array.from({ length: pixels * 4 }, (_, i) => {
      const [channel, pixel] = [i % 4, Math.floor(i / 4)];
      const x = pixel % width;
      const flip = flips[Math.floor(pixel / (height * width))] === 1;
      const from = flip ? pixel - x + width - 1 - x : pixel;
      return channel === 3 ? 0 : (bytes[from * 3 + channel]! - 127.5) / 128;
    });
    for (const type of ["f32", "f16"] as const) { // f16 holds them all exactly
      const out = memory.blank(pixels * 4, type);
      imageBatch(gpu, slices[0], slices[1], out, batch, height, width);
      const values = [...await memory.read(out, pixels * 4)];
      assertEquals(values, expected, `${[batch, height, width]} ${type}`);
    }
  }
});
