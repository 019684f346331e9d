/** Rows of a PNG image, from the deflated samples one after another, so that only one is held at a time. */

import { inflating } from "../../formats/archives/inflate.ts";
import { ImageDecodeError } from "./image.ts";

/** Takes a row's samples, packed as in the file. */
export type TakeRow = (row: Uint8Array, y: number, pass: PngPass) => void;

/** Pixels that stand in the file together: all of them, or one of the seven passes of Adam7. */
export interface PngPass {
  /** The first column and how far the next is. */
  readonly x: readonly [first: number, step: number];
  /** The first row and how far the next is. */
  readonly y: readonly [first: number, step: number];
}

const WHOLE: readonly PngPass[] = [{ x: [0, 1], y: [0, 1] }];
const ADAM7: readonly PngPass[] = [
  { x: [0, 8], y: [0, 8] },
  { x: [4, 8], y: [0, 8] },
  { x: [0, 4], y: [4, 8] },
  { x: [2, 4], y: [0, 4] },
  { x: [0, 2], y: [2, 4] },
  { x: [1, 2], y: [0, 2] },
  { x: [0, 1], y: [1, 2] },
];

/** The shape of the rows. */
export interface PngRows {
  /** Columns of the image. */
  readonly width: number;
  /** Rows of the image. */
  readonly height: number;
  /** Bits of a pixel. */
  readonly pixelBits: number;
  /** Whether Adam7's passes follow one another. */
  readonly interlaced: boolean;
}

/**
 * Unpacks all rows and undoes their filters. What follows the last row is not looked at.
 *
 * @param data The pieces of the zlib stream.
 * @param shape The rows' shape.
 * @param take Called for each row, which is valid until it returns.
 * @returns What is wrong with the samples, or null.
 */
export async function readPngRows(
  data: readonly Uint8Array[],
  shape: PngRows,
  take: TakeRow,
): Promise<string | null> {
  const reader = inflating(data, "deflate").getReader();
  let piece: Uint8Array = new Uint8Array();
  const pixelBytes = Math.max(1, shape.pixelBits >> 3);
  try {
    for (const pass of shape.interlaced ? ADAM7 : WHOLE) {
      const columns = count(shape.width, pass.x);
      if (columns === 0) continue;
      const length = Math.ceil((columns * shape.pixelBits) / 8);
      let [row, above] = [new Uint8Array(1 + length), new Uint8Array(1 + length)];
      for (let y = pass.y[0]; y < shape.height; y += pass.y[1]) {
        for (let filled = 0; filled < row.length;) {
          if (piece.length === 0) {
            const { done, value } = await reader.read();
            if (done) return "samples are missing";
            piece = value;
          }
          const taken = Math.min(piece.length, row.length - filled);
          row.set(piece.subarray(0, taken), filled);
          piece = piece.subarray(taken);
          filled += taken;
        }
        if (!undoFilter(row, above, pixelBytes)) return `there is no filter ${row[0]}`;
        take(row.subarray(1), y, pass);
        [row, above] = [above, row];
      }
    }
    return null;
  } catch (error) {
    // What `take` says of a row is for the caller.
    if (error instanceof ImageDecodeError) throw error;
    return "its samples cannot be unpacked";
  } finally {
    reader.cancel().catch(() => {});
  }
}

function count(extent: number, [first, step]: readonly [number, number]): number {
  return Math.max(0, Math.ceil((extent - first) / step));
}

/** Turns differences into samples, in place; the first byte names the filter. */
function undoFilter(row: Uint8Array, above: Uint8Array, pixelBytes: number): boolean {
  const end = row.length;
  const first = Math.min(1 + pixelBytes, end);
  switch (row[0]) {
    case 0:
      return true;
    case 1:
      for (let i = first; i < end; i++) row[i] = row[i]! + row[i - pixelBytes]!;
      return true;
    case 2:
      for (let i = 1; i < end; i++) row[i] = row[i]! + above[i]!;
      return true;
    case 3:
      for (let i = 1; i < first; i++) row[i] = row[i]! + (above[i]! >> 1);
      for (let i = first; i < end; i++) {
        row[i] = row[i]! + ((row[i - pixelBytes]! + above[i]!) >> 1);
      }
      return true;
    case 4:
      for (let i = 1; i < first; i++) row[i] = row[i]! + above[i]!;
      for (let i = first; i < end; i++) {
        row[i] = row[i]! + paeth(row[i - pixelBytes]!, above[i]!, above[i - pixelBytes]!);
      }
      return true;
    default:
      return false;
  }
}

/** The one of left, upper and upper left that is nearest to left + upper - upper left. */
function paeth(left: number, upper: number, corner: number): number {
  const toLeft = Math.abs(upper - corner);
  const toUpper = Math.abs(left - corner);
  const toCorner = Math.abs(left + upper - 2 * corner);
  if (toLeft <= toUpper && toLeft <= toCorner) return left;
  return toUpper <= toCorner ? upper : corner;
}
