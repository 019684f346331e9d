/** What the alignment doctor looks at in one image of a set. */

import type { DetectedFace, Landmarks, Point } from "../face.ts";
import type { RgbImage } from "../images/image.ts";

/** What was seen in an image. */
export interface ExaminedImage {
  /** Rows. */
  readonly height: number;
  /** Columns. */
  readonly width: number;
  /** Landmarks of the face in it, in its pixels; null where none was found. */
  readonly landmarks: Landmarks | null;
  /** Height over width of the box that the detector gave it; null where none was found. */
  readonly boxAspect: number | null;
  /** Mean of the channels over the cheeks and the nose, 0 to 255; null without landmarks. */
  readonly skin: readonly [number, number, number] | null;
  /** Whether all channels are alike throughout. */
  readonly grey: boolean;
  /** Share of the pixels that are black and joined to the border by black ones, 0 to 1. */
  readonly blackBorder: number;
}

/** Black of a fill after JPEG. */
const BLACK = 12;

/** Difference of channels that JPEG makes of a grey picture. */
const COLOURLESS = 6;

/** Larger images are looked at in every second, third, … row and column. */
const MOST_ROWS = 160;

/** Radius of a patch of skin, as a share of the distance between the eyes. */
const PATCH = 0.12;

/**
 * Looks at an image.
 *
 * @param image The image as it was decoded.
 * @param face The face that MTCNN is surest of; null where it found none.
 */
export function examineImage(
  image: RgbImage,
  face: Pick<DetectedFace, "box" | "landmarks"> | null,
): ExaminedImage {
  const { height, width } = image;
  const landmarks = face && face.landmarks;
  return {
    height,
    width,
    landmarks,
    boxAspect: face && face.box.height / face.box.width,
    skin: landmarks && skinOf(image, landmarks),
    grey: isGrey(image),
    blackBorder: blackBorder(image),
  };
}

function skinOf(image: RgbImage, landmarks: Landmarks): [number, number, number] | null {
  const [leftEye, rightEye, nose, leftMouth, rightMouth] = landmarks;
  const radius = PATCH * Math.hypot(rightEye.x - leftEye.x, rightEye.y - leftEye.y);
  const sums: [number, number, number] = [0, 0, 0];
  let count = 0;
  for (const { x, y } of [nose, middle(leftEye, leftMouth), middle(rightEye, rightMouth)]) {
    const [fromY, toY] = inside(y, radius, image.height);
    const [fromX, toX] = inside(x, radius, image.width);
    for (let row = fromY; row <= toY; row++) {
      for (let column = fromX; column <= toX; column++) {
        const at = 3 * (row * image.width + column);
        for (const channel of [0, 1, 2] as const) sums[channel] += image.data[at + channel]!;
        count++;
      }
    }
  }
  return count === 0 ? null : [sums[0] / count, sums[1] / count, sums[2] / count];
}

function middle(a: Point, b: Point): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

/** The rows or columns around a place that the image has. */
function inside(at: number, radius: number, extent: number): [from: number, to: number] {
  return [Math.max(0, Math.round(at - radius)), Math.min(extent - 1, Math.round(at + radius))];
}

function isGrey({ height, width, data }: RgbImage): boolean {
  const step = stepOf(height, width);
  let coloured = 0;
  let looked = 0;
  for (let y = 0; y < height; y += step) {
    for (let x = 0; x < width; x += step) {
      const at = 3 * (y * width + x);
      const [r, g, b] = [data[at]!, data[at + 1]!, data[at + 2]!];
      looked++;
      if (Math.max(r, g, b) - Math.min(r, g, b) > COLOURLESS) coloured++;
    }
  }
  return coloured < 0.01 * looked;
}

/** Fills from the border on over black pixels. */
function blackBorder({ height, width, data }: RgbImage): number {
  const step = stepOf(height, width);
  const [rows, columns] = [Math.ceil(height / step), Math.ceil(width / step)];
  const seen = new Uint8Array(rows * columns);
  const open: number[] = [];
  const visit = (row: number, column: number) => {
    if (row < 0 || column < 0 || row >= rows || column >= columns) return;
    const place = row * columns + column;
    const at = 3 * (row * step * width + column * step);
    if (seen[place] || Math.max(data[at]!, data[at + 1]!, data[at + 2]!) > BLACK) return;
    seen[place] = 1;
    open.push(place);
  };
  for (let row = 0; row < rows; row++) {
    visit(row, 0);
    visit(row, columns - 1);
  }
  for (let column = 0; column < columns; column++) {
    visit(0, column);
    visit(rows - 1, column);
  }
  let count = 0;
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    count++;
    const [row, column] = [Math.floor(place / columns), place % columns];
    visit(row - 1, column);
    visit(row + 1, column);
    visit(row, column - 1);
    visit(row, column + 1);
  }
  return count / (rows * columns);
}

function stepOf(height: number, width: number): number {
  return Math.ceil(Math.max(height, width) / MOST_ROWS);
}
