import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { loadMtcnnWeights } from "../../../src/cli/mtcnn_weights_files.ts";
import { decodeImage } from "../../../src/faces/images/decode.ts";
import { encodePng } from "../../../src/faces/images/encode_png.ts";
import type { DetectedFace, Landmarks } from "../../../src/faces/face.ts";
import type { RgbImage } from "../../../src/faces/images/image.ts";
import { MtcnnDetector } from "../../../src/faces/mtcnn/detector.ts";
import { MtcnnNets } from "../../../src/faces/mtcnn/nets.ts";
import { Gpu } from "../../../src/gpu/gpu.ts";
import { Random } from "../../../src/random.ts";
import { encodeJpeg } from "../images/image_samples.ts";
import {
  blankCanvas,
  landmarkError,
  makeCanvas,
  pasteCrop,
  pastedPoint,
  TEMPLATE,
} from "../../support/canvases.ts";
import { gpu } from "../../support/gpu.ts";
import { hasSharedWeights, randomMtcnnWeights, SHARED_WEIGHTS } from "../../support/mtcnn.ts";
import { hasSharedFaces, SHARED_PHOTOS, sharedCrops } from "../../support/shared_faces.ts";

const ignore = !(hasSharedFaces && hasSharedWeights);

const weights = ignore ? new Map() : await loadMtcnnWeights(fromFileUrl(SHARED_WEIGHTS));

const detector = ignore ? null : MtcnnDetector.create(gpu, weights);

/** A GPU on which a photo of a third of a megapixel and its octaves do not fit one binding. */
class SmallBindings extends Gpu {
  override get bindingLimit(): number {
    return 1_300_000;
  }
}

async function photo(name: string): Promise<RgbImage> {
  return await decodeImage(await Deno.readFile(new URL(name, SHARED_PHOTOS)), name);
}

/** The faces of `expected.json` for a photo. */
async function expectedFaces(name: string) {
  const all = JSON.parse(await Deno.readTextFile(new URL("expected.json", SHARED_PHOTOS)));
  return all[name] as {
    box: DetectedFace["box"];
    confidence: number;
    landmarks: Record<string, [number, number]>;
  }[];
}

/** The largest distance of a coordinate from its expected value. */
function farthest(landmarks: Landmarks, expected: readonly (readonly number[])[]): number {
  return Math.max(
    ...landmarks.flatMap(({ x, y }, i) => [
      Math.abs(x - expected[i]![0]!),
      Math.abs(y - expected[i]![1]!),
    ]),
  );
}

function assertSameFaces(found: DetectedFace[], expected: DetectedFace[], pixels: number) {
  assertEquals(found.length, expected.length);
  for (const [i, { box, confidence, landmarks }] of found.entries()) {
    const other = expected[i]!;
    for (const key of ["x", "y", "width", "height"] as const) {
      assertAlmostEquals(box[key], other.box[key], pixels);
    }
    assertAlmostEquals(confidence, other.confidence, 0.01);
    assert(farthest(landmarks, other.landmarks.map(({ x, y }) => [x, y])) < pixels);
  }
}

Deno.test({
  name: "detect() finds the one face of a photo where it is known to be, mirrored or not",
  ignore,
  async fn() {
    const image = await photo("ivan.jpg");
    const [expected] = await expectedFaces("ivan.jpg");
    const names = ["left_eye", "right_eye", "nose", "mouth_left", "mouth_right"];
    const places = names.map((name) => expected!.landmarks[name]!);
    const plain = await detector!.detect(image);
    const mirrored = await detector!.detect(image, { mirror: true });
    for (const faces of [plain, mirrored]) {
      assertEquals(faces.length, 1);
      const [{ box, confidence, landmarks }] = faces as [DetectedFace];
      for (const key of ["x", "y", "width", "height"] as const) {
        assertAlmostEquals(box[key], expected!.box[key], 6, key);
      }
      assert(confidence > 0.99, `${confidence}`);
      assert(farthest(landmarks, places) < 4, JSON.stringify(landmarks));
    }
    assertEquals(mirrored[0]!.box, plain[0]!.box);
    const apart = mirrored[0]!.landmarks.map(({ x, y }) => [x, y]);
    const moved = farthest(plain[0]!.landmarks, apart);
    assert(moved > 0 && moved < 2, `${moved}`);
  },
});

Deno.test({
  name: "detect() finds no face where there is none, and none in photos below the smallest face",
  ignore,
  async fn() {
    assertEquals(await detector!.detect(await photo("no-faces.jpg")), []);
    for (const [height, width] of [[1, 1], [19, 300], [300, 2]] as const) {
      const image = blankCanvas(height, width, "noise", new Random(1));
      assertEquals(await detector!.detect(image), []);
    }
  },
});

Deno.test({
  name: "detect() finds faces turned, scaled and pasted into larger canvases",
  ignore,
  async fn() {
    const crops = await sharedCrops(30, 7);
    let found = 0;
    for (const [seed, { image }] of crops.entries()) {
      const canvas = makeCanvas(image, { seed });
      const faces = await detector!.detect(canvas.image);
      if (faces.some(({ landmarks }) => landmarkError(landmarks, canvas) < 10)) found++;
    }
    assert(found >= 29, `${found} of ${crops.length}`); // 97 %
  },
});

Deno.test({
  name: "detect() finds all faces of a crowd, the surest first",
  ignore,
  async fn() {
    const crops = await sharedCrops(24, 3);
    const canvas = blankCanvas(420, 620, "gradient", new Random(4));
    const truths = crops.map(({ image }, i) => {
      const centre = { x: 60 + 100 * (i % 6), y: 60 + 100 * Math.floor(i / 6) };
      const paste = { angle: 3 * (i % 7) - 9, scale: 0.5 + 0.05 * (i % 5), centre };
      pasteCrop(canvas, image, paste);
      const [a, b, c, d, e] = TEMPLATE.map((point) => pastedPoint(point, image, paste));
      return { paste, landmarks: [a!, b!, c!, d!, e!] as const };
    });
    const faces = await detector!.detect(canvas, { minSize: 30 });
    const found = truths.filter((truth) =>
      faces.some(({ landmarks }) => landmarkError(landmarks, truth) < 10)
    );
    assert(found.length >= 23, `${found.length} of ${truths.length}`);
    assert(faces.length <= truths.length + 1, `${faces.length}`);
    const sorted = faces.toSorted((a, b) => b.confidence - a.confidence);
    assertEquals(faces, sorted);
  },
});

Deno.test({
  name: "detect() finds the face of a photo of 40×40 pixels, and in one of 24 megapixels",
  ignore,
  async fn() {
    const { image } = (await sharedCrops(1, 11))[0]!;
    for (const [width, height, scale, minSize] of [[40, 40, 0.3, 20], [6000, 4000, 12, 900]]) {
      const canvas = blankCanvas(height!, width!, "grey", new Random(2));
      const paste = { angle: 0, scale: scale!, centre: { x: 0.55 * width!, y: height! / 2 } };
      pasteCrop(canvas, image, paste);
      const [a, b, c, d, e] = TEMPLATE.map((point) => pastedPoint(point, image, paste));
      const [face, ...more] = await detector!.detect(canvas, { minSize: minSize! });
      assertEquals(more, []);
      const error = landmarkError(face!.landmarks, { paste, landmarks: [a!, b!, c!, d!, e!] });
      assert(error < 10, `${width}×${height}: ${error}`);
    }
  },
});

Deno.test({
  name: "detect() finds the same in grey, progressive and 16-bit files of a photo",
  ignore,
  async fn() {
    const { height, width, data } = await photo("ivan.jpg");
    const grey = data.map((_, i) => {
      const at = i - i % 3;
      return 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
    });
    const { encode } = await import("fast-png");
    const wide = Uint16Array.from(data, (value) => value * 257);
    const files: [string, Uint8Array, number][] = [
      ["progressive.jpg", await encodeJpeg(data, height, width, true), 2],
      ["deep.png", encode({ width, height, data: wide, channels: 3, depth: 16 }), 0.01],
      ["grey.png", encodePng(grey, height, width), 6],
    ];
    const expected = await detector!.detect({ height, width, data }, { minSize: 30 });
    for (const [name, bytes, pixels] of files) {
      const image = await decodeImage(bytes, name);
      assertSameFaces(await detector!.detect(image, { minSize: 30 }), expected, pixels);
    }
  },
});

Deno.test({
  name:
    "detect() gives the same for a photo that does not fit a binding, and leaves no memory behind",
  ignore,
  async fn() {
    const image = await photo("ivan.jpg");
    const options = { minSize: 40 };
    const expected = await detector!.detect(image, options);
    const before = gpu.memory.usedBytes;
    assertEquals(await detector!.detect(image, options), expected);
    assertEquals(gpu.memory.usedBytes, before);
    using other = MtcnnDetector.create(new SmallBindings(gpu.device, gpu.adapter), weights);
    assertSameFaces(await other.detect(image, options), expected, 1);
  },
});

Deno.test("detect() refuses pixels of another photo, and options that make no sense", async () => {
  const nets = MtcnnNets.fromWeights(gpu, randomMtcnnWeights());
  using untrained = new MtcnnDetector(gpu, nets);
  const image = { height: 30, width: 40, data: new Uint8Array(30 * 40 * 3 + 1) };
  await assertRejects(() => untrained.detect(image), RangeError, "takes 3600 RGB bytes, not 3601");
  const whole = { ...image, data: new Uint8Array(30 * 40 * 3) };
  await assertRejects(() => untrained.detect(whole, { factor: 2 }), RangeError, "not 2");
});
