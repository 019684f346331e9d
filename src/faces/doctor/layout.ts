/** Where the faces of a set lie, and by how much they differ. */

import type { Landmarks, Point } from "../face.ts";
import type { Matrix2x3 } from "../align/matrix.ts";
import { similarityTransform } from "../align/similarity.ts";
import { faceTemplate } from "../align/template.ts";
import type { ExaminedImage } from "./examine.ts";

/** A face as a similarity transform of another. */
export interface Placement {
  /** How many times as large it is. */
  readonly scale: number;
  /** By how many degrees it is turned clockwise. */
  readonly angle: number;
  /** How far the middle of its landmarks lies to the right. */
  readonly dx: number;
  /** How far it lies down. */
  readonly dy: number;
}

/** Where the faces of a set lie; pixels are those of the template, 112×96. */
export interface AlignmentLayout {
  /** Number of faces. */
  readonly faces: number;
  /** The median face in the crop that a net would be given, as it lies to the template. */
  readonly placement: Placement;
  /** Distance of a landmark from its place in the template, root mean square over all faces. */
  readonly residual: number;
  /** The faces' sizes vary by so much around the median one, as a standard deviation. */
  readonly scaleSpread: number;
  /** Degrees by which their tilt varies. */
  readonly angleSpread: number;
  /** Pixels by which their places vary, once the median face has the template's size. */
  readonly placeSpread: number;
  /**
   * Height from eyes to mouth over the distance of the eyes, times height over width of the box. MTCNN finds 1.36
   * to 1.41 in faces whose proportions were kept.
   */
  readonly proportion: number;
}

const TEMPLATE = faceTemplate("112x96");

/** Eyes that are nearer to each other, in pixels of the template, are those of no face. */
const LEAST_DISTANCE = 0.5;

/**
 * Where the faces lie in the crops that a net is given: the largest centred part of each image that has the
 * proportions of 112×96, scaled to that.
 *
 * @param images Images, of which those without a face are passed over.
 * @returns Null where there is no face.
 */
export function alignmentLayout(images: readonly ExaminedImage[]): AlignmentLayout | null {
  const seen = images.filter(({ landmarks }) => landmarks !== null)
    .map((image) => ({ face: seenByNet(image), aspect: image.boxAspect ?? NaN }))
    .filter(({ face }) => distance(face[0]!, face[1]!) > LEAST_DISTANCE);
  const faces = seen.map(({ face }) => face);
  if (faces.length === 0) return null;
  const middle = medianFace(faces);
  const placement = placementOf(middle, TEMPLATE.points);
  const own = faces.map((face) => placementOf(face, middle));
  const squares = faces.flatMap((face) =>
    face.map(({ x, y }, i) => (x - TEMPLATE.points[i]!.x) ** 2 + (y - TEMPLATE.points[i]!.y) ** 2)
  );
  const place = Math.max(spread(own.map(({ dx }) => dx)), spread(own.map(({ dy }) => dy)));
  return {
    faces: faces.length,
    placement,
    residual: Math.sqrt(squares.reduce((sum, one) => sum + one, 0) / squares.length),
    scaleSpread: spread(own.map(({ scale }) => Math.log(scale))),
    angleSpread: spread(own.map(({ angle }) => angle)),
    placeSpread: place / placement.scale,
    proportion: median(seen.map(({ face, aspect }) => proportionOf(face) * aspect)),
  };
}

/** Landmarks in the crop of 112×96 that `fitCrop` makes of the image. */
function seenByNet({ height, width, landmarks }: ExaminedImage): Point[] {
  const scale = Math.max(TEMPLATE.height / height, TEMPLATE.width / width);
  const left = (width - TEMPLATE.width / scale) / 2;
  const top = (height - TEMPLATE.height / scale) / 2;
  // Pixels are areas: their centres lie half a pixel off their corners.
  return landmarks!.map(({ x, y }) => ({
    x: (x + 0.5 - left) * scale - 0.5,
    y: (y + 0.5 - top) * scale - 0.5,
  }));
}

/** How a face lies to another, by least squares over their landmarks. */
function placementOf(face: readonly Point[], reference: readonly Point[]): Placement {
  const matrix = toFace(reference, face);
  const [from, to] = [centreOf(reference), centreOf(face)];
  return {
    scale: Math.hypot(matrix[0], matrix[3]),
    angle: Math.atan2(matrix[3], matrix[0]) * 180 / Math.PI,
    dx: to.x - from.x,
    dy: to.y - from.y,
  };
}

/** A detector may give a face that is none, whose landmarks lie in no order that a face has. */
function toFace(reference: readonly Point[], face: readonly Point[]): Matrix2x3 {
  try {
    return similarityTransform(reference, face, "umeyama");
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [1e-3, 0, 0, 0, 1e-3, 0];
  }
}

function centreOf(points: readonly Point[]): Point {
  const sum = points.reduce((s, { x, y }) => ({ x: s.x + x, y: s.y + y }), { x: 0, y: 0 });
  return { x: sum.x / points.length, y: sum.y / points.length };
}

function proportionOf(points: readonly Point[]): number {
  const [leftEye, rightEye, , leftMouth, rightMouth] = points as unknown as Landmarks;
  const eyes = centreOf([leftEye, rightEye]);
  const mouth = centreOf([leftMouth, rightMouth]);
  return distance(mouth, eyes) / distance(leftEye, rightEye);
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function medianFace(faces: readonly (readonly Point[])[]): Point[] {
  return TEMPLATE.points.map((_, i) => ({
    x: median(faces.map((face) => face[i]!.x)),
    y: median(faces.map((face) => face[i]!.y)),
  }));
}

/** The middle one of numbers, or the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

/** Standard deviation as the median's distance tells it, whatever outliers do. */
function spread(values: readonly number[]): number {
  const middle = median(values);
  return 1.4826 * median(values.map((value) => Math.abs(value - middle)));
}
