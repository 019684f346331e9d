/** What MTCNN is told beside the photo. */

/** Options of a detection. */
export interface MtcnnOptions {
  /**
   * What a candidate must score above to pass the first, the second and the third net, each from 0 to 1;
   * `[0.6, 0.7, 0.9]` if left out, as in SphereFace's preprocessing.
   */
  readonly thresholds?: readonly [number, number, number] | undefined;
  /** The smallest face to look for, in pixels of the photo; 20 if left out. */
  readonly minSize?: number | undefined;
  /** How much smaller each level of the pyramid is than the one before; 0.85 if left out. */
  readonly factor?: number | undefined;
  /**
   * Whether landmarks are the mean of those found in the face and in its mirror image, as in SphereFace's
   * preprocessing; false if left out. It takes another pass of the last net over the faces found.
   */
  readonly mirror?: boolean | undefined;
}

/** Options without gaps. */
export interface MtcnnSettings {
  /** What a candidate must score above to pass each net. */
  readonly thresholds: readonly [number, number, number];
  /** The smallest face to look for. */
  readonly minSize: number;
  /** Scale of a level by that of the one before. */
  readonly factor: number;
  /** Whether landmarks are averaged with those of the mirrored face. */
  readonly mirror: boolean;
}

/** Smaller faces than the first net's window would mean a photo that is blown up without end. */
const LEAST_SIZE = 4;

/** More levels than this factor gives tell nothing new. */
const MOST_FACTOR = 0.99;

const DEFAULTS: MtcnnSettings = {
  thresholds: [0.6, 0.7, 0.9],
  minSize: 20,
  factor: 0.85,
  mirror: false,
};

/**
 * Fills gaps with the defaults, or with settings of before.
 *
 * @throws {TypeError} if there are not three thresholds.
 * @throws {RangeError} for a value that makes no sense.
 */
export function mtcnnSettings(
  options: MtcnnOptions = {},
  before: MtcnnSettings = DEFAULTS,
): MtcnnSettings {
  const {
    thresholds = before.thresholds,
    minSize = before.minSize,
    factor = before.factor,
    mirror = before.mirror,
  } = options;
  if (thresholds.length !== 3) {
    throw new TypeError(
      `MTCNN takes three thresholds, one for each net, not ${JSON.stringify(thresholds)}.`,
    );
  }
  for (const threshold of thresholds) {
    if (!(threshold >= 0 && threshold < 1)) {
      throw new RangeError(
        `A threshold is what a probability must exceed, from 0 to below 1, not ${threshold}.`,
      );
    }
  }
  if (!(minSize >= LEAST_SIZE && Number.isFinite(minSize))) {
    throw new RangeError(
      `The smallest face to look for is given in pixels, at least ${LEAST_SIZE}, not ${minSize}.`,
    );
  }
  if (!(factor > 0 && factor <= MOST_FACTOR)) {
    throw new RangeError(
      `The pyramid's factor lies above 0 and is at most ${MOST_FACTOR}, not ${factor}.`,
    );
  }
  return { thresholds, minSize, factor, mirror };
}
