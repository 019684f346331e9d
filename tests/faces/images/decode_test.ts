import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { encode } from "fast-png";
import { decodeImage, ImageDecodeError, initialiseJpeg } from "../../../src/faces/images/decode.ts";
import { crc32 } from "../../../src/formats/archives/crc32.ts";
import { encodeJpeg, fromBase64, gradient, largestDifference } from "./image_samples.ts";

const GREY_1_BIT =
  "iVBORw0KGgoAAAANSUhEUgAAAAUAAAADAQAAAABzTfhVAAAADklEQVR4nGOYwODBoAAAA84A+Roaf/wA" +
  "AAAASUVORK5CYII=";
const PALETTE_2_BIT =
  "iVBORw0KGgoAAAANSUhEUgAAAAUAAAACAgMAAADtBP7OAAAADFBMVEX/AAAA/wAAAP8KFB4iiCkE" +
  "AAAADklEQVR4nGOQZmB44gAAApUBQAsU0eEAAAAASUVORK5CYII=";
const PALETTE_WITH_ALPHA =
  "iVBORw0KGgoAAAANSUhEUgAAAAUAAAACAgMAAADtBP7OAAAADFBMVEX/AAAA/wAAAP8KFB4iiCkE" +
  "AAAABHRSTlMAgP8HX+YVywAAAA5JREFUeJxjkGZgeOIAAAKVAUALFNHhAAAAAElFTkSuQmCC";

async function refusal(bytes: Uint8Array, name = "who/face.jpg"): Promise<string> {
  const error = await assertRejects(() => decodeImage(bytes, name), ImageDecodeError);
  assertStringIncludes(error.message, name);
  assert(error.message.endsWith("."), error.message);
  assert(!error.message.includes("\n"), error.message);
  return error.message;
}

/** Offset of the first marker, such as 0xc0 of the frame header. */
function findMarker(bytes: Uint8Array, marker: number): number {
  return bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === marker);
}

/** A chunk of a PNG file. */
function pngChunk(type: string, content: ArrayLike<number>): number[] {
  const body = Uint8Array.from([...new TextEncoder().encode(type), ...Array.from(content)]);
  const word = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
  return [...word(content.length), ...body, ...word(crc32(body))];
}

/** A PNG file of width, height, depth, colour type and interlacing, its samples with their filters. */
async function pngOf(
  [width, height, depth, colourType, interlacing]: readonly [
    number,
    number,
    number,
    number,
    number,
  ],
  samples: Uint8Array<ArrayBuffer>,
  extra: readonly number[] = [],
): Promise<Uint8Array<ArrayBuffer>> {
  const packing = new Blob([samples]).stream().pipeThrough(new CompressionStream("deflate"));
  const data = new Uint8Array(await new Response(packing).arrayBuffer());
  const header = [0, 0, 0, width, 0, 0, 0, height, depth, colourType, 0, 0, interlacing];
  return Uint8Array.from([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...pngChunk("IHDR", header),
    ...extra,
    ...pngChunk("IDAT", data),
    ...pngChunk("IEND", []),
  ]);
}

Deno.test("decodeImage() decodes baseline and progressive JPEG", async () => {
  const rgb = gradient(37, 50);
  for (const progressive of [false, true]) {
    const image = await decodeImage(await encodeJpeg(rgb, 37, 50, progressive), "a.jpg");
    assertEquals([image.height, image.width], [37, 50]);
    assert(largestDifference(image.data, rgb) <= 12);
  }
});

Deno.test("decodeImage() turns a JPEG upright by its EXIF orientation", async () => {
  const jpeg = await encodeJpeg(gradient(16, 32), 16, 32);
  // APP1, "Exif", little-endian TIFF with one entry: orientation (0x112) 6, turn 90 degrees right.
  const exif = [0xff, 0xe1, 0, 34, 0x45, 0x78, 0x69, 0x66, 0, 0, 0x49, 0x49, 0x2a, 0, 8, 0, 0, 0]
    .concat([1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0]);
  const image = await decodeImage(
    Uint8Array.from([0xff, 0xd8, ...exif, ...jpeg.subarray(2)]),
    "turned.jpg",
  );
  assertEquals([image.height, image.width], [32, 16]);
  // What was the left column is the top row: no red there, and much in the bottom row.
  assert(image.data[0]! < 12 && image.data[31 * 16 * 3]! > 243);
});

Deno.test("decodeImage() goes by the content, not by the name", async () => {
  const png = encode({ width: 2, height: 1, channels: 3, data: Uint8Array.of(1, 2, 3, 4, 5, 6) });
  assertEquals((await decodeImage(png, "wrong.jpg")).data, Uint8Array.of(1, 2, 3, 4, 5, 6));
});

Deno.test("decodeImage() decodes every kind of PNG", async () => {
  const eight = Uint8Array.from({ length: 24 }, (_, i) => i * 10);
  const sixteen = Uint16Array.from({ length: 24 }, (_, i) => i * 2560 + 99);
  const grey = (values: number[]) => values.flatMap((v) => [v, v, v]);
  const levels = (count: number, step = 1) =>
    Array.from({ length: count }, (_, i) => i * step * 10);
  for (const interlace of ["null", "Adam7"] as const) {
    for (const data of [eight, sixteen]) {
      const depth = data === eight ? 8 : 16;
      const decoded = async (channels: number) => {
        const png = encode({ width: 6 / channels * 2, height: 2, channels, depth, data }, {
          interlace,
        });
        return [...(await decodeImage(png, "x.png")).data];
      };
      assertEquals(await decoded(1), grey(levels(24)), `grey ${depth} ${interlace}`);
      assertEquals(await decoded(2), grey(levels(12, 2)), `grey + alpha ${depth} ${interlace}`);
      assertEquals(await decoded(3), levels(24), `colour ${depth} ${interlace}`);
      const opaque = levels(24).filter((_, i) => i % 4 !== 3);
      assertEquals(await decoded(4), opaque, `colour + alpha ${depth} ${interlace}`);
    }
  }
});

Deno.test("decodeImage() decodes PNG samples of fewer than 8 bits and palettes", async () => {
  const bits = await decodeImage(fromBase64(GREY_1_BIT), "bits.png");
  assertEquals([bits.height, bits.width], [3, 5]);
  const white = [1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0];
  assertEquals([...bits.data], white.flatMap((bit) => [bit * 255, bit * 255, bit * 255]));

  const colours = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [10, 20, 30]];
  const expected = [0, 1, 2, 3, 0, 3, 2, 1, 0, 1].flatMap((index) => colours[index]!);
  for (const png of [PALETTE_2_BIT, PALETTE_WITH_ALPHA]) {
    assertEquals([...(await decodeImage(fromBase64(png), "palette.png")).data], expected);
  }
});

Deno.test("decodeImage() refuses a JPEG cut off anywhere, even with an end marker put back", async () => {
  for (const progressive of [false, true]) {
    const jpeg = await encodeJpeg(gradient(64, 64), 64, 64, progressive);
    for (const share of [0.02, 0.3, 0.6, 0.9, 0.999]) {
      const end = Math.max(4, Math.floor(jpeg.length * share));
      assertStringIncludes(await refusal(jpeg.subarray(0, end)), "cut off");
    }
    await refusal(jpeg.subarray(0, jpeg.length - 1));
  }
  const baseline = await encodeJpeg(gradient(64, 64), 64, 64);
  const half = baseline.subarray(0, Math.floor(baseline.length * 0.8));
  assertStringIncludes(await refusal(Uint8Array.from([...half, 0xff, 0xd9])), "damaged");
});

Deno.test("decodeImage() refuses what is no image, with its name", async () => {
  const text = new TextEncoder().encode("Not at all a picture.");
  assertEquals(
    await refusal(text, "p1/notes.jpg"),
    "p1/notes.jpg is neither a JPEG nor a PNG file (it begins with the bytes " +
      "4e 6f 74 20 61 74 20 61).",
  );
  assertEquals(await refusal(new Uint8Array(), "p1/none.png"), "p1/none.png is empty.");
  assertStringIncludes(await refusal(new TextEncoder().encode("GIF89a...")), "GIF");
  await refusal(Uint8Array.of(0xff, 0xd8, 0xff));
  await refusal(Uint8Array.of(0xff, 0xd8, 0xff, 0xd9));
  await refusal(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a));
});

Deno.test("decodeImage() refuses sizes that a header only claims", async () => {
  const jpeg = await encodeJpeg(gradient(16, 16), 16, 16);
  const frame = findMarker(jpeg, 0xc0);
  const withSize = (height: number, width: number) => {
    const copy = jpeg.slice();
    new DataView(copy.buffer).setUint16(frame + 5, height);
    new DataView(copy.buffer).setUint16(frame + 7, width);
    return copy;
  };
  assertStringIncludes(await refusal(withSize(65500, 65500)), "100 megapixels");
  assertStringIncludes(await refusal(withSize(9000, 9000)), "cut off");
  assertStringIncludes(await refusal(withSize(0, 16)), "16 x 0");

  const png = encode({ width: 2, height: 2, channels: 3, data: new Uint8Array(12) });
  new DataView(png.buffer, png.byteOffset).setUint32(16, 0x7fffffff);
  assertStringIncludes(await refusal(png, "x.png"), "100 megapixels");
  new DataView(png.buffer, png.byteOffset).setUint32(16, 40_000_000);
  assertStringIncludes(await refusal(png, "x.png"), "cut off");
});

Deno.test("decodeImage() decodes interlaced PNG samples of fewer than 8 bits", async () => {
  const pixels = [[1, 0, 3, 2, 1], [0, 2, 2, 0, 3], [3, 1, 0, 1, 2]];
  const passes = [[0, 8, 0, 8], [4, 8, 0, 8], [0, 4, 4, 8], [2, 4, 0, 4], [0, 2, 2, 4], [
    1,
    2,
    0,
    2,
  ], [
    0,
    1,
    1,
    2,
  ]];
  const packed: number[] = [];
  for (const [x0, dx, y0, dy] of passes) {
    for (let y = y0!; y < 3; y += dy!) {
      const samples = pixels[y]!.filter((_, x) => x >= x0! && (x - x0!) % dx! === 0);
      if (samples.length === 0) continue;
      packed.push(0);
      for (let i = 0; i < samples.length; i += 4) {
        packed.push([0, 1, 2, 3].reduce((byte, k) => (byte << 2) | (samples[i + k] ?? 0), 0));
      }
    }
  }
  const png = await pngOf([5, 3, 2, 0, 1], Uint8Array.from(packed));
  const { data } = await decodeImage(png, "interlaced.png");
  assertEquals([...data], pixels.flat().flatMap((v) => [v * 85, v * 85, v * 85]));
});

Deno.test("decodeImage() refuses PNG files of too few samples, two headers or no palette", async () => {
  const short = await pngOf([16, 16, 8, 2, 0], new Uint8Array(700));
  assertStringIncludes(await refusal(short), "samples are missing");
  const filter = await pngOf([1, 1, 8, 0, 0], Uint8Array.of(5, 0));
  assertStringIncludes(await refusal(filter), "no filter 5");
  assertStringIncludes(
    await refusal(await pngOf([1, 1, 8, 3, 0], new Uint8Array(2))),
    "no palette",
  );
  const header = pngChunk("IHDR", [0, 0, 0x27, 0x10, 0, 0, 0x27, 0x10, 8, 2, 0, 0, 0]);
  const twice = await pngOf([1, 1, 8, 0, 0], new Uint8Array(2), header);
  assertStringIncludes(await refusal(twice), "one header");
  const apple = await pngOf([1, 1, 8, 0, 0], new Uint8Array(2), pngChunk("CgBI", [0]));
  assertStringIncludes(await refusal(apple), '"CgBI"');
});

Deno.test("decodeImage() unpacks no more of a PNG file than its image", async () => {
  // 64 MiB of zeros behind 4 pixels; the pixels are there, so that the image is whole.
  const png = await pngOf([2, 2, 8, 0, 0], new Uint8Array(64 * 2 ** 20));
  assertEquals((await decodeImage(png, "bomb.png")).data, new Uint8Array(12));
});

Deno.test("decodeImage() refuses JPEG that would take too much memory or too many scans", async () => {
  const progressive = await encodeJpeg(gradient(64, 64), 64, 64, true);
  const frame = findMarker(progressive, 0xc2);
  const padded = Uint8Array.from([...progressive, ...new Uint8Array(1_000_000)]);
  new DataView(padded.buffer).setUint16(frame + 5, 7000);
  new DataView(padded.buffer).setUint16(frame + 7, 7000);
  assertStringIncludes(await refusal(padded), "MiB to decode");
  new DataView(padded.buffer).setUint16(frame + 5, 4000);
  new DataView(padded.buffer).setUint16(frame + 7, 4000);
  const scan = progressive.subarray(findMarker(progressive, 0xda), -2);
  const many = Array.from({ length: 200 }, () => [...scan]).flat();
  const bytes = Uint8Array.from([
    ...padded.subarray(0, progressive.length - 2),
    ...many,
    0xff,
    0xd9,
  ]);
  const file = Uint8Array.from([...bytes, ...new Uint8Array(1_000_000)]);
  assertStringIncludes(await refusal(file), "scans");
});

Deno.test("decodeImage() refuses CMYK and 12-bit JPEG with the remedy", async () => {
  const jpeg = await encodeJpeg(gradient(16, 16), 16, 16);
  const frame = findMarker(jpeg, 0xc0);
  const deep = jpeg.slice();
  deep[frame + 4] = 12;
  assertStringIncludes(await refusal(deep), "12 bits");
  // A fourth component, for which the segment has to be longer by three bytes.
  const header = [...jpeg.subarray(frame, frame + 19), 4, 0x11, 0];
  header[3]! += 3;
  header[9] = 4;
  const cmyk = Uint8Array.from([
    ...jpeg.subarray(0, frame),
    ...header,
    ...jpeg.subarray(frame + 19),
  ]);
  assertStringIncludes(await refusal(cmyk), "CMYK");
});

Deno.test("decodeImage() refuses a PNG that is cut off or has a wrong CRC", async () => {
  const png = encode({ width: 20, height: 20, channels: 3, data: gradient(20, 20) });
  for (const share of [0.05, 0.3, 0.6, 0.95]) {
    await refusal(png.subarray(0, Math.floor(png.length * share)), "x.png");
  }
  const flipped = png.slice();
  flipped[Math.floor(png.length / 2)]! ^= 0x10;
  await refusal(flipped, "x.png");
});

Deno.test("decodeImage() still decodes after a thousand damaged files", async () => {
  const jpeg = await encodeJpeg(gradient(32, 32), 32, 32);
  const good = await decodeImage(jpeg, "good.jpg");
  let refused = 0;
  for (let i = 0; i < 1000; i++) {
    const damaged = jpeg.slice();
    for (let k = 0; k < 4; k++) {
      damaged[2 + ((i * 7919 + k * 104729) % (jpeg.length - 2))]! ^= 1 + i % 255;
    }
    try {
      await decodeImage(damaged, "bad.jpg");
    } catch (error) {
      assert(error instanceof ImageDecodeError, String(error));
      refused++;
    }
  }
  assert(refused > 300, `${refused} refused`);
  assertEquals(await decodeImage(jpeg, "good.jpg"), good);
});

Deno.test("initialiseJpeg() takes a compiled module", async () => {
  const jpeg = await encodeJpeg(gradient(16, 16), 16, 16);
  const before = await decodeImage(jpeg, "a.jpg");
  const url = import.meta.resolve("@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm");
  initialiseJpeg(await WebAssembly.compileStreaming(fetch(url)));
  assertEquals(await decodeImage(jpeg, "a.jpg"), before);
});
