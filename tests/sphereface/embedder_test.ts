import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Gpu } from "../../src/gpu/gpu.ts";
import { Embedder } from "../../src/sphereface/embedder.ts";
import { embedImages, REPRESENTATION } from "../../src/sphereface/embedding.ts";
import { decodeModel, encodeModel } from "../../src/sphereface/model.ts";
import { Trainer } from "../../src/sphereface/trainer.ts";
import { relativeError } from "../reference/error.ts";
import { IDENTITIES, tinyBatch, tinyConfiguration } from "./tiny_run.ts";

const gpu = await Gpu.request();

const SIZE = { height: 16, width: 20 };
const CONFIGURATION = tinyConfiguration({ size: SIZE, batch: 3 });

/** A trainer after one step, its model file, and three images. */
async function trained() {
  const trainer = new Trainer(gpu, CONFIGURATION, IDENTITIES);
  const batch = tinyBatch(0, CONFIGURATION);
  await trainer.step(batch);
  await trainer.finish();
  const model = encodeModel({
    net: "4",
    size: SIZE,
    weights: await trainer.parameters.values(),
    identities: IDENTITIES,
    configuration: CONFIGURATION,
  });
  return { trainer, model, pixels: batch.pixels };
}

/** Images mirrored left to right. */
function mirrored(pixels: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(pixels.length);
  const row = SIZE.width * 3;
  for (let i = 0; i < pixels.length; i++) {
    const x = Math.floor(i % row / 3);
    out[Math.floor(i / row) * row + (SIZE.width - 1 - x) * 3 + i % 3] = pixels[i]!;
  }
  return out;
}

Deno.test("Embedder gives what the trained net gives, image and mirror, whatever the batch", async () => {
  const { trainer, model, pixels } = await trained();
  using _ = trainer;
  const expected = await embedImages(gpu, trainer.net, trainer.parameters, { ...SIZE, pixels });
  assertEquals(expected.length, 3 * REPRESENTATION);
  using embedder = Embedder.load(gpu, model, "model.safetensors");
  assertEquals(embedder.size, SIZE);
  const embeddings = await embedder.embed(pixels);
  assertEquals(embeddings, expected);

  // A mirrored image has the halves of its representation exchanged.
  const exchanged = await embedder.embed(mirrored(pixels));
  for (let image = 0; image < 3; image++) {
    const half = (values: Float32Array, which: number) =>
      values.subarray(
        image * REPRESENTATION + which * 512,
        image * REPRESENTATION + which * 512 + 512,
      );
    assertEquals(half(exchanged, 0), half(embeddings, 1));
    assertEquals(half(exchanged, 1), half(embeddings, 0));
    assert(half(embeddings, 0).join() !== half(embeddings, 1).join());
  }
  const alone = await embedder.embed(pixels.slice(0, pixels.length / 3));
  assertEquals(alone.length, REPRESENTATION);
  alone.forEach((value, i) => assertAlmostEquals(value, embeddings[i]!, 1e-5));

  assertAlmostEquals(embedder.similarity(embeddings, 1, 1), 1, 1e-6);
  const similarity = embedder.similarity(embeddings, 0, 2);
  assert(similarity > -1 && similarity < 0.99999);
  assertAlmostEquals(similarity, embedder.similarity(embeddings, 2, 0), 1e-9);
});

Deno.test("Embedder reads once a call, and gives its memory back", async () => {
  const { trainer, model, pixels } = await trained();
  trainer[Symbol.dispose]();
  assertEquals(gpu.memory.usedBytes, 0);
  {
    using embedder = Embedder.load(gpu, model, "model.safetensors");
    await embedder.embed(pixels);
    const { usedBytes, allocatedBytes } = gpu.memory;
    const { reads } = gpu.counts;
    for (let call = 0; call < 3; call++) await embedder.embed(pixels);
    assertEquals(gpu.counts.reads - reads, 3);
    assertEquals([gpu.memory.usedBytes, gpu.memory.allocatedBytes], [usedBytes, allocatedBytes]);
  }
  assertEquals(gpu.memory.usedBytes, 0);
});

Deno.test("Embedder.embedAll() gives the embedding of each image of a stream, in memory that stays", async () => {
  const { trainer, model, pixels } = await trained();
  using _ = trainer;
  using embedder = Embedder.load(gpu, model, "model.safetensors");
  const expected = await embedder.embed(pixels);
  const bytes = pixels.length / 3;
  let taken = 0;
  async function* stream(count: number) {
    for (taken = 0; taken < count;) {
      const image = taken++ % 3;
      yield await Promise.resolve(pixels.subarray(image * bytes, (image + 1) * bytes));
    }
  }
  const scale = Math.max(...expected.map(Math.abs));
  const check = (embedding: Float32Array, image: number) => {
    assertEquals(embedding.length, REPRESENTATION);
    const row = expected.subarray(image * REPRESENTATION, (image + 1) * REPRESENTATION);
    assert(embedding.every((value, k) => Math.abs(value - row[k]!) <= 1e-5 * scale));
  };

  for (const [count, batch] of [[11, 4], [8, 4], [2, 4], [5, 1], [7, undefined]] as const) {
    let given = 0;
    for await (const embedding of embedder.embedAll(stream(count), { batch })) {
      check(embedding, given++ % 3);
      assert(taken - given <= 4 * (batch ?? embedder.batch) + 1, `${taken} taken, ${given} given`);
    }
    assertEquals(given, count);
  }
  const arrays = [pixels.subarray(bytes, 2 * bytes), new Uint8Array(pixels.buffer, 0, bytes)];
  const embeddings = await Array.fromAsync(embedder.embedAll(arrays));
  embeddings.forEach((embedding, index) => check(embedding, 1 - index));

  const { usedBytes, allocatedBytes } = gpu.memory;
  for await (const _ of embedder.embedAll(stream(40), { batch: 4 }));
  assertEquals([gpu.memory.usedBytes, gpu.memory.allocatedBytes], [usedBytes, allocatedBytes]);
  for await (const _ of embedder.embedAll(stream(40), { batch: 4 })) break;
  assert(taken <= 16, "a stream that nobody reads is read no further");
  await gpu.finish();
});

Deno.test("Embedder.embedAll() refuses images of another size, and batches of none", async () => {
  const { trainer, model } = await trained();
  using _ = trainer;
  using embedder = Embedder.load(gpu, model, "model.safetensors");
  const all = (images: Uint8Array[], batch?: number) =>
    Array.fromAsync(embedder.embedAll(images, { batch }));
  await assertRejects(
    () => all([new Uint8Array(960), new Uint8Array(1920)]),
    RangeError,
    "1920 bytes are not an RGB image of 16×20 pixels",
  );
  for (const batch of [0, 1.5, NaN]) {
    await assertRejects(() => all([], batch), RangeError, `at least 1 image, not ${batch}`);
  }
});

Deno.test("Embedder refuses pixels that are not whole images of the model's size", async () => {
  const { trainer, model, pixels } = await trained();
  using _ = trainer;
  using embedder = Embedder.load(gpu, model, "model.safetensors");
  // Half an image too many is a whole number of images again once mirrors are beside them.
  for (const length of [0, 1, 960 * 1.5, 960 * 3 - 1]) {
    await assertRejects(
      async () => void await embedder.embed(pixels.slice(0, length)),
      RangeError,
      `${length} bytes are not whole RGB images of 16×20 pixels`,
    );
  }
});

Deno.test("Embedder refuses a model whose weights are those of another size", async () => {
  const { trainer, model } = await trained();
  using _ = trainer;
  assertThrows(
    () => new Embedder(gpu, { ...decodeModel(model, "m"), size: { height: 112, width: 96 } }),
    Error,
    "The parameter fc1.weight has 11010048 values [21504,512], but",
  );
  assertThrows(() => Embedder.load(gpu, model.slice(9), "m.safetensors"), SyntaxError, "m.safe");
});

Deno.test("Embedder with feature maps in f16 gives nearly the same, and differs", async () => {
  const { trainer, model, pixels } = await trained();
  using _ = trainer;
  using single = Embedder.load(gpu, model, "model.safetensors");
  using half = Embedder.load(gpu, model, "model.safetensors", { precision: "f16" });
  const [expected, actual] = [await single.embed(pixels), await half.embed(pixels)];
  const error = relativeError(actual, expected);
  assert(error > 1e-6 && error < 2e-3, `${error}`);
});
