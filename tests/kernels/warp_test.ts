import { assert, assertEquals } from "@std/assert";
import type { RgbImage } from "../../src/faces/images/image.ts";
import type { Matrix2x3 } from "../../src/faces/align/matrix.ts";
import { packWarpSources, warp, warpedBytes } from "../../src/kernels/warp.ts";
import { Random } from "../../src/random.ts";
import { warpReference } from "../reference/warp.ts";
import { gpu } from "../support/gpu.ts";

function noise(height: number, width: number, seed: number): RgbImage {
  const random = new Random(seed);
  return {
    height,
    width,
    data: Uint8Array.from({ length: height * width * 3 }, () => random.below(256)),
  };
}

/** Turns by degrees and scales about a place of the photo, which the crop's origin is shifted to. */
function turn(degrees: number, scale: number, x: number, y: number): Matrix2x3 {
  const [a, b] = [Math.cos, Math.sin].map((f) => scale * f(degrees * Math.PI / 180));
  return [a!, -b!, x, b!, a!, y];
}

interface Case {
  readonly photo: RgbImage;
  readonly matrix: Matrix2x3;
  readonly samples?: number;
}

async function run(cases: readonly Case[], height: number, width: number): Promise<Uint8Array> {
  let first = 0;
  const bytes: number[] = [];
  const sources = cases.map(({ photo, matrix, samples = 1 }) => {
    first = bytes.length;
    bytes.push(...photo.data);
    return { first, width: photo.width, height: photo.height, matrix, samples };
  });
  while (bytes.length % 4 !== 0) bytes.push(255);
  const photos = gpu.acquire(bytes.length);
  const packed = gpu.acquire(cases.length * 48);
  const out = gpu.acquire(warpedBytes(cases.length, height, width));
  gpu.upload(photos, Uint8Array.from(bytes));
  gpu.upload(packed, packWarpSources(sources));
  warp(gpu, photos, packed, out, cases.length, height, width);
  const result = new Uint8Array(await gpu.read(out));
  for (const slice of [photos, packed, out]) gpu.release(slice);
  return result;
}

const CASES: readonly Case[] = [
  { photo: noise(9, 7, 1), matrix: [1, 0, 0, 0, 1, 0] },
  { photo: noise(31, 29, 2), matrix: turn(20, 0.3, 5.25, 7) },
  { photo: noise(31, 29, 3), matrix: turn(-173, 1.7, 30, 20.125) },
  { photo: noise(70, 61, 4), matrix: turn(90, 3, 50, 1) },
  { photo: noise(1, 1, 5), matrix: turn(45, 0.31, -0.9, -0.7) },
  { photo: noise(1, 1, 6), matrix: [0.01, 0, 0, 0, 0.01, 0] },
  { photo: noise(1, 13, 7), matrix: turn(3, 1, -2, -3) },
  { photo: noise(13, 1, 8), matrix: [-1, 0, 2, 0, 1, 0] }, // mirrored
  { photo: noise(5, 5, 9), matrix: turn(10, 1, 900, 900) }, // beside the photo
  { photo: noise(5, 5, 10), matrix: [1e30, 0, -1e32, 0, 1e30, 0] },
  { photo: noise(64, 64, 11), matrix: turn(33, 3, 12, -20), samples: 3 },
  { photo: noise(20, 20, 12), matrix: turn(-8, 1.1, 1, 1), samples: 2 },
];

Deno.test("warp() agrees with f64 within a grey level, many photos of different sizes at once", async () => {
  for (const [height, width] of [[1, 1], [5, 3], [23, 19], [16, 24]] as const) {
    const bytes = await run(CASES, height, width);
    const size = height * width * 3;
    for (const [i, { photo, matrix, samples }] of CASES.entries()) {
      const expected = warpReference(photo, matrix, { height, width }, samples);
      for (const [k, value] of expected.entries()) {
        const error = Math.abs(bytes[i * size + k]! - value);
        assert(error <= 0.51, `case ${i}, ${height}×${width}, value ${k}: off by ${error}`);
      }
    }
  }
});

Deno.test("warp() copies a photo where the map does nothing, and is black beside it", async () => {
  const photo = noise(9, 7, 1);
  const same = await run([{ photo, matrix: [1, 0, 0, 0, 1, 0] }], 9, 7);
  assertEquals([...same.subarray(0, photo.data.length)], [...photo.data]);
  const beside = await run([{ photo, matrix: [1, 0, 8, 0, 1, 0] }], 9, 7);
  assertEquals(beside.subarray(0, photo.data.length).every((value) => value === 0), true);
});
