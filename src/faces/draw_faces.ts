/** Marking faces in a photo, for people to look at. */

import type { DetectedFace, Point } from "./face.ts";
import type { RgbImage } from "./images/image.ts";

type Colour = readonly [red: number, green: number, blue: number];

const BOX: Colour = [0, 255, 64];
const LANDMARK: Colour = [255, 32, 32];

/** Width of lines as a share of the photo's shorter side. */
const LINE = 1 / 400;

/**
 * A copy of a photo with a frame around each face, and a disc on each landmark.
 *
 * @example
 * ```ts
 * import { drawFaces } from "@spheregrad/spheregrad";
 *
 * const photo = { width: 8, height: 8, data: new Uint8Array(8 * 8 * 3) };
 * const point = { x: 4, y: 4 };
 * const landmarks = [point, point, point, point, point] as const;
 * const face = { box: { x: 1, y: 1, width: 6, height: 6 }, confidence: 1, landmarks };
 * console.assert(drawFaces(photo, [face]).data[(8 + 1) * 3 + 1] === 255); // green
 * ```
 */
export function drawFaces(image: RgbImage, faces: readonly DetectedFace[]): RgbImage {
  const out = { ...image, data: image.data.slice() };
  const line = Math.max(1, Math.round(Math.min(image.width, image.height) * LINE));
  for (const { box, landmarks } of faces) {
    const [left, top] = [Math.round(box.x), Math.round(box.y)];
    const [right, bottom] = [Math.round(box.x + box.width), Math.round(box.y + box.height)];
    fill(out, left, top, right, top + line, BOX);
    fill(out, left, bottom - line, right, bottom, BOX);
    fill(out, left, top, left + line, bottom, BOX);
    fill(out, right - line, top, right, bottom, BOX);
    const radius = Math.max(line, Math.round(box.width / 40));
    for (const point of landmarks) disc(out, point, radius);
  }
  return out;
}

/** Colours what lies within the image of a rectangle, its right and lower border excluded. */
function fill(
  { width, height, data }: RgbImage,
  left: number,
  top: number,
  right: number,
  bottom: number,
  colour: Colour,
): void {
  for (let y = Math.max(0, top); y < Math.min(height, bottom); y++) {
    for (let x = Math.max(0, left); x < Math.min(width, right); x++) {
      data.set(colour, (y * width + x) * 3);
    }
  }
}

function disc(image: RgbImage, centre: Point, radius: number): void {
  const [x, y] = [Math.round(centre.x), Math.round(centre.y)];
  for (let down = -radius; down <= radius; down++) {
    const reach = Math.floor(Math.sqrt(radius ** 2 - down ** 2));
    fill(image, x - reach, y + down, x + reach + 1, y + down + 1, LANDMARK);
  }
}
