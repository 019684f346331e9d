import { decode, type DecodedPng } from "fast-png";
import { ImageDecodeError, requireDecodableSize, type RgbImage } from "./image.ts";

const GREY = 0;
const COLOUR = 2;
const PALETTE = 3;
/** Deflate packs at most this many bytes into one (RFC 1951: 258 bytes in 2 bits). */
const LARGEST_DEFLATE_RATIO = 1032;

interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colourType: number;
  readonly interlaced: boolean;
}

/**
 * Decodes a PNG file of any colour type and depth. Of 16-bit samples the high byte is kept, and
 * alpha is dropped, not composited: both as OpenCV and Pillow read colour, so that the same file
 * gives the same pixels here.
 *
 * @throws ImageDecodeError when the file is damaged or of a kind that isn't decoded.
 */
export function decodePng(bytes: Uint8Array, name: string): RgbImage {
  const header = readHeader(bytes, name);
  requireDecodableHeader(header, bytes.length, name);
  let png: DecodedPng;
  try {
    png = decode(bytes, { checkCrc: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ImageDecodeError(`${name} is a damaged or cut-off PNG file: ${reason}.`);
  }
  const data = header.colourType === PALETTE ? paletteToRgb(png, name) : samplesToRgb(png);
  return { height: png.height, width: png.width, data };
}

function readHeader(bytes: Uint8Array, name: string): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Signature, length and type of the first chunk, and its 13 bytes.
  if (bytes.length < 29 || view.getUint32(12) !== 0x49484452) {
    throw new ImageDecodeError(`${name} is a PNG file that is cut off or has no header.`);
  }
  return {
    width: view.getUint32(16),
    height: view.getUint32(20),
    depth: view.getUint8(24),
    colourType: view.getUint8(25),
    interlaced: view.getUint8(28) !== 0,
  };
}

function requireDecodableHeader(header: Header, fileBytes: number, name: string): void {
  const { width, height, depth, colourType } = header;
  const channels = [1, undefined, 3, 1, 2, undefined, 4][colourType];
  const depths = colourType === GREY ? [1, 2, 4, 8, 16] : colourType === PALETTE ? [1, 2, 4, 8] : [
    8,
    16,
  ];
  if (channels === undefined || !depths.includes(depth)) {
    throw new ImageDecodeError(
      `${name} is a damaged PNG file: there is no colour type ${colourType} of ${depth} bits.`,
    );
  }
  requireDecodableSize(name, width, height);
  if (header.interlaced && depth < 8) {
    throw new ImageDecodeError(
      `${name} is an interlaced PNG of ${depth} bits a sample; save it without interlacing.`,
    );
  }
  const imageBytes = Math.ceil((width * channels * depth) / 8) * height;
  if (imageBytes > fileBytes * LARGEST_DEFLATE_RATIO) {
    throw new ImageDecodeError(`${name} is a PNG file that is cut off before its end.`);
  }
}

function samplesToRgb(png: DecodedPng): Uint8Array<ArrayBuffer> {
  const { width, height, channels, depth } = png;
  const samples = depth < 8 ? unpackBits(png) : png.data;
  const colours = channels < COLOUR + 1 ? 1 : 3;
  // The high byte of 16 bits; fewer than 8 are stretched so that the largest value is white.
  const shift = depth === 16 ? 8 : 0;
  const scale = depth < 8 ? 255 / (2 ** depth - 1) : 1;
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < rgb.length; from += channels, to += 3) {
    rgb[to] = (samples[from]! >> shift) * scale;
    rgb[to + 1] = colours === 1 ? rgb[to]! : samples[from + 1]! >> shift;
    rgb[to + 2] = colours === 1 ? rgb[to]! : samples[from + 2]! >> shift;
  }
  return rgb;
}

function paletteToRgb(png: DecodedPng, name: string): Uint8Array<ArrayBuffer> {
  const palette = png.palette ?? [];
  const indices = png.depth < 8 ? unpackBits(png) : png.data;
  const rgb = new Uint8Array(png.width * png.height * 3);
  for (let pixel = 0; pixel < png.width * png.height; pixel++) {
    const colour = palette[indices[pixel]!];
    if (colour === undefined) {
      throw new ImageDecodeError(
        `${name} is a damaged PNG file: it uses colour ${indices[pixel]} of a palette of ` +
          `${palette.length}.`,
      );
    }
    rgb[pixel * 3] = colour[0]!;
    rgb[pixel * 3 + 1] = colour[1]!;
    rgb[pixel * 3 + 2] = colour[2]!;
  }
  return rgb;
}

/** One byte for each sample of rows that hold several in a byte, the first in the highest bits. */
function unpackBits({ width, height, depth, data }: DecodedPng): Uint8Array {
  const stride = Math.ceil((width * depth) / 8);
  const mask = 2 ** depth - 1;
  const samples = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      const byte = data[y * stride + (bit >> 3)]!;
      samples[y * width + x] = (byte >> (8 - depth - (bit & 7))) & mask;
    }
  }
  return samples;
}
