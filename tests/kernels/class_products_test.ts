import { assertEquals } from "@std/assert";
import type { Gpu } from "../../src/gpu/gpu.ts";
import {
  classGradients,
  classProducts,
  partsOf,
  SAMPLES,
} from "../../src/kernels/class_products.ts";
import { matmul } from "../reference/matmul.ts";
import { gpu, gpuOfClass } from "../support/gpu.ts";
import { Memory } from "../support/memory.ts";
import { assertClose, random } from "../support/values.ts";

/** One sample, fewer than a pass, more than one; few classes, and more than a piece of them. */
const CASES = [[1, 32, 6], [3, 64, 5], [8, 32, 130], [13, 96, 131], [16, 32, 64]] as const;

Deno.test("classProducts() leaves parts of the products and of the squares", async () => {
  for (const [batch, features, classes] of CASES) {
    using memory = new Memory(gpu);
    const x = random("products.x", [batch, features]);
    const w = random("products.w", [classes, features]);
    const count = partsOf(features);
    const [xs, ws] = [memory.upload(x.data), memory.upload(w.data)];
    const parts = memory.blank(classes * count * SAMPLES);
    const squares = memory.blank(classes * count);
    const expected = matmul(w, x, "nt").data; // [classes, batch]
    for (let firstSample = 0; firstSample < batch; firstSample += SAMPLES) {
      const fresh = firstSample === 0 ? squares : null;
      classProducts(gpu, ws, xs, parts, fresh, classes, { batch, features, firstSample });
      const seen = await memory.read(parts, classes * count * SAMPLES);
      const sums = Array.from({ length: classes * SAMPLES }, (_, i) => {
        const [j, sample] = [Math.floor(i / SAMPLES), i % SAMPLES];
        let sum = 0;
        for (let part = 0; part < count; part++) {
          sum += seen[(j * count + part) * SAMPLES + sample]!;
        }
        return sum;
      });
      const wanted = sums.map((_, i) => {
        const sample = firstSample + i % SAMPLES;
        return sample < batch ? expected[Math.floor(i / SAMPLES) * batch + sample]! : 0;
      });
      assertClose(sums, wanted, `${batch}×${features}, ${classes} classes, from ${firstSample}`);
    }
    const seen = await memory.read(squares, classes * count);
    const sums = Array.from(
      { length: classes },
      (_, j) => seen.subarray(j * count, (j + 1) * count).reduce((a, b) => a + b, 0),
    );
    const wanted = sums.map((_, j) =>
      w.data.subarray(j * features, (j + 1) * features).reduce((sum, v) => sum + v * v, 0)
    );
    assertClose(sums, wanted, `${classes} squares`);
  }
});

for (const [name, on] of Object.entries(gpuOfClass)) {
  Deno.test(`classGradients() gives both gradients, and the part along the weights: ${name}`, () =>
    checkGradients(on));
}

async function checkGradients(on: Gpu): Promise<void> {
  for (const [batch, features, classes] of [...CASES, [5, 12, 70] as const]) {
    for (const caffe of [false, true]) {
      using memory = new Memory(on);
      const quads = Math.ceil(batch / 4);
      const x = random("gradients.x", [batch, features]);
      const w = random("gradients.w", [classes, features]);
      const along = random("gradients.along", [classes]).data;
      const delta = random("gradients.delta", [classes, batch]);
      const gradients = random("gradients.factors", [4, quads * 4]).data;
      const labels = Array.from({ length: 4 * quads }, (_, i) => 64 + i * 7 % classes);
      const standing = random("gradients.standing", [classes, features]).data;

      const columns = new Float32Array(classes * quads * 4);
      delta.data.forEach((value, i) =>
        columns[Math.floor(i / batch) * quads * 4 + i % batch] = value
      );
      const slices = {
        w: memory.upload(w.data),
        x: memory.upload(x.data),
        delta: memory.upload(columns),
        along: memory.upload(along),
        labels: memory.uploadWords(labels),
        gradients: memory.upload(gradients),
        dw: memory.upload(standing),
      };
      const piece = 30;
      const pieces = Math.ceil(classes / piece);
      for (let firstSample = 0; firstSample < batch; firstSample += SAMPLES) {
        const samples = Math.min(SAMPLES, batch - firstSample);
        const dx = memory.blank((pieces + 1) * samples * features);
        const options = { accumulate: true, tangent: firstSample === 0, caffe, piece };
        classGradients(
          on,
          { ...slices, dx },
          { first: 64, rows: classes },
          { batch, features, firstSample },
          { ...options, firstPiece: 1 },
        );
        const seen = await memory.read(dx, (pieces + 1) * samples * features);
        assertEquals(seen.subarray(0, samples * features).every(Number.isNaN), true);
        const sums = Array.from({ length: samples * features }, (_, i) => {
          let sum = 0;
          for (let part = 1; part <= pieces; part++) sum += seen[part * samples * features + i]!;
          return sum;
        });
        const expected = matmul(delta, w, "tn").data;
        const wanted = expected.subarray(firstSample * features).subarray(0, samples * features);
        assertClose(sums, wanted, `${batch}×${features}, ${classes} classes: dx`);
      }
      const free = { shape: delta.shape, data: delta.data.slice() };
      if (caffe) {
        for (let i = 0; i < batch; i++) {
          free.data[(labels[i]! - 64) * batch + i] = gradients[8 * quads + i]!;
        }
      }
      const expected = matmul(free, x).data.map((value, i) =>
        value + standing[i]! + along[Math.floor(i / features)]! * w.data[i]!
      );
      const seen = await memory.read(slices.dw, classes * features);
      assertClose(seen, expected, `${batch}×${features}, ${classes} classes: dw`);
    }
  }
}
