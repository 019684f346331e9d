import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { imageTensor, normaliseImages, uploadImages } from "../../src/ops/image_tensor.ts";
import { gpu } from "../support/gpu.ts";

Deno.test("imageTensor() scales bytes and mirrors the images that ask for it", async () => {
  const before = gpu.memory.usedBytes;
  // Two images of 1×3 pixels: 18 bytes, not whole words.
  const pixels = Uint8Array.from({ length: 18 }, (_, i) => i * 15);
  const value = (i: number) => (i * 15 - 127.5) / 128;
  const pixel = (i: number) => [value(3 * i), value(3 * i + 1), value(3 * i + 2), 0];
  {
    using plain = imageTensor(gpu, { height: 1, width: 3, pixels });
    assertEquals(plain.shape, [2, 1, 3, 4]);
    assertEquals([...await plain.data()], [0, 1, 2, 3, 4, 5].flatMap(pixel));
    const flips = new Uint8Array([0, 1]);
    using flipped = imageTensor(gpu, { height: 1, width: 3, pixels, flips });
    assertEquals([...await flipped.data()], [0, 1, 2, 5, 4, 3].flatMap(pixel));
  }
  assertEquals(gpu.memory.usedBytes, before);
});

Deno.test("imageTensor() refuses bytes that are not whole images, and flips of another number", () => {
  const refuse = (bytes: number, flips?: number) =>
    assertThrows(() =>
      imageTensor(gpu, {
        height: 2,
        width: 2,
        pixels: new Uint8Array(bytes),
        ...(flips === undefined ? {} : { flips: new Uint8Array(flips) }),
      }), RangeError).message;
  assertStringIncludes(refuse(13), "13 bytes are not whole RGB images of 2×2 pixels");
  assertStringIncludes(refuse(0), "0 bytes are not whole RGB images");
  assertStringIncludes(refuse(24, 3), "or not 3 of them");
});

Deno.test("uploadImages() puts images over earlier ones, if they are alike", async () => {
  const image = { height: 1, width: 2, pixels: new Uint8Array(6), flips: new Uint8Array([0]) };
  using images = uploadImages(gpu, image);
  const pixels = new Uint8Array([0, 0, 0, 255, 255, 255]);
  const flips = new Uint8Array([1]);
  assertEquals(uploadImages(gpu, { ...image, pixels, flips }, images), images);
  using values = normaliseImages(images);
  assertEquals([...await values.data()].map((value) => value > 0), [
    ...[true, true, true, false],
    ...[false, false, false, false],
  ]);
  const refuse = (other: object) =>
    assertThrows(() => uploadImages(gpu, { ...image, ...other }, images), RangeError).message;
  assertStringIncludes(
    refuse({ height: 2, width: 1 }),
    "1 images of 2×1 pixels cannot be put over",
  );
  assertStringIncludes(
    refuse({ pixels: new Uint8Array(12), flips: new Uint8Array(2) }),
    "2 images of 1×2 pixels cannot be put over 1 of 1×2.",
  );
});
