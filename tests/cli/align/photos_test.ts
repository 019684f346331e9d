import { assert, assertEquals, assertRejects } from "@std/assert";
import { alignPhotos, type FaceDetector, type Photo } from "../../../src/cli/align/photos.ts";
import type { CropSink, PhotoResult } from "../../../src/cli/align/crop_writer.ts";
import { PhotoPool } from "../../../src/cli/align/photo_pool.ts";
import type { KnownFace } from "../../../src/faces/align/choose_face.ts";
import { encodePng } from "../../../src/faces/images/encode_png.ts";
import type { LandmarkList } from "../../../src/faces/align/landmark_lists.ts";
import { faceTemplate } from "../../../src/faces/align/template.ts";
import { gradient } from "../../faces/images/image_samples.ts";
import { gpu } from "../../support/gpu.ts";

const FACE: KnownFace = { landmarks: faceTemplate().points };
const OPTIONS = {
  align: {},
  choice: "all",
  encoding: { format: "png", quality: 75 },
} as const;

/** Photos by number, each of another width. */
function photos(count: number, broken: readonly number[] = []): Photo[] {
  return Array.from({ length: count }, (_, i) => {
    const bytes = broken.includes(i)
      ? new Uint8Array(9)
      : encodePng(gradient(120, 100 + i), 120, 100 + i);
    return { name: `${i}`, source: () => Promise.resolve({ name: `${i}`, bytes }) };
  });
}

/** A sink in memory, which refuses one of the files. */
class MemorySink implements CropSink {
  readonly files = new Set<string>();
  readonly results = new Map<string, PhotoResult>();
  constructor(readonly refused = "") {}

  filesOf(photo: string, crops: number): string[] {
    return Array.from({ length: crops }, (_, i) => `${photo}-${i}`);
  }

  write(file: string): Promise<void> {
    if (file === this.refused) return Promise.reject(new Error("the disk is full"));
    this.files.add(file);
    return Promise.resolve();
  }

  done(result: PhotoResult): Promise<void> {
    for (const file of result.crops) assert(this.files.has(file), `${file} is not written yet`);
    this.results.set(result.name, result);
    return Promise.resolve();
  }
}

/** Finds as many faces as a photo is wider than 100, and fails at some widths. */
function detector(refused: number[] = [], failing: number[] = []): FaceDetector {
  return {
    async detect({ width }) {
      await new Promise((resolve) => setTimeout(resolve, (width * 7) % 5));
      if (refused.includes(width - 100)) throw new RangeError("no room for it");
      if (failing.includes(width - 100)) throw new Error("the GPU is gone");
      return Array.from({ length: (width - 100) % 4 }, () => FACE);
    },
  };
}

Deno.test("alignPhotos() writes every crop of every photo, and tells of each", async () => {
  using pool = new PhotoPool(2);
  const sink = new MemorySink();
  const options = { ...OPTIONS, faces: detector([7]) };
  await alignPhotos(photos(30, [5, 6]), gpu, pool, options, sink);
  assertEquals(sink.results.size, 30);
  for (let i = 0; i < 30; i++) {
    const { crops, faces, problem } = sink.results.get(`${i}`)!;
    const found = i >= 5 && i <= 7 ? 0 : i % 4;
    assertEquals(crops, Array.from({ length: found }, (_, k) => `${i}-${k}`), `${i}`);
    assertEquals(faces === null, i >= 5 && i <= 7);
    assertEquals(problem === undefined, found > 0, problem);
  }
  assertEquals(sink.results.get("7")!.problem, "no room for it");
  assertEquals(sink.results.get("8")!.problem, "no face was found in it");
});

Deno.test("alignPhotos() ends with the GPU's failure, and with that of a write", async () => {
  using pool = new PhotoPool(1);
  const failing = { ...OPTIONS, faces: detector([], [9]) };
  const sink = new MemorySink();
  await assertRejects(() => alignPhotos(photos(12), gpu, pool, failing, sink), Error, "is gone");
  const list: LandmarkList = new Map(photos(80).map(({ name }) => [name, [FACE]]));
  const full = new MemorySink("3-0");
  const write = () => alignPhotos(photos(80), gpu, pool, { ...OPTIONS, faces: list }, full);
  await assertRejects(write, Error, "the disk is full");
  assert(!full.results.has("3"));
});

Deno.test("alignPhotos() finishes what it has begun when it is interrupted, and no more", async () => {
  using pool = new PhotoPool(1);
  const list: LandmarkList = new Map(photos(40).map(({ name }) => [name, [FACE]]));
  const sink = new MemorySink();
  const interruption = {
    get asked() {
      return sink.files.size > 0;
    },
  };
  const options = { ...OPTIONS, faces: list };
  await alignPhotos(photos(40), gpu, pool, options, sink, interruption);
  assert(sink.results.size > 0 && sink.results.size < 40, `${sink.results.size}`);
  assertEquals(sink.files.size, sink.results.size);
});
