/** The pyramid of MTCNN: the photo in ever smaller sizes, so that one window finds faces of all sizes. */

/** Side of the first net's window, in pixels of a level. */
export const WINDOW = 12;

/** Step of the first net's window, in pixels of a level. */
export const STRIDE = 2;

/** A size of the photo. */
export interface Level {
  /** Its share of the photo's size. */
  readonly scale: number;
  /** Rows. */
  readonly height: number;
  /** Columns. */
  readonly width: number;
}

/**
 * Levels from the one where a face of `minSize` fills the window, down to the last that holds a window; none
 * for a photo that is smaller than that face.
 *
 * @param height Rows of the photo.
 * @param width Columns of the photo.
 * @param minSize The smallest face, in pixels of the photo.
 * @param factor Scale of a level by that of the one before.
 */
export function pyramidLevels(
  height: number,
  width: number,
  minSize: number,
  factor: number,
): Level[] {
  const levels: Level[] = [];
  const first = WINDOW / minSize;
  let shorter = Math.min(height, width) * first;
  while (shorter >= WINDOW) {
    const scale = first * factor ** levels.length;
    levels.push({ scale, height: Math.ceil(height * scale), width: Math.ceil(width * scale) });
    shorter *= factor;
  }
  return levels;
}

/** Octaves (the photo, its half, its quarter, …) that are needed so that each level is less than twice as coarse. */
export function octavesOf(height: number, width: number): number {
  return 1 + Math.max(0, Math.floor(Math.log2(Math.min(height, width) / WINDOW)));
}

/**
 * Places of the window along an extent, as the nets give them: pooling rounds up, so that over an odd
 * extent the last window reaches a pixel too far.
 */
export function windowsAlong(extent: number): number {
  return Math.max(0, Math.ceil((extent - 2) / 2) - 4);
}

/** A part of a level that the first net takes at once. */
export interface Tile {
  /** First row, even. */
  readonly top: number;
  /** First column, even. */
  readonly left: number;
  /** Rows. */
  readonly height: number;
  /** Columns. */
  readonly width: number;
}

/**
 * Parts of a level whose windows are together those of the level, none of them twice.
 *
 * @param most The most windows of a part along each axis.
 */
export function tilesOf({ height, width }: Pick<Level, "height" | "width">, most: number): Tile[] {
  const down = parts(height, most);
  const right = parts(width, most);
  return down.flatMap(([top, rows]) =>
    right.map(([left, columns]) => ({ top, left, height: rows, width: columns }))
  );
}

function parts(extent: number, most: number): (readonly [first: number, extent: number])[] {
  const windows = windowsAlong(extent);
  const count = Math.ceil(windows / most);
  const each = Math.ceil(windows / count);
  return Array.from({ length: count }, (_, part) => {
    const first = STRIDE * part * each;
    const isLast = part === count - 1;
    return [first, isLast ? extent - first : STRIDE * (each - 1) + WINDOW] as const;
  });
}
