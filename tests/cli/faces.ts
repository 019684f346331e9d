/** Pictures of made-up people for tests: everyone has colours of their own, every picture its noise. */

import { encodePng } from "../../src/faces/images/encode_png.ts";
import { Random } from "../../src/random.ts";
import { encodeJpeg } from "../faces/images/image_samples.ts";

const [HEIGHT, WIDTH] = [40, 36];

/** RGB bytes of a picture, 40×36: blocks of a person's colours under noise. */
function face(person: number, image: number): Uint8Array<ArrayBuffer> {
  const colours = new Random(person);
  const blocks = Float32Array.from({ length: 5 * 4 * 3 }, () => 255 * colours.uniform());
  const noise = new Random(1000 * (person + 1) + image);
  return Uint8Array.from({ length: HEIGHT * WIDTH * 3 }, (_, at) => {
    const [y, x] = [Math.floor(at / 3 / WIDTH), Math.floor(at / 3) % WIDTH];
    const block = blocks[(Math.floor(y / 8) * 4 + Math.floor(x / 9)) * 3 + at % 3]!;
    return Math.max(0, Math.min(255, block + 90 * noise.gaussian()));
  });
}

/** A PNG file of a picture. */
export function pngFace(person: number, image: number): Uint8Array<ArrayBuffer> {
  return encodePng(face(person, image), HEIGHT, WIDTH);
}

/** A JPEG file of a picture. */
export function jpegFace(person: number, image: number): Promise<Uint8Array<ArrayBuffer>> {
  return encodeJpeg(face(person, image), HEIGHT, WIDTH);
}

/** All but the end of a file. */
export function truncated(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, Math.floor(0.6 * bytes.length));
}
