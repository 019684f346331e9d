import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  alignFace,
  alignFaces,
  alignToTensor,
  beginCrops,
} from "../../../src/faces/align/align.ts";
import { cutFace } from "../../../src/faces/align/face_cut.ts";
import type { Landmarks } from "../../../src/faces/face.ts";
import type { RgbImage } from "../../../src/faces/images/image.ts";
import { applyMatrix, invertMatrix, type Matrix2x3 } from "../../../src/faces/align/matrix.ts";
import { faceTemplate } from "../../../src/faces/align/template.ts";
import { imageTensor } from "../../../src/ops/image_tensor.ts";
import { Random } from "../../../src/random.ts";
import { warpReference } from "../../reference/warp.ts";
import { gpu, limited } from "../../support/gpu.ts";

function noise(height: number, width: number, seed: number): RgbImage {
  const random = new Random(seed);
  const data = Uint8Array.from({ length: height * width * 3 }, () => random.below(256));
  return { height, width, data };
}

/** Landmarks of a face in a photo: turned by degrees, scaled, its crop's corner at x, y, and a little off. */
function landmarks(degrees: number, scale: number, x: number, y: number): Landmarks {
  const random = new Random(degrees + 500);
  const [a, b] = [Math.cos, Math.sin].map((f) => scale * f(degrees * Math.PI / 180));
  const matrix: Matrix2x3 = [a!, -b!, x, b!, a!, y];
  const off = () => 2 * scale * random.gaussian();
  return faceTemplate().points.map((point) => {
    const at = applyMatrix(matrix, point);
    return { x: at.x + off(), y: at.y + off() };
  }) as unknown as Landmarks;
}

const LARGE = noise(241, 203, 1);
const FACES = [
  { image: LARGE, landmarks: landmarks(0, 1, 30, 40) },
  { image: LARGE, landmarks: landmarks(17, 0.3, 100, 150) },
  { image: noise(500, 620, 2), landmarks: landmarks(-160, 3, 400, 450) },
  { image: LARGE, landmarks: landmarks(-20, 1.3, -40, 190) }, // partly outside
  { image: noise(1, 1, 3), landmarks: landmarks(5, 0.5, -20, -30) },
  { image: noise(7, 3, 4), landmarks: landmarks(5, 1, 400, -300) }, // beside the photo
] as const;

/** The largest error of a crop against f64. */
function error(crop: Uint8Array, expected: Float64Array): number {
  assertEquals(crop.length, expected.length);
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(crop[i]! - value)), 0);
}

Deno.test("alignFaces() agrees with f64 on the whole photo within a grey level", async () => {
  for (const template of ["112x96", "112x112"] as const) {
    for (const antialias of [false, true]) {
      const crops = await alignFaces(gpu, FACES, { template, antialias });
      assertEquals(crops.length, FACES.length);
      for (const [i, { height, width, data, transform }] of crops.entries()) {
        assertEquals(`${height}x${width}`, template);
        const [a, , , c] = invertMatrix(transform);
        const samples = antialias ? Math.max(1, Math.ceil(Math.hypot(a, c))) : 1;
        const expected = warpReference(
          FACES[i]!.image,
          invertMatrix(transform),
          { height, width },
          samples,
        );
        const off = error(data, expected);
        assert(off <= 0.6, `face ${i}, ${template}, antialias ${antialias}: off by ${off}`);
      }
    }
  }
});

Deno.test("alignFaces() gives the same crops one by one, and in many batches", async () => {
  const together = await alignFaces(gpu, FACES);
  const small = limited(250_000);
  const batches = await alignFaces(small, [FACES[0], ...FACES.slice(3), FACES[1]]);
  assertEquals(batches.map(({ data }) => data), [0, 3, 4, 5, 1].map((i) => together[i]!.data));
  for (const [i, { image, landmarks }] of FACES.entries()) {
    assertEquals((await alignFace(gpu, image, landmarks)).data, together[i]!.data);
  }
  const many = Array.from({ length: 150 }, (_, i) => FACES[i % 2]!);
  for (const [i, { data }] of (await alignFaces(gpu, many)).entries()) {
    assertEquals(data, together[i % 2]!.data);
  }
  assertEquals(await alignFaces(gpu, []), []);
});

Deno.test("alignFace() puts the template where the landmarks were", async () => {
  // A white dot at each landmark of a face that fits the template exactly comes to lie at the template's.
  const image = noise(300, 300, 9);
  image.data.fill(0);
  const inPhoto: Matrix2x3 = [1.5, -0.5, 60, 0.5, 1.5, 20];
  const { points } = faceTemplate();
  const where = points.map((point) => applyMatrix(inPhoto, point)) as unknown as Landmarks;
  for (const { x, y } of where) {
    for (let i = 0; i < 9; i++) {
      const [row, column] = [Math.round(y) + i % 3 - 1, Math.round(x) + Math.floor(i / 3) - 1];
      image.data.fill(255, (row * 300 + column) * 3, (row * 300 + column) * 3 + 3);
    }
  }
  const { data, width, transform } = await alignFace(gpu, image, where);
  for (const [i, value] of invertMatrix(inPhoto).entries()) {
    assertAlmostEquals(transform[i]!, value, 1e-9);
  }
  for (const { x, y } of points) {
    assertEquals(data[(Math.round(y) * width + Math.round(x)) * 3], 255);
  }
});

Deno.test("alignToTensor() gives what imageTensor() makes of the crops", async () => {
  const crops = await alignFaces(gpu, FACES);
  const pixels = Uint8Array.from(crops.flatMap(({ data }) => [...data]));
  using expected = imageTensor(gpu, { height: 112, width: 96, pixels });
  using actual = alignToTensor(gpu, FACES);
  assertEquals(actual.shape, [FACES.length, 112, 96, 4]);
  assertEquals(await actual.data(), await expected.data());
});

Deno.test("alignFaces() needs no more memory on the GPU with more faces", async () => {
  await alignFaces(gpu, FACES);
  const { usedBytes } = gpu.memory;
  for (let i = 0; i < 3; i++) await alignFaces(gpu, FACES);
  alignToTensor(gpu, FACES)[Symbol.dispose]();
  assertEquals(gpu.memory.usedBytes, usedBytes);
});

Deno.test("cutFace() takes no more of a photo than the crop touches", () => {
  const { bytes, rows, columns } = cutFace(noise(2000, 3000, 5), landmarks(0, 1, 900, 1200));
  assert(rows < 125 && columns < 110 && bytes.length < 42_000, `${rows}×${columns}`);
  assertEquals(cutFace(noise(7, 3, 4), landmarks(5, 1, 400, -300)).bytes.length, 0);
});

Deno.test("alignFaces() refuses what cannot be aligned, in a sentence", async () => {
  const image = noise(40, 40, 6);
  const point = { x: 20, y: 20 };
  const same: Landmarks = [point, point, point, point, point];
  await assertRejects(() => alignFace(gpu, image, same), RangeError, "(20, 20)");
  const nan: Landmarks = [...FACES[0].landmarks.slice(0, 4), { x: NaN, y: 3 }] as never;
  await assertRejects(() => alignFace(gpu, image, nan), RangeError, "not all finite");
  const face = FACES[2];
  const large = () => alignFace(limited(100_000), face.image, face.landmarks);
  await assertRejects(large, RangeError, "scale the photo down first");
  assertThrows(() => alignToTensor(gpu, []), RangeError, "at least one face");
  const few = () => alignToTensor(limited(250_000), FACES);
  assertThrows(few, RangeError, "align fewer at a time");
  const two = (["112x96", "112x112"] as const).map((template) =>
    cutFace(image, FACES[0].landmarks, { template })
  );
  assertThrows(() => beginCrops(gpu, two), RangeError, "different sizes");
});
