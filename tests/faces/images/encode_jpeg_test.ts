import { assert, assertEquals, assertRejects } from "@std/assert";
import { decodeImage } from "../../../src/faces/images/decode.ts";
import { encodeJpeg } from "../../../src/faces/images/encode_jpeg.ts";
import { gradient, largestDifference } from "./image_samples.ts";

Deno.test("encodeJpeg() writes a baseline JPEG that decodes to nearly the same", async () => {
  for (const [height, width] of [[112, 96], [1, 1], [17, 9]] as const) {
    const data = gradient(height, width);
    const bytes = await encodeJpeg({ height, width, data }, 95);
    const back = await decodeImage(bytes, "x.jpg");
    assertEquals([back.height, back.width], [height, width]);
    assert(largestDifference(back.data, data) <= 12);
    const markers = [...bytes].flatMap((byte, i) => byte === 0xff ? [bytes[i + 1]!] : []);
    assert(markers.includes(0xc0) && !markers.includes(0xc2), "baseline");
  }
});

Deno.test("encodeJpeg() has the standard's tables at quality 50, and smaller files at lower quality", async () => {
  const image = { height: 64, width: 64, data: gradient(64, 64, 3) };
  const bytes = await encodeJpeg(image, 50);
  const at = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0xdb);
  // The first entries of annex K's luminance table, in zigzag order.
  assertEquals([...bytes.subarray(at + 5, at + 13)], [16, 11, 12, 14, 12, 10, 16, 14]);
  assert((await encodeJpeg(image, 30)).length < (await encodeJpeg(image)).length);
  assertEquals(await encodeJpeg(image), await encodeJpeg(image, 75));
});

Deno.test("encodeJpeg() refuses other qualities and other bytes", async () => {
  const image = { height: 2, width: 2, data: new Uint8Array(12) };
  for (const quality of [0, 101, 7.5, NaN]) {
    await assertRejects(() => encodeJpeg(image, quality), RangeError, "from 1 to 100");
  }
  await assertRejects(() => encodeJpeg({ ...image, width: 3 }), RangeError, "takes 18 RGB bytes");
});
