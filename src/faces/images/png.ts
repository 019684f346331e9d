import { LARGEST_DEFLATE_RATIO } from "../../formats/archives/inflate.ts";
import { ImageDecodeError, type RgbImage } from "./image.ts";
import { cutOff, type PngHeader, readPngChunks } from "./png_chunks.ts";
import { type PngPass, readPngRows } from "./png_rows.ts";

const GREY = 0;
const COLOUR = 2;
const PALETTE = 3;
/** Samples of a pixel by colour type. */
const CHANNELS: readonly (number | undefined)[] = [1, undefined, 3, 1, 2, undefined, 4];

/**
 * Decodes a PNG file of any colour type and depth. Of 16-bit samples the high byte is kept, and
 * alpha is dropped, not composited: both as OpenCV and Pillow read colour, so that the same file
 * gives the same pixels here.
 *
 * Own code, not a library's: a file may unpack to any size, and this holds no more than the image
 * itself and one row.
 *
 * @throws ImageDecodeError when the file is damaged or of a kind that isn't decoded.
 */
export async function decodePng(bytes: Uint8Array, name: string): Promise<RgbImage> {
  const { header, palette, data, damagedAt } = readPngChunks(bytes, name);
  const { width, height, colourType } = header;
  const pixelBits = requireDecodableHeader(header, data, name);
  if (damagedAt !== null) {
    throw new ImageDecodeError(
      `${name} is a damaged PNG file: its chunk at byte ${damagedAt} fails its checksum.`,
    );
  }
  if (colourType === PALETTE && (palette.length === 0 || palette.length % 3 !== 0)) {
    throw new ImageDecodeError(`${name} is a damaged PNG file: it has no palette.`);
  }
  const rgb = new Uint8Array(width * height * 3);
  const write = colourType === PALETTE
    ? paletteWriter(header, palette, rgb, name)
    : sampleWriter(header, rgb);
  const problem = await readPngRows(data, { ...header, pixelBits }, write);
  if (problem !== null) {
    throw new ImageDecodeError(`${name} is a damaged or cut-off PNG file: ${problem}.`);
  }
  return { height, width, data: rgb };
}

/** The bits of a pixel. */
function requireDecodableHeader(
  { width, height, depth, colourType }: PngHeader,
  data: readonly Uint8Array[],
  name: string,
): number {
  const channels = CHANNELS[colourType];
  const depths = colourType === GREY
    ? [1, 2, 4, 8, 16]
    : colourType === PALETTE
    ? [1, 2, 4, 8]
    : [8, 16];
  if (channels === undefined || !depths.includes(depth)) {
    throw new ImageDecodeError(
      `${name} is a damaged PNG file: there is no colour type ${colourType} of ${depth} bits.`,
    );
  }
  const packed = data.reduce((sum, { length }) => sum + length, 0);
  const imageBytes = Math.ceil((width * channels * depth) / 8) * height;
  if (imageBytes > packed * LARGEST_DEFLATE_RATIO) throw cutOff(name);
  return channels * depth;
}

type WriteRow = (row: Uint8Array, y: number, pass: PngPass) => void;

function sampleWriter(
  { width, depth, colourType }: PngHeader,
  rgb: Uint8Array,
): WriteRow {
  const colours = (colourType & COLOUR) === 0 ? 1 : 3;
  // The high byte of 16 bits; fewer than 8 are stretched so that the largest value is white.
  const sampleBytes = depth === 16 ? 2 : 1;
  const step = CHANNELS[colourType]! * sampleBytes;
  const scale = depth < 8 ? 255 / (2 ** depth - 1) : 1;
  return (row, y, { x: [first, columns] }) => {
    const samples = depth < 8 ? unpackBits(row, depth) : row;
    const [green, blue] = colours === 1 ? [0, 0] : [sampleBytes, 2 * sampleBytes];
    for (let x = first, from = 0; x < width; x += columns, from += step) {
      const to = (y * width + x) * 3;
      rgb[to] = samples[from]! * scale;
      rgb[to + 1] = samples[from + green]! * scale;
      rgb[to + 2] = samples[from + blue]! * scale;
    }
  };
}

function paletteWriter(
  { width, depth }: PngHeader,
  palette: Uint8Array,
  rgb: Uint8Array,
  name: string,
): WriteRow {
  return (row, y, { x: [first, columns] }) => {
    const indices = depth < 8 ? unpackBits(row, depth) : row;
    for (let x = first, from = 0; x < width; x += columns, from++) {
      const colour = indices[from]! * 3;
      if (colour >= palette.length) {
        throw new ImageDecodeError(
          `${name} is a damaged PNG file: it uses colour ${indices[from]} of a palette of ` +
            `${palette.length / 3}.`,
        );
      }
      rgb.set(palette.subarray(colour, colour + 3), (y * width + x) * 3);
    }
  };
}

/** One byte for each sample of a row that holds several in a byte, the first in the highest bits. */
function unpackBits(row: Uint8Array, depth: number): Uint8Array {
  const perByte = 8 / depth;
  const mask = 2 ** depth - 1;
  const samples = new Uint8Array(row.length * perByte);
  for (let i = 0; i < samples.length; i++) {
    const shift = 8 - depth * (1 + i % perByte);
    samples[i] = (row[Math.floor(i / perByte)]! >> shift) & mask;
  }
  return samples;
}
