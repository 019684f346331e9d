import { assertEquals } from "@std/assert";
import { convPool, convPoolOutputSize } from "../../src/kernels/conv_pool.ts";
import { conv2d } from "../reference/conv2d.ts";
import { maxPool } from "../reference/max_pool.ts";
import { prelu } from "../reference/prelu.ts";
import { gpu } from "../support/gpu.ts";
import { Memory } from "../support/memory.ts";
import { assertClose, random } from "../support/values.ts";

Deno.test("convPool() equals convolution, PReLU and pooling one after another, borders included", async () => {
  for (
    const [batch, inHeight, inWidth, outChannels] of [
      [1, 3, 3, 4],
      [1, 12, 12, 12],
      [2, 5, 20, 4],
      [1, 18, 19, 8],
      [3, 7, 37, 12],
      [2, 21, 34, 28],
    ] as const
  ) {
    using memory = new Memory(gpu);
    const shape = { batch, inHeight, inWidth, outChannels };
    const x = random("pooled.x", [batch, inHeight, inWidth, 4]);
    const w = random("pooled.w", [3, 3, 4, outChannels]);
    const bias = random("pooled.bias", [outChannels]);
    const slope = random("pooled.slope", [outChannels]);
    const maps = prelu(conv2d(x, w, bias, { stride: 1, padding: 0 }), slope);
    const expected = maxPool(maps, { size: 2, stride: 2 });
    const { height, width } = convPoolOutputSize(shape);
    assertEquals(expected.shape, [batch, height, width, outChannels]);

    const y = memory.blank(expected.data.length);
    const operands = {
      x: memory.upload(x.data),
      w: memory.upload(w.data),
      bias: memory.upload(bias.data),
      slope: memory.upload(slope.data),
      y,
    };
    convPool(gpu, operands, shape);
    const what = `${batch}×${inHeight}×${inWidth}×${outChannels}`;
    assertClose(await memory.read(y, expected.data.length), expected.data, what);
  }
});
