/** The chunks of a PNG file (ISO 15948): header, palette and image data, checked before anything is unpacked. */

import { crc32 } from "../../formats/archives/crc32.ts";
import { ImageDecodeError, requireDecodableSize } from "./image.ts";

/** What a PNG file says of its samples. */
export interface PngHeader {
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Bits of a sample. */
  readonly depth: number;
  /** 0 grey, 2 colour, 3 palette, 4 grey with alpha, 6 colour with alpha. */
  readonly colourType: number;
  /** Whether the image comes in the seven passes of Adam7. */
  readonly interlaced: boolean;
}

/** What a PNG file holds. */
export interface PngChunks {
  /** The first chunk. */
  readonly header: PngHeader;
  /** Red, green and blue of each colour; empty without a palette. */
  readonly palette: Uint8Array;
  /** The pieces of the deflated samples, views of the file. */
  readonly data: readonly Uint8Array[];
  /** The first chunk that does not agree with its checksum. */
  readonly damagedAt: number | null;
}

const SIGNATURE_BYTES = 8;
/** Length, type and CRC. */
const FRAME_BYTES = 12;
const HEADER_BYTES = 13;

/**
 * Walks a file's chunks up to the last.
 *
 * @throws ImageDecodeError when the file is cut off, damaged, or needs what is not known here.
 */
export function readPngChunks(bytes: Uint8Array, name: string): PngChunks {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let header: PngHeader | null = null;
  let palette: Uint8Array = new Uint8Array();
  const data: Uint8Array[] = [];
  let damagedAt: number | null = null;
  for (let at = SIGNATURE_BYTES;;) {
    if (at + FRAME_BYTES > bytes.length) throw cutOff(name);
    const length = view.getUint32(at);
    const end = at + FRAME_BYTES + length;
    if (end > bytes.length) throw cutOff(name);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const content = bytes.subarray(at + 8, end - 4);
    if ((header === null) !== (type === "IHDR")) {
      throw new ImageDecodeError(`${name} is a damaged PNG file: it does not have one header.`);
    }
    if (type === "IHDR") header = readHeader(content, name);
    const isSound = crc32(bytes.subarray(at + 4, end - 4)) === view.getUint32(end - 4);
    if (!isSound) damagedAt ??= at;
    if (type === "PLTE") palette = content;
    else if (type === "IDAT") data.push(content);
    else if (type === "IEND") break;
    else if (type !== "IHDR" && isNeeded(type) && isSound) {
      throw new ImageDecodeError(
        `${name} is a PNG file with a chunk ${
          JSON.stringify(type)
        }, which is not known; save it anew.`,
      );
    }
    at = end;
  }
  return { header: header!, palette, data, damagedAt };
}

/** A PNG file that ends too early. */
export function cutOff(name: string): ImageDecodeError {
  return new ImageDecodeError(`${name} is a PNG file that is cut off before its end.`);
}

function readHeader(content: Uint8Array, name: string): PngHeader {
  if (content.length !== HEADER_BYTES) {
    throw new ImageDecodeError(`${name} is a damaged PNG file: its header has another length.`);
  }
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const [packing, filtering, interlacing] = content.subarray(10);
  if (packing !== 0 || filtering !== 0 || interlacing! > 1) {
    throw new ImageDecodeError(
      `${name} is a damaged PNG file: its header names methods that do not exist.`,
    );
  }
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  requireDecodableSize(name, width, height);
  return {
    width,
    height,
    depth: content[8]!,
    colourType: content[9]!,
    interlaced: interlacing === 1,
  };
}

/** A capital letter says that the image means nothing without the chunk. */
function isNeeded(type: string): boolean {
  return (type.charCodeAt(0) & 0x20) === 0;
}
