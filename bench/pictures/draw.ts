/**
 * Draws the README's picture of synthetic faces: `deno run -A bench/pictures/draw.ts` writes
 * bench/pictures/synthetic_faces.png, one row a person.
 */
import { SyntheticFaces } from "../../src/data/synthetic.ts";
import { encodePng } from "../../src/faces/images/encode_png.ts";
import { Gpu } from "../../src/gpu/gpu.ts";

const PEOPLE = 4;
const IMAGES = 10;
const SIZE = { height: 84, width: 72 };
const FIRST_IDENTITY = 1000;

using gpu = await Gpu.request();
const faces = new SyntheticFaces(gpu, {
  identities: PEOPLE,
  imagesPerIdentity: IMAGES,
  seed: 0,
  firstIdentity: FIRST_IDENTITY,
});
const indices = Array.from(faces.labels, (_, index) => index);
const pixels = await faces.read(indices, SIZE);

const [height, width] = [PEOPLE * SIZE.height, IMAGES * SIZE.width];
const sheet = new Uint8Array(height * width * 3);
const row = SIZE.width * 3;
for (const index of indices) {
  const [top, left] = [Math.floor(index / IMAGES) * SIZE.height, (index % IMAGES) * SIZE.width];
  for (let y = 0; y < SIZE.height; y++) {
    const from = (index * SIZE.height + y) * row;
    sheet.set(pixels.subarray(from, from + row), ((top + y) * width + left) * 3);
  }
}
const path = new URL("synthetic_faces.png", import.meta.url);
await Deno.writeFile(path, encodePng(sheet, height, width));
console.log(`Wrote ${PEOPLE} people, ${IMAGES} images each.`);
