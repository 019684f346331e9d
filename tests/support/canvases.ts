/**
 * Photos with a known face: an aligned crop turned, scaled and pasted into a larger canvas. Where its landmarks
 * are is known, as a crop has them where its template says.
 */

import type { Landmarks, Point } from "../../src/faces/face.ts";
import type { RgbImage } from "../../src/faces/images/image.ts";
import { Random } from "../../src/random.ts";

/** The template of a crop of 112×112: the released points of 96×112, eight columns to the right. */
export const TEMPLATE: Landmarks = [
  { x: 38.2946, y: 51.6963 },
  { x: 73.5318, y: 51.5014 },
  { x: 56.0252, y: 71.7366 },
  { x: 41.5493, y: 92.3655 },
  { x: 70.7299, y: 92.2041 },
];

/** What surrounds the crop. */
export const BACKGROUNDS = ["grey", "black", "noise", "gradient"] as const;

/** One of them. */
export type Background = (typeof BACKGROUNDS)[number];

/** How a crop is pasted. */
export interface Paste {
  /** Degrees, clockwise as it is seen. */
  readonly angle: number;
  /** Pixels of the canvas for a pixel of the crop. */
  readonly scale: number;
  /** Where the crop's centre goes. */
  readonly centre: Point;
}

/** A canvas and what is known of it. */
export interface Canvas {
  /** The photo. */
  readonly image: RgbImage;
  /** Where the template's points of the crop lie in it. */
  readonly landmarks: Landmarks;
  /** How the crop was pasted. */
  readonly paste: Paste;
  /** What surrounds it. */
  readonly background: Background;
}

/** How far landmarks lie from the true ones of a canvas: the root of the mean square, in pixels of the crop. */
export function landmarkError(
  found: Landmarks,
  { landmarks, paste }: Pick<Canvas, "landmarks" | "paste">,
): number {
  const squares = found.map(({ x, y }, i) =>
    (x - landmarks[i]!.x) ** 2 + (y - landmarks[i]!.y) ** 2
  );
  return Math.sqrt(squares.reduce((sum, it) => sum + it, 0) / squares.length) / paste.scale;
}

/** A canvas without a face; the same for the same seed. */
export function blankCanvas(
  height: number,
  width: number,
  background: Background,
  random: Random,
): RgbImage {
  const data = new Uint8Array(height * width * 3);
  const [from, to] = [0, 1].map(() => [0, 1, 2].map(() => 40 + 160 * random.uniform()));
  for (let i = 0; i < data.length; i++) {
    const down = Math.floor(i / (3 * width)) / height;
    if (background === "grey") data[i] = 128;
    else if (background === "noise") data[i] = random.below(256);
    else if (background === "gradient") data[i] = from![i % 3]! * (1 - down) + to![i % 3]! * down;
  }
  return { height, width, data };
}

/** Where a point of a crop comes to lie; pixel centres are whole numbers on both sides. */
export function pastedPoint(
  { x, y }: Point,
  crop: { readonly height: number; readonly width: number },
  { angle, scale, centre }: Paste,
): Point {
  const [right, down] = [x - (crop.width - 1) / 2, y - (crop.height - 1) / 2];
  const [cos, sin] = [Math.cos(angle * Math.PI / 180), Math.sin(angle * Math.PI / 180)];
  return {
    x: centre.x + scale * (cos * right - sin * down),
    y: centre.y + scale * (sin * right + cos * down),
  };
}

/** Draws a crop over a canvas, bilinearly, from four points a pixel; what reaches over the border is lost. */
export function pasteCrop(canvas: RgbImage, crop: RgbImage, paste: Paste): void {
  const { angle, scale, centre } = paste;
  const [cos, sin] = [Math.cos(angle * Math.PI / 180), Math.sin(angle * Math.PI / 180)];
  const reach = Math.ceil(scale * Math.hypot(crop.width, crop.height) / 2) + 1;
  const [left, top] = [Math.floor(centre.x) - reach, Math.floor(centre.y) - reach];
  for (let y = Math.max(0, top); y < Math.min(canvas.height, top + 2 * reach + 2); y++) {
    for (let x = Math.max(0, left); x < Math.min(canvas.width, left + 2 * reach + 2); x++) {
      const sum = [0, 0, 0];
      let inside = 0;
      for (let part = 0; part < 4; part++) {
        const right = (x - 0.25 + 0.5 * (part & 1) - centre.x) / scale;
        const down = (y - 0.25 + 0.5 * (part >> 1) - centre.y) / scale;
        const from = {
          x: cos * right + sin * down + (crop.width - 1) / 2,
          y: -sin * right + cos * down + (crop.height - 1) / 2,
        };
        if (addSample(crop, from, sum)) inside++;
      }
      const at = (y * canvas.width + x) * 3;
      for (let channel = 0; channel < 3; channel++) {
        const behind = canvas.data[at + channel]! * (4 - inside);
        canvas.data[at + channel] = Math.round((sum[channel]! + behind) / 4);
      }
    }
  }
}

/** Adds the bilinear sample at a point of an image; false where that lies outside. */
function addSample({ width, height, data }: RgbImage, { x, y }: Point, sum: number[]): boolean {
  if (x < -0.5 || y < -0.5 || x > width - 0.5 || y > height - 0.5) return false;
  const [px, py] = [Math.min(Math.max(x, 0), width - 1), Math.min(Math.max(y, 0), height - 1)];
  const [x0, y0] = [Math.floor(px), Math.floor(py)];
  const [x1, y1] = [Math.min(x0 + 1, width - 1), Math.min(y0 + 1, height - 1)];
  const [fx, fy] = [px - x0, py - y0];
  for (let channel = 0; channel < 3; channel++) {
    const value = (column: number, row: number) => data[(row * width + column) * 3 + channel]!;
    sum[channel]! += (1 - fy) * ((1 - fx) * value(x0, y0) + fx * value(x1, y0)) +
      fy * ((1 - fx) * value(x0, y1) + fx * value(x1, y1));
  }
  return true;
}

/** Choices of {@linkcode makeCanvas}. */
export interface CanvasOptions {
  /** What determines the canvas. */
  readonly seed: number;
  /** Largest angle to either side, in degrees; 20 if left out. */
  readonly mostAngle?: number;
  /** Range of scales; 0.5 to 2 if left out. */
  readonly scales?: readonly [least: number, most: number];
  /** What surrounds the crop; drawn by the seed if left out. */
  readonly background?: Background;
}

/** A crop of 112×112, pasted at a random place, angle and scale of a canvas that holds all of it. */
export function makeCanvas(
  crop: RgbImage,
  { seed, mostAngle = 20, scales: [least, most] = [0.5, 2], background }: CanvasOptions,
): Canvas {
  const random = new Random(seed);
  const angle = mostAngle * (2 * random.uniform() - 1);
  const scale = least * (most / least) ** random.uniform();
  const extent = Math.ceil(scale * Math.hypot(crop.width, crop.height)) + 2;
  const [width, height] = [0, 0].map(() => extent + random.below(Math.ceil(extent / 2) + 40));
  const centre = {
    x: extent / 2 + (width! - extent) * random.uniform(),
    y: extent / 2 + (height! - extent) * random.uniform(),
  };
  const chosen = background ?? BACKGROUNDS[random.below(BACKGROUNDS.length)]!;
  const image = blankCanvas(height!, width!, chosen, random);
  const paste = { angle, scale, centre };
  pasteCrop(image, crop, paste);
  const [a, b, c, d, e] = TEMPLATE;
  const at = (point: Point) => pastedPoint(point, crop, paste);
  return { image, landmarks: [at(a), at(b), at(c), at(d), at(e)], paste, background: chosen };
}
