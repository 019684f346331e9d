import { assert, assertEquals, assertThrows } from "@std/assert";
import { fitCrop } from "../../../src/faces/images/resample.ts";
import { Random } from "../../../src/random.ts";

function noise(height: number, width: number): {
  height: number;
  width: number;
  data: Uint8Array<ArrayBuffer>;
} {
  const random = new Random(height * 1000 + width);
  const data = new Uint8Array(height * width * 3);
  return { height, width, data: data.map(() => random.below(256)) };
}

/** The mean of a step function over `[from, to]`, or a linear interpolation at the middle of it. */
function sample(line: (at: number) => number, length: number, from: number, to: number): number {
  if (to - from <= 1) {
    const at = Math.min(Math.max((from + to) / 2 - 0.5, 0), length - 1);
    const below = Math.floor(at);
    const above = Math.min(below + 1, length - 1);
    return line(below) * (1 - (at - below)) + line(above) * (at - below);
  }
  let sum = 0;
  for (let i = 0; i < length; i++) {
    sum += line(i) * Math.max(0, Math.min(to, i + 1) - Math.max(from, i));
  }
  return sum / (to - from);
}

/** Every output pixel by itself, over the whole image. */
function bruteForce(image: ReturnType<typeof noise>, height: number, width: number): number[] {
  const scale = Math.min(image.height / height, image.width / width);
  const top = (image.height - scale * height) / 2;
  const left = (image.width - scale * width) / 2;
  const out: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        const row = (r: number) =>
          sample(
            (column) => image.data[(r * image.width + column) * 3 + c]!,
            image.width,
            left + x * scale,
            left + (x + 1) * scale,
          );
        out.push(sample(row, image.height, top + y * scale, top + (y + 1) * scale));
      }
    }
  }
  return out;
}

Deno.test("fitCrop() equals a brute-force reference", () => {
  const cases = [[17, 13, 5, 3], [13, 17, 5, 3], [9, 9, 9, 4], [7, 5, 21, 15], [5, 9, 12, 8]]
    .concat([[1, 1, 4, 3], [50, 3, 2, 2], [31, 30, 30, 29], [112, 112, 56, 48], [20, 20, 19, 20]]);
  for (const [h, w, height, width] of cases as [number, number, number, number][]) {
    const image = noise(h, w);
    const actual = fitCrop(image, { height, width });
    const expected = bruteForce(image, height, width);
    assertEquals(actual.length, expected.length);
    // Half a grey level is the rounding; a little more where the reference lies at a half.
    expected.forEach((value, i) =>
      assert(Math.abs(value - actual[i]!) <= 0.5 + 1e-9, `${h}x${w} -> ${height}x${width} at ${i}`)
    );
  }
});

Deno.test("fitCrop() copies an image of the right size", () => {
  const image = noise(11, 7);
  assertEquals(fitCrop(image, { height: 11, width: 7 }), image.data);
  assert(fitCrop(image, { height: 11, width: 7 }).buffer !== image.data.buffer);
});

Deno.test("fitCrop() takes columns 8 to 103 of a 112 x 112 crop at 112 x 96", () => {
  const image = noise(112, 112);
  const out = fitCrop(image, { height: 112, width: 96 });
  for (let y = 0; y < 112; y++) {
    const row = image.data.subarray((y * 112 + 8) * 3, (y * 112 + 104) * 3);
    assertEquals(out.subarray(y * 96 * 3, (y + 1) * 96 * 3), row);
  }
});

Deno.test("fitCrop() takes the mean of each 2 x 2 block at 56 x 48, halves rounded up", () => {
  const image = noise(112, 112);
  const out = fitCrop(image, { height: 56, width: 48 });
  for (let y = 0; y < 56; y++) {
    for (let x = 0; x < 48; x++) {
      for (let c = 0; c < 3; c++) {
        const at = (dy: number, dx: number) =>
          image.data[((2 * y + dy) * 112 + 8 + 2 * x + dx) * 3 + c]!;
        const mean = (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4;
        assertEquals(out[(y * 48 + x) * 3 + c], Math.floor(mean + 0.5));
      }
    }
  }
});

Deno.test("fitCrop() leaves a constant image constant", () => {
  for (const [height, width] of [[3, 5], [31, 7], [64, 64], [100, 99]] as const) {
    const image = { height: 30, width: 47, data: new Uint8Array(30 * 47 * 3).fill(255) };
    assert(fitCrop(image, { height, width }).every((value) => value === 255));
  }
});

Deno.test("fitCrop() refuses sizes that are no sizes", () => {
  for (const size of [{ height: 0, width: 4 }, { height: 4.5, width: 4 }]) {
    assertThrows(() => fitCrop(noise(4, 4), size), RangeError, `${size.height} x 4`);
  }
});
