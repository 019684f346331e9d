/** The decoders of images, with small files of every kind to damage. */

import { assert } from "@std/assert";
import { encode } from "fast-png";
import { decodeImage } from "../../../src/faces/images/decode.ts";
import { crc32 } from "../../../src/formats/archives/crc32.ts";
import type { FuzzTarget } from "../../support/fuzz.ts";
import { encodeJpeg, gradient } from "./image_samples.ts";

const SIDE = 16;

async function readImage(bytes: Uint8Array, name: string): Promise<void> {
  const { width, height, data } = await decodeImage(bytes, name);
  assert(data.length === width * height * 3);
}

function pngFiles(): Uint8Array[] {
  const files: Uint8Array[] = [];
  for (const channels of [1, 2, 3, 4]) {
    for (const interlace of ["null", "Adam7"] as const) {
      for (const depth of [8, 16] as const) {
        const count = SIDE * SIDE * channels;
        const data = depth === 8 ? new Uint8Array(count) : new Uint16Array(count);
        data.forEach((_, i) => data[i] = i * 37);
        const image = { width: SIDE, height: SIDE, channels, depth, data };
        files.push(encode(image, { interlace }));
      }
    }
  }
  return files;
}

/** Writes the sums that a PNG file's chunks should have. */
function repairPng(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 12 <= bytes.length;) {
    const end = at + 12 + view.getUint32(at);
    if (end > bytes.length) return;
    view.setUint32(end - 4, crc32(bytes.subarray(at + 4, end - 4)));
    at = end;
  }
}

/** All of them. */
export const IMAGE_TARGETS: readonly FuzzTarget[] = [
  {
    name: "jpeg",
    file: "damaged.jpg",
    wholes: async () => [
      await encodeJpeg(gradient(SIDE, SIDE), SIDE, SIDE),
      await encodeJpeg(gradient(SIDE, SIDE), SIDE, SIDE, true),
    ],
    read: (bytes) => readImage(bytes, "damaged.jpg"),
  },
  {
    name: "png",
    file: "damaged.png",
    wholes: pngFiles,
    repair: repairPng,
    read: (bytes) => readImage(bytes, "damaged.png"),
  },
];
