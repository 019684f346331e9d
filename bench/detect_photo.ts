/** A photo to find faces in, made of the shared crops. */

import type { RgbImage } from "../src/faces/images/image.ts";
import { Random } from "../src/random.ts";
import { blankCanvas, pasteCrop } from "../tests/support/canvases.ts";
import { sharedCrops } from "../tests/support/shared_faces.ts";

/** Real faces, half to twice as large as their crops where there is room, on a slope of colours. */
export async function scenePhoto(height: number, width: number, faces: number): Promise<RgbImage> {
  const random = new Random(1);
  const photo = blankCanvas(height, width, "gradient", random);
  const across = Math.ceil(Math.sqrt(faces * width / height));
  const down = Math.ceil(faces / across);
  const [cellWidth, cellHeight] = [width / across, height / down];
  for (const [i, { image }] of (await sharedCrops(faces, 1)).entries()) {
    const centre = {
      x: (i % across + 0.5) * cellWidth,
      y: (Math.floor(i / across) + 0.5) * cellHeight,
    };
    const scale = Math.min(0.5 * 4 ** random.uniform(), Math.min(cellWidth, cellHeight) / 120);
    pasteCrop(photo, image, { angle: 40 * random.uniform() - 20, scale, centre });
  }
  return photo;
}
