/** Which of the faces in a photo is meant. */

import type { FaceBox, Landmarks } from "../face.ts";

/** The rules; see {@linkcode chooseFaces}. */
export const FACE_CHOICES = ["centre", "largest", "all"] as const;

/** One of them. */
export type FaceChoice = (typeof FACE_CHOICES)[number];

/** A face of which the landmarks are known, and perhaps more. */
export interface KnownFace {
  /** Its five landmarks. */
  readonly landmarks: Landmarks;
  /** Where it is; its landmarks' bounds are taken where this is left out. */
  readonly box?: FaceBox;
  /** How sure the detector was, 0 to 1. */
  readonly confidence?: number;
}

/**
 * The faces of a photo that are meant: the one whose box has its centre nearest to the photo's, as in the
 * released preprocessing (`"centre"`), the one with the largest box (`"largest"`), or all of them. Of equals
 * the first.
 *
 * @param faces The faces that were found.
 * @param photo The photo's size.
 * @param choice The rule.
 * @returns None where there are none.
 *
 * @example
 * ```ts
 * import { chooseFaces, faceTemplate } from "@spheregrad/spheregrad";
 *
 * const landmarks = faceTemplate("112x112").points;
 * const aside = { landmarks, box: { x: 0, y: 0, width: 90, height: 110 } };
 * const central = { landmarks, box: { x: 300, y: 200, width: 40, height: 50 } };
 * const [chosen] = chooseFaces([aside, central], { width: 640, height: 480 });
 * console.assert(chosen === central);
 * ```
 */
export function chooseFaces<Face extends KnownFace>(
  faces: readonly Face[],
  photo: { readonly height: number; readonly width: number },
  choice: FaceChoice = "centre",
): Face[] {
  if (choice === "all" || faces.length === 0) return [...faces];
  const cost = choice === "largest"
    ? (box: FaceBox) => -box.width * box.height
    : (box: FaceBox) =>
      Math.hypot(
        box.x + (box.width - photo.width) / 2,
        box.y + (box.height - photo.height) / 2,
      );
  const costs = faces.map((face) => cost(face.box ?? boundsOf(face.landmarks)));
  return [faces[costs.indexOf(Math.min(...costs))]!];
}

function boundsOf(landmarks: Landmarks): FaceBox {
  const [xs, ys] = [landmarks.map(({ x }) => x), landmarks.map(({ y }) => y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}
