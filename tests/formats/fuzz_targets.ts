/** The readers of files that strangers give us, with files to damage for each. */

import { assert } from "@std/assert";
import { type Archive, safePath } from "../../src/formats/archives/archive.ts";
import { TarWriter, ZipWriter } from "../../src/formats/archives/writers.ts";
import { bytesSource } from "../../src/formats/byte_source.ts";
import { decodeNpy } from "../../src/formats/npy.ts";
import { NUMPY_GLOBALS } from "../../src/formats/pickle/numpy.ts";
import { unpickle } from "../../src/formats/pickle/pickle.ts";
import { openRecordSet } from "../../src/formats/records/set.ts";
import { RecordSetWriter } from "../../src/formats/records/set_writer.ts";
import { openTar } from "../../src/formats/archives/tar.ts";
import { decodeVerificationBin } from "../../src/formats/verification_bin.ts";
import { openZip } from "../../src/formats/archives/zip.ts";
import type { FuzzTarget } from "../support/fuzz.ts";
import { memorySink } from "../support/memory_sink.ts";
import { fromBase64, pythonFiles } from "./python_files.ts";

const decoded = (files: readonly string[]) => files.map(fromBase64);

/** Reads every image, with and without an index that fits. */
async function readRecords(bytes: Uint8Array): Promise<void> {
  const source = bytesSource(bytes, "damaged.rec");
  const { index } = await recordFile();
  let failure: unknown = null;
  for (const given of [null, { text: index, name: "damaged.rec's index" }]) {
    try {
      const set = await openRecordSet(source, given);
      for (let i = 0; i < set.labels.length; i++) {
        assert((await set.image(i)).length <= bytes.length);
      }
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes("damaged.rec")) throw error;
      failure = error;
    }
  }
  if (failure !== null) throw failure;
}

let written: Promise<{ bytes: Uint8Array<ArrayBuffer>; index: string }> | null = null;

function recordFile(): Promise<{ bytes: Uint8Array<ArrayBuffer>; index: string }> {
  written ??= (async () => {
    const sink = memorySink();
    const writer = new RecordSetWriter(sink);
    for (let i = 0; i < 8; i++) {
      const image = Uint8Array.from({ length: 20 + i }, (_, k) => k * i);
      // A record that is split in three.
      if (i === 3) image.set([0x0a, 0x23, 0xd7, 0xce, 0x0a, 0x23, 0xd7, 0xce], 8);
      await writer.add(i >> 1, image, `${i >> 1}/${i}.jpg`);
    }
    const { index } = await writer.finish();
    return { bytes: sink.bytes(), index };
  })();
  return written;
}

/** Unpacks every file, and finds no path that leads out of a folder. */
async function readArchive(archive: Archive): Promise<void> {
  let failure: unknown = null;
  for (const [i, { path, size }] of archive.entries.entries()) {
    const safe = safePath(path);
    assert("path" in safe && safe.path === path, path);
    try {
      assert((await archive.read(i)).length === size);
    } catch (error) {
      failure = error;
    }
  }
  if (failure !== null) throw failure;
}

async function archiveOf(writer: typeof ZipWriter | typeof TarWriter): Promise<Uint8Array> {
  const sink = memorySink();
  const archive = new writer(sink);
  for (const path of ["a/1.jpg", "b/ü.png"]) {
    await archive.add(path, new TextEncoder().encode(path));
  }
  await archive.finish();
  return sink.bytes();
}

/** Writes the sums that tar's headers should have at every multiple of 512 bytes. */
function repairTar(bytes: Uint8Array): void {
  for (let at = 0; at + 512 <= bytes.length; at += 512) {
    const block = bytes.subarray(at, at + 512);
    if (String.fromCharCode(...block.subarray(257, 262)) !== "ustar") continue;
    block.fill(0x20, 148, 156);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  }
}

/** All of them. */
export const FORMAT_TARGETS: readonly FuzzTarget[] = [
  {
    name: "rec",
    file: "damaged.rec",
    wholes: async () => [(await recordFile()).bytes],
    read: readRecords,
  },
  {
    name: "bin",
    file: "damaged.bin",
    wholes: () =>
      decoded([...pythonFiles.bins, ...pythonFiles.array_bins, pythonFiles.numpy_flags]),
    read: (bytes) => {
      const { images, same } = decodeVerificationBin(bytes, "damaged.bin");
      assert(images.length === 2 * same.length);
    },
  },
  {
    name: "pickle",
    file: "damaged.pkl",
    wholes: () => decoded([...pythonFiles.pickles, ...pythonFiles.shell]),
    read: (bytes) => void unpickle(bytes, "damaged.pkl", { globals: NUMPY_GLOBALS }),
  },
  {
    name: "npy",
    file: "damaged.npy",
    wholes: () =>
      decoded([
        ...Object.values(pythonFiles.npy),
        pythonFiles.object_npy,
        pythonFiles.objects_npy,
        pythonFiles.object_npy,
      ]),
    read: (bytes) => {
      const { data, shape } = decodeNpy(bytes, "damaged.npy");
      assert(data.length === shape.reduce((count, extent) => count * extent, 1));
    },
  },
  {
    name: "zip",
    file: "damaged.zip",
    wholes: async () => [
      ...decoded(Object.values(pythonFiles.zips)),
      await archiveOf(ZipWriter),
    ],
    read: async (bytes) => await readArchive(await openZip(bytesSource(bytes, "damaged.zip"))),
  },
  {
    name: "tar",
    file: "damaged.tar",
    wholes: async () => [
      ...decoded(Object.values(pythonFiles.tars)),
      await archiveOf(TarWriter),
    ],
    repair: repairTar,
    read: async (bytes) => await readArchive(await openTar(bytesSource(bytes, "damaged.tar"))),
  },
];
