/**
 * Faces without number that nobody has: an identity and its images are pure functions of a seed and two
 * integers. This file decides what an image shows; `renderer.ts` draws it.
 */

import { Random } from "../../random.ts";
import { type CropSize, type Point, projectLandmarks } from "./camera.ts";
import { drawIdentity, type FaceIdentity } from "./identity.ts";
import { drawNuisance, type FaceNuisance, NEUTRAL } from "./nuisance.ts";

/** All that determines an image of a synthetic face. */
export interface FaceParameters {
  /** Whose face it is. */
  readonly identity: FaceIdentity;
  /** Pose, light, expression and all else that differs between images of one person. */
  readonly nuisance: FaceNuisance;
}

/** Which synthetic image. */
export interface FaceKey {
  /** Determines the whole set; any safe integer. */
  readonly seed: number;
  /** The person; any safe integer. */
  readonly identity: number;
  /** The image of that person; any safe integer. Left out, a frontal and neutral image, evenly lit. */
  readonly sample?: number;
}

/**
 * The face of an identity in one of its images; the same for the same numbers, always.
 *
 * @param key Seed of the set, number of the identity, number of the image.
 * @throws RangeError when one of the numbers isn't a safe integer.
 *
 * @example
 * ```ts
 * import { faceParameters } from "@spheregrad/spheregrad";
 *
 * const one = faceParameters({ seed: 1, identity: 12, sample: 0 });
 * const other = faceParameters({ seed: 1, identity: 12, sample: 1 });
 * console.assert(one.identity.eye.tilt === other.identity.eye.tilt);
 * console.assert(one.nuisance.pose.yaw !== other.nuisance.pose.yaw);
 * ```
 */
export function faceParameters({ seed, identity, sample }: FaceKey): FaceParameters {
  const person = new Random(seed).fork(identity);
  return {
    identity: drawIdentity(person.fork(0)),
    nuisance: sample === undefined ? NEUTRAL : drawNuisance(person.fork(1).fork(sample)),
  };
}

/**
 * Where a face's landmarks lie in its image: left eye, right eye, tip of the nose, left and right corner
 * of the mouth, left and right as seen in the image. A landmark that the head hides is projected all the same.
 *
 * @param face The face.
 * @param size Height and width of the image.
 * @returns Five points `[x, y]` in pixels, pixel centres at whole numbers.
 */
export function landmarks(face: FaceParameters, size: CropSize): readonly Point[] {
  return projectLandmarks(face.identity, face.nuisance, size);
}
