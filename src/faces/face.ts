/**
 * What a detector says of a face, and what an aligner needs to know of it. Coordinates are pixels of the
 * photo: x to the right, y down, and the centre of the top left pixel is (0, 0).
 */

/** A place in a photo, in pixels. */
export interface Point {
  /** To the right. */
  readonly x: number;
  /** Down. */
  readonly y: number;
}

/**
 * The left eye, the right eye, the tip of the nose, the left and the right corner of the mouth, where left
 * is the left of the picture.
 */
export type Landmarks = readonly [Point, Point, Point, Point, Point];

/** A rectangle in a photo, in pixels; it may reach over the photo's border. */
export interface FaceBox {
  /** Its left border. */
  readonly x: number;
  /** Its upper border. */
  readonly y: number;
  /** Its extent to the right. */
  readonly width: number;
  /** Its extent downwards. */
  readonly height: number;
}

/** A face that was found in a photo. */
export interface DetectedFace {
  /** Where it is. */
  readonly box: FaceBox;
  /** How sure the detector is, 0 to 1. */
  readonly confidence: number;
  /** Its five landmarks. */
  readonly landmarks: Landmarks;
}
