/**
 * The camera of the synthetic faces: turns the head, projects it, and aligns the crop by five landmarks as
 * a detector would. Points of the film are complex numbers, for which a similarity is one product and one sum.
 */

import type { FaceIdentity } from "./identity.ts";
import type { FaceNuisance } from "./nuisance.ts";

/** Height and width of a crop, in pixels. */
export interface CropSize {
  /** Rows. */
  readonly height: number;
  /** Columns. */
  readonly width: number;
}

/** A vector of head space or of the camera's. */
export type Vec3 = readonly [x: number, y: number, z: number];

/** A point of an image or of the film. */
export type Point = readonly [x: number, y: number];

/**
 * Where alignment puts left eye, right eye, nose, left and right corner of the mouth (as seen in the image)
 * in a crop 112 high and 96 wide, pixel centres at whole numbers.
 */
export const TEMPLATE: readonly Point[] = [
  [30.2946, 51.6963],
  [65.5318, 51.5014],
  [48.0252, 71.7366],
  [33.5493, 92.3655],
  [62.7299, 92.2041],
];

/** The rays of an image in head space: pixel (x, y) looks along `corner + x·right + y·down`. */
export interface Rays {
  /** Position of the camera. */
  readonly origin: Vec3;
  /** Direction through the centre of the first pixel; its length along the optical axis is 1. */
  readonly corner: Vec3;
  /** Change of direction from a pixel to the next in its row. */
  readonly right: Vec3;
  /** Change of direction from a row to the next. */
  readonly down: Vec3;
}

/** The template in an image of another size: the crop is scaled by its height about the middle. */
export function templateAt({ height, width }: CropSize): Point[] {
  const scale = height / 112;
  return TEMPLATE.map(([x, y]) => [
    (x + 0.5 - 48) * scale + width / 2 - 0.5,
    (y + 0.5) * scale - 0.5,
  ]);
}

/** Half width of the mouth, and height of the lips' border at its middle, under an expression. */
export function mouthOf(
  { mouth }: FaceIdentity,
  { smile, open }: FaceNuisance["expression"],
): { halfWidth: number; height: number } {
  return { halfWidth: mouth.width * (1 + 0.15 * smile), height: mouth.height - 0.04 * open };
}

/** The five landmarks in head space, on the surface of the face. */
export function landmarksInSpace(
  identity: FaceIdentity,
  { expression }: FaceNuisance,
): Vec3[] {
  const { eye, nose, jaw } = identity;
  const eyeDepth = 0.86 - eye.depth;
  const { halfWidth: half, height } = mouthOf(identity, expression);
  const corner = height + 0.08 * expression.smile; // a smile lifts the corners, see mouth_height
  // On the jaw's ellipsoid of the shader, which is centred at (0, -0.55, 0.1).
  const across = (half / jaw.width) ** 2 + ((corner + 0.55) / jaw.height) ** 2;
  const mouthDepth = 0.1 + jaw.depth * Math.sqrt(Math.max(0.1, 1 - across));
  return [
    [-eye.spacing, 0, eyeDepth],
    [eye.spacing, 0, eyeDepth],
    [0, -nose.length, nose.depth + nose.tip],
    [-half, corner, mouthDepth],
    [half, corner, mouthDepth],
  ];
}

/** The rays through an aligned crop of a face. */
export function raysOf(identity: FaceIdentity, nuisance: FaceNuisance, size: CropSize): Rays {
  const { pose, distance } = nuisance;
  const { turn, shift } = filmOf(identity, nuisance, size);
  const toHead = (v: Vec3) => rotateBack(v, pose);
  return {
    origin: toHead([0, 0, distance]),
    corner: toHead([shift[0], -shift[1], -1]),
    right: toHead([turn[0], -turn[1], 0]),
    down: toHead([-turn[1], -turn[0], 0]),
  };
}

/** The five landmarks as they fall into an aligned crop, in pixels. */
export function projectLandmarks(
  identity: FaceIdentity,
  nuisance: FaceNuisance,
  size: CropSize,
): Point[] {
  const { turn, shift } = filmOf(identity, nuisance, size);
  return landmarksInSpace(identity, nuisance).map((landmark) => {
    const [u, v] = project(landmark, nuisance);
    return divide([u - shift[0], v - shift[1]], turn);
  });
}

/** A vector of the camera's axes in the head's. */
export function rotateBack([x, y, z]: Vec3, { yaw, pitch, roll }: FaceNuisance["pose"]): Vec3 {
  const x1 = Math.cos(roll) * x + Math.sin(roll) * y;
  const y1 = -Math.sin(roll) * x + Math.cos(roll) * y;
  const y2 = Math.cos(pitch) * y1 + Math.sin(pitch) * z;
  const z2 = -Math.sin(pitch) * y1 + Math.cos(pitch) * z;
  return [Math.cos(yaw) * x1 - Math.sin(yaw) * z2, y2, Math.sin(yaw) * x1 + Math.cos(yaw) * z2];
}

/** The point of the film, y down, on which a point of the head falls. */
function project([x, y, z]: Vec3, { pose: { yaw, pitch, roll }, distance }: FaceNuisance): Point {
  const x1 = Math.cos(yaw) * x + Math.sin(yaw) * z;
  const z1 = -Math.sin(yaw) * x + Math.cos(yaw) * z;
  const y1 = Math.cos(pitch) * y - Math.sin(pitch) * z1;
  const z2 = Math.sin(pitch) * y + Math.cos(pitch) * z1;
  const x2 = Math.cos(roll) * x1 - Math.sin(roll) * y1;
  const y2 = Math.sin(roll) * x1 + Math.cos(roll) * y1;
  return [x2 / (distance - z2), -y2 / (distance - z2)];
}

/** The similarity `turn · pixel + shift` from pixels to the film. */
function filmOf(
  identity: FaceIdentity,
  nuisance: FaceNuisance,
  size: CropSize,
): { turn: Point; shift: Point } {
  const places = templateAt(size);
  const film = landmarksInSpace(identity, nuisance).map((point) => project(point, nuisance));
  const aligned = fitSimilarity(places, film);
  const { x, y, angle, scale } = nuisance.jitter;
  const pixel = size.height / 112;
  const middle: Point = [(size.width - 1) / 2, (size.height - 1) / 2];
  const wobble: Point = [scale * Math.cos(angle), scale * Math.sin(angle)];
  const moved = multiply(wobble, [-middle[0], -middle[1]]);
  const offset: Point = [middle[0] + moved[0] + x * pixel, middle[1] + moved[1] + y * pixel];
  const placed = multiply(aligned.turn, offset);
  return {
    turn: multiply(aligned.turn, wobble),
    shift: [aligned.shift[0] + placed[0], aligned.shift[1] + placed[1]],
  };
}

/** Least squares from the template to the source, as in the paper's preprocessing. */
function fitSimilarity(
  from: readonly Point[],
  to: readonly Point[],
): { turn: Point; shift: Point } {
  const a = centre(from);
  const b = centre(to);
  let real = 0, imaginary = 0, square = 0;
  from.forEach(([x, y], i) => {
    const dx = x - a[0], dy = y - a[1];
    const du = to[i]![0] - b[0], dv = to[i]![1] - b[1];
    real += dx * du + dy * dv;
    imaginary += dx * dv - dy * du;
    square += dx * dx + dy * dy;
  });
  const turn: Point = [real / square, imaginary / square];
  const moved = multiply(turn, a);
  return { turn, shift: [b[0] - moved[0], b[1] - moved[1]] };
}

function centre(points: readonly Point[]): Point {
  let x = 0, y = 0;
  for (const point of points) {
    x += point[0] / points.length;
    y += point[1] / points.length;
  }
  return [x, y];
}

function multiply([a, b]: Point, [c, d]: Point): Point {
  return [a * c - b * d, a * d + b * c];
}

function divide([a, b]: Point, [c, d]: Point): Point {
  const square = c * c + d * d;
  return [(a * c + b * d) / square, (b * c - a * d) / square];
}
