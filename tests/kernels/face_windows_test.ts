import { faceWindows } from "../../src/kernels/face_windows.ts";
import { array64 } from "../reference/array64.ts";
import { linear } from "../reference/linear.ts";
import { softmax } from "../reference/softmax.ts";
import { gpuOfClass } from "../support/gpu.ts";
import { Memory } from "../support/memory.ts";
import { assertClose, random } from "../support/values.ts";

for (const [name, gpu] of Object.entries(gpuOfClass)) {
  Deno.test(`faceWindows() equals the reference, for any number of windows: ${name}`, async () => {
    for (const [windows, channels] of [[1, 32], [7, 4], [8, 32], [65, 12], [1003, 32]] as const) {
      using memory = new Memory(gpu);
      const features = random("windows.features", [windows, channels]);
      const weights = random("windows.weights", [channels, 8]);
      const bias = random("windows.bias", [8]);
      const [probability, regression] = [memory.blank(windows), memory.blank(windows * 4)];
      const operands = {
        features: memory.upload(features.data),
        weights: memory.upload(weights.data),
        bias: memory.upload(bias.data),
        probability,
        regression,
      };
      faceWindows(gpu, operands, windows, channels);
      const y = linear(features, weights, bias);
      const pairs = softmax(array64([windows, 2], y.data.filter((_, i) => i % 8 < 2)));
      const boxes = y.data.filter((_, i) => i % 8 >= 2 && i % 8 < 6);
      const what = `${windows}×${channels}`;
      const faces = pairs.data.filter((_, i) => i % 2 === 1);
      assertClose(await memory.read(probability, windows), faces, `${what}: probability`, 2e-6);
      assertClose(await memory.read(regression, windows * 4), boxes, `${what}: regression`);
    }
  });
}
