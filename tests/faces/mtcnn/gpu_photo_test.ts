import { assert, assertEquals } from "@std/assert";
import { scope } from "../../../src/autograd/scope.ts";
import { Tensor } from "../../../src/autograd/tensor.ts";
import { GpuPhoto, halveImage } from "../../../src/faces/mtcnn/gpu_photo.ts";
import type { RgbImage } from "../../../src/faces/images/image.ts";
import type { Box } from "../../../src/faces/mtcnn/boxes.ts";
import { batchFor, cutBoxes } from "../../../src/faces/mtcnn/crops.ts";
import { photoLevel } from "../../../src/kernels/photo.ts";
import { Random } from "../../../src/random.ts";
import { gpu, limited } from "../../support/gpu.ts";

/** Noise over a slope, so that neither a shift nor a wrong pixel goes unnoticed. */
function photo(height: number, width: number): RgbImage {
  const random = new Random(height * width);
  const data = Uint8Array.from({ length: height * width * 3 }, (_, i) => {
    const x = Math.floor(i / 3) % width;
    return 100 + 90 * x / width + random.below(60);
  });
  return { height, width, data };
}

/** A photo whose last column and row may count by a part. */
interface Photo extends RgbImage {
  readonly columns: number;
  readonly rows: number;
}

/** A photo halved so many times. */
function octaveOf(image: RgbImage, octave: number): Photo {
  let halved = image;
  for (let i = 0; i < octave; i++) halved = halveImage(halved);
  return { ...halved, columns: image.width / 2 ** octave, rows: image.height / 2 ** octave };
}

/** The mean over [x, x + w) × [y, y + h) in pixel borders, black outside. */
function area(
  image: Photo,
  x: number,
  y: number,
  w: number,
  h: number,
  channel: number,
): number {
  let sum = 0;
  for (let row = Math.max(0, Math.floor(y)); row < Math.min(image.rows, y + h); row++) {
    for (
      let column = Math.max(0, Math.floor(x));
      column < Math.min(image.columns, x + w);
      column++
    ) {
      const high = Math.max(0, Math.min(row + 1, y + h, image.rows) - Math.max(row, y));
      const wide = Math.max(0, Math.min(column + 1, x + w, image.columns) - Math.max(column, x));
      sum += high * wide * image.data[(row * image.width + column) * 3 + channel]!;
    }
  }
  return sum / (w * h);
}

const grey = (value: number) => (value - 127.5) / 128;

/** Octaves are rounded to whole grey levels. */
const ROUNDING = 1.6 / 128;

function assertNear(
  values: ArrayLike<number>,
  expected: number[],
  tolerance: number,
  what: string,
) {
  assertEquals(values.length, expected.length);
  const worst = expected.reduce((most, it, i) => Math.max(most, Math.abs(it - values[i]!)), 0);
  assert(worst < tolerance, `${what}: ${worst} over ${tolerance}`);
}

Deno.test("photoLevel() resizes by area where the photo shrinks and bilinearly where it grows", async () => {
  const image = photo(53, 71);
  using it = new GpuPhoto(gpu, image, 4);
  for (
    const [height, width, octave] of [[53, 71, 0], [40, 54, 0], [13, 18, 1], [6, 8, 2], [
      80,
      107,
      0,
    ]]
  ) {
    const octaveFor = it.octaveFor(53 / height!);
    assertEquals(octaveFor, octave);
    const [columns, rows] = it.extents(octaveFor);
    const source = it.source(octaveFor, { left: 0, top: 0, right: columns, bottom: rows });
    const [left, top] = [2, 4];
    const [across, down] = [width! - 3, height! - 4];
    using out = Tensor.empty(gpu, [1, down, across, 4], "test");
    photoLevel(gpu, source, out.slice, {
      step: [columns / width!, rows / height!],
      from: [left, top],
      extents: [across, down],
      origin: [0, 0],
    });
    const read = octaveOf(image, octaveFor);
    const expected = Array.from({ length: out.size }, (_, i) => {
      if (i % 4 === 3) return 0;
      const [x, y] = [left + Math.floor(i / 4) % across, top + Math.floor(i / 4 / across)];
      const [sx, sy] = [columns / width!, rows / height!];
      const [w, h] = [Math.max(1, sx), Math.max(1, sy)];
      const at = (place: number, step: number, size: number, most: number) =>
        Math.min(Math.max((place + 0.5) * step - size / 2, 0), most - size);
      return grey(area(read, at(x, sx, w, columns), at(y, sy, h, rows), w, h, i % 4));
    });
    const tolerance = octave === 0 ? 1e-4 : ROUNDING;
    assertNear(await out.data(), expected, tolerance, `${height}×${width}`);
  }
});

const BOXES: readonly Box[] = [
  { x1: 10, y1: 5, x2: 33, y2: 28, score: 1 }, // as large as the crop
  { x1: -28, y1: -23, x2: 80, y2: 85, score: 1 }, // over all borders, four times as large
  { x1: 60, y1: 40, x2: 89, y2: 69, score: 1 }, // over the lower right border
  { x1: 3, y1: 4, x2: 8, y2: 9, score: 1 }, // smaller than the crop
  { x1: 200, y1: 200, x2: 240, y2: 240, score: 1 }, // beside the photo
];

function expectedCrop(image: RgbImage, box: Box, side: number, mirror: boolean): number[] {
  const octave = box.x2 - box.x1 + 1 < 4 * side ? 0 : 1;
  const read = octaveOf(image, octave);
  const shrink = 2 ** octave;
  const extent = (box.x2 - box.x1 + 1) / shrink;
  const step = extent / side;
  const size = Math.max(1, step);
  const at = (place: number, first: number) =>
    Math.min(Math.max(first + (place + 0.5) * step - size / 2, first), first + extent - size);
  return Array.from({ length: side * side * 4 }, (_, i) => {
    if (i % 4 === 3) return 0;
    const [x, y] = [Math.floor(i / 4) % side, Math.floor(i / 4 / side)];
    const column = mirror ? side - 1 - x : x;
    return grey(area(read, at(column, box.x1 / shrink), at(y, box.y1 / shrink), size, size, i % 4));
  });
}

Deno.test("cutBoxes() cuts boxes out, black beyond the border, and mirrors them", async () => {
  const image = photo(53, 71);
  using it = new GpuPhoto(gpu, image, 3);
  for (const mirror of [false, true]) {
    const side = 24;
    using out = scope(() => cutBoxes(gpu, it, BOXES, { side, mirror }));
    assertEquals(out.shape, [6, side, side, 4]);
    const values = await out.data();
    for (const [index, box] of BOXES.entries()) {
      const crop = values.subarray(index * side * side * 4, (index + 1) * side * side * 4);
      const expected = expectedCrop(image, box, side, mirror);
      assertNear(crop, expected, index === 1 ? ROUNDING : 1e-4, `box ${index}, ${mirror}`);
    }
  }
});

Deno.test("cutBoxes() and photoLevel() read photos in windows as they read whole ones", async () => {
  // 9000 columns take three windows; 400 kB hold them not, but their half.
  const image = photo(20, 9000);
  const small = limited(400_000);
  using whole = new GpuPhoto(gpu, image, 3);
  using windows = new GpuPhoto(small, image, 3);
  const boxes = [0, 2000, 3500, 4090, 5000, 8990].flatMap((x1) =>
    [0, 30].map((more) => ({ x1, y1: -2, x2: x1 + 12 + more, y2: 10 + more, score: 1 }))
  );
  using a = scope(() => cutBoxes(gpu, whole, boxes, { side: 24 }));
  using b = scope(() => cutBoxes(small, windows, boxes, { side: 24 }));
  assertNear(await b.data(), [...await a.data()], ROUNDING, "crops");
  const values = await Promise.all(
    ([[gpu, whole], [small, windows]] as const).map(async ([on, it]) => {
      const [columns, rows] = it.extents(0);
      const rectangle = { left: 5500, top: 0, right: 6200, bottom: rows };
      const source = it.source(0, rectangle);
      using out = Tensor.empty(on, [1, 14, 300, 4], "test");
      photoLevel(on, source, out.slice, {
        step: [columns / 6000, rows / 14],
        from: [3700, 0],
        extents: [300, 14],
        origin: [source.left, source.top],
      });
      return await out.data();
    }),
  );
  assertNear(values[1]!, [...values[0]!], 1e-4, "level");
});

Deno.test("halveImage() takes the mean of four, or of those at the border", () => {
  const image = { width: 3, height: 1, data: Uint8Array.of(10, 0, 1, 20, 0, 2, 7, 8, 9) };
  assertEquals(halveImage(image), { width: 2, height: 1, data: Uint8Array.of(15, 0, 2, 7, 8, 9) });
});

Deno.test("batchFor() wastes little, with few sizes", () => {
  const sizes = Array.from({ length: 200 }, (_, i) => batchFor(i + 1));
  assert(
    sizes.every((size, i) =>
      Number.isInteger(size) && size > i && size < i + 17 && size <= (i + 1) * 1.5
    ),
  );
  assertEquals(new Set(sizes).size, 21);
});
