/** Where parameters lie in flat buffers. */

import { align } from "../gpu/buffers.ts";

/** The place of a parameter. */
export interface FlatRange {
  /** Which buffer. */
  readonly index: number;
  /** First byte in it, a multiple of 256. */
  readonly offset: number;
  /** Bytes. */
  readonly bytes: number;
}

/** Places of all parameters, and the bytes of each buffer. */
export interface FlatLayout {
  /** In the order given. */
  readonly ranges: readonly FlatRange[];
  /** Bytes of each buffer. */
  readonly buffers: readonly number[];
}

/**
 * Lays parameters side by side in the order given, and begins another buffer where `limit` bytes would be
 * exceeded.
 *
 * @throws {Error} if two parameters have the same name.
 * @throws {RangeError} if a parameter exceeds the limit by itself.
 */
export function placeFlat(
  parameters: readonly { readonly name: string; readonly bytes: number }[],
  limit: number,
): FlatLayout {
  const buffers = [0];
  const names = new Set<string>();
  const ranges = parameters.map(({ name, bytes }) => {
    if (names.has(name)) throw new Error(`Two parameters are named ${name}.`);
    names.add(name);
    const size = align(bytes);
    if (size > limit) {
      throw new RangeError(
        `The parameter ${name} takes ${size} bytes, but a buffer of this adapter holds at most ${limit}; ` +
          `train with fewer identities or smaller images.`,
      );
    }
    if (buffers.at(-1)! + size > limit) buffers.push(0);
    const index = buffers.length - 1;
    const offset = buffers[index]!;
    buffers[index] = offset + size;
    return { index, offset, bytes };
  });
  return { ranges, buffers };
}
