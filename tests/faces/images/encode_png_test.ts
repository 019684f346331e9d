import { assert, assertEquals, assertThrows } from "@std/assert";
import { decodeImage } from "../../../src/faces/images/decode.ts";
import { encodePng, pngDataUri } from "../../../src/faces/images/encode_png.ts";
import { Random } from "../../../src/random.ts";
import { fromBase64, gradient } from "./image_samples.ts";

Deno.test("encodePng() keeps every pixel", async () => {
  const rgb = gradient(112, 96, 3);
  const image = await decodeImage(encodePng(rgb, 112, 96), "a.png");
  assertEquals([image.height, image.width], [112, 96]);
  assertEquals(image.data, rgb);
});

Deno.test("encodePng() refuses bytes of another size", () => {
  assertThrows(() => encodePng(new Uint8Array(10), 2, 2), RangeError, "12 RGB bytes, not 10");
  assertThrows(() => encodePng(new Uint8Array(0), 0, 2), RangeError);
});

Deno.test("pngDataUri() gives the same file as an address", () => {
  // Noise, so that the file is longer than one part of the conversion.
  const random = new Random(1);
  const rgb = new Uint8Array(150 * 100 * 3).map(() => random.below(256));
  const uri = pngDataUri(rgb, 150, 100);
  const prefix = "data:image/png;base64,";
  assert(uri.startsWith(prefix) && uri.length > 0x9000);
  assertEquals(fromBase64(uri.slice(prefix.length)), encodePng(rgb, 150, 100));
});
