import { ImageDecodeError, requireDecodableSize, requireDecodingMemory } from "./image.ts";

/** One colour component of a frame. */
interface Component {
  readonly horizontal: number;
  readonly vertical: number;
}

interface Frame {
  readonly marker: number;
  readonly precision: number;
  readonly height: number;
  readonly width: number;
  readonly components: readonly Component[];
}

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
/** Only progressive files are decoded scan by scan, all coefficients being held. */
const PROGRESSIVE = 0xc2;
const COEFFICIENT_BYTES = 2;
/** RGBA in the decoder's memory, and a copy of it. */
const PIXEL_BYTES = 8;
const BLOCK_SAMPLES = 64;
/** A scan may say of a whole image in a few bytes that nothing changes. */
const MAX_SCANNED_SAMPLES = 3e9;
/** The last of baseline, extended and progressive DCT with Huffman codes (ITU-T T.81, table B.1). */
const LAST_HUFFMAN_DCT = 0xc2;

/**
 * Walks the segments of a JPEG file (ITU-T T.81, annex B) and refuses what a decoder would get wrong
 * without a word: libjpeg fills what a truncated file lacks with grey and allocates whatever size a
 * header claims.
 *
 * @throws ImageDecodeError when the file is cut off, holds no image, or is of a kind or a size that
 * is not decoded here.
 */
export function requireDecodableJpeg(bytes: Uint8Array, name: string): void {
  let frame: Frame | null = null;
  let scans = 0;
  let at = 2; // Behind SOI.
  while (true) {
    at = bytes.indexOf(0xff, at);
    while (at >= 0 && bytes[at] === 0xff) at++;
    const marker = at < 0 ? undefined : bytes[at];
    if (marker === undefined) throw cutOff(name);
    at++;
    if (marker === EOI) break;
    if (!hasLength(marker)) continue;
    const length = readUint16(bytes, at);
    if (length === undefined || at + length > bytes.length) throw cutOff(name);
    if (isFrame(marker) && frame === null) {
      frame = readFrame(bytes.subarray(at, at + length), marker, name);
      requireDecodableFrame(frame, bytes.length, name);
    }
    at += Math.max(length, 2);
    if (marker === SOS) {
      scans++;
      at = skipEntropyCoded(bytes, at);
    }
  }
  if (frame === null || scans === 0) {
    throw new ImageDecodeError(`${name} is a JPEG file without an image in it.`);
  }
  if (scans * blockCount(frame) * BLOCK_SAMPLES > MAX_SCANNED_SAMPLES) {
    throw new ImageDecodeError(
      `${name} is a JPEG of ${scans} scans, which would take too long: save it anew.`,
    );
  }
}

function requireDecodableFrame(frame: Frame, fileBytes: number, name: string): void {
  const { width, height, precision, components, marker } = frame;
  if (precision !== 8) {
    throw new ImageDecodeError(
      `${name} is a JPEG of ${precision} bits a sample; save it with 8 bits a sample.`,
    );
  }
  if (components.length !== 1 && components.length !== 3) {
    throw new ImageDecodeError(
      `${name} is a JPEG of ${components.length} components` +
        `${components.length === 4 ? " (CMYK)" : ""}; save it as RGB or grey.`,
    );
  }
  requireDecodableSize(name, width, height);
  // Each 8 x 8 block takes one bit at the least, so that a small file cannot be a large image.
  const blocks = blockCount(frame);
  if (marker <= LAST_HUFFMAN_DCT && blocks > fileBytes * 8) throw cutOff(name);
  const coefficients = marker >= PROGRESSIVE ? blocks * BLOCK_SAMPLES * COEFFICIENT_BYTES : 0;
  requireDecodingMemory(name, frame, width * height * PIXEL_BYTES + coefficients);
}

function blockCount({ width, height, components }: Frame): number {
  const horizontalMax = Math.max(...components.map((c) => c.horizontal));
  const verticalMax = Math.max(...components.map((c) => c.vertical));
  let blocks = 0;
  for (const { horizontal, vertical } of components) {
    const columns = Math.ceil((width * horizontal) / (8 * horizontalMax));
    const rows = Math.ceil((height * vertical) / (8 * verticalMax));
    blocks += columns * rows;
  }
  return blocks;
}

function readFrame(segment: Uint8Array, marker: number, name: string): Frame {
  const count = segment[7] ?? 0;
  if (segment.length < 8 + 3 * count) {
    throw new ImageDecodeError(`${name} has a damaged JPEG frame header.`);
  }
  const components: Component[] = [];
  for (let i = 0; i < count; i++) {
    const sampling = segment[9 + 3 * i]!;
    const component = { horizontal: sampling >> 4, vertical: sampling & 15 };
    if (!isSampling(component.horizontal) || !isSampling(component.vertical)) {
      throw new ImageDecodeError(`${name} has a damaged JPEG frame header.`);
    }
    components.push(component);
  }
  return {
    marker,
    precision: segment[2]!,
    height: readUint16(segment, 3)!,
    width: readUint16(segment, 5)!,
    components,
  };
}

function isSampling(factor: number): boolean {
  return factor >= 1 && factor <= 4;
}

/** The position of the marker that ends the entropy-coded data, or the end of the bytes. */
function skipEntropyCoded(bytes: Uint8Array, from: number): number {
  let at = from;
  while (true) {
    at = bytes.indexOf(0xff, at);
    const next = at < 0 ? undefined : bytes[at + 1];
    if (next === undefined) return bytes.length;
    if (next === 0xff) at++;
    else if (next === 0 || isRestart(next)) at += 2;
    else return at;
  }
}

function isRestart(marker: number): boolean {
  return marker >= 0xd0 && marker <= 0xd7;
}

function hasLength(marker: number): boolean {
  return marker > 0x01 && marker !== SOI && !isRestart(marker);
}

/** SOF0 to SOF15, without DHT, JPG and DAC, which lie between them. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

function readUint16(bytes: Uint8Array, at: number): number | undefined {
  const low = bytes[at + 1];
  return low === undefined ? undefined : (bytes[at]! << 8) | low;
}

function cutOff(name: string): ImageDecodeError {
  return new ImageDecodeError(`${name} is a JPEG file that is cut off before its end.`);
}
