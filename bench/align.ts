/**
 * How fast photos become aligned crops, and how much of the time the adapter works.
 *
 *     deno run --allow-read --allow-write bench/align.ts [--photos 200] [--weights DIR]
 *
 * Three rows: the warp of photos in memory, the command's whole way from JPEG files to JPEG files with known
 * landmarks, and the same with the detector where `../shared/weights/mtcnn` or `--weights` is there. The adapter's
 * share is the time that the same dispatches take by themselves, many in a row, over the time that passed, all of it
 * at most; decoding and encoding use the same processors as a software adapter does.
 */
import { parseArgs } from "@std/cli";
import { fromFileUrl, join } from "@std/path";
import { AlignedFolder } from "../src/cli/align/aligned_folder.ts";
import { alignPhotos, type FaceDetector } from "../src/cli/align/photos.ts";
import { openPhotos } from "../src/cli/align/source.ts";
import { loadMtcnnWeights } from "../src/cli/mtcnn_weights_files.ts";
import { PhotoPool } from "../src/cli/align/photo_pool.ts";
import { alignFaces } from "../src/faces/align/align.ts";
import { encodeJpeg } from "../src/faces/images/encode_jpeg.ts";
import type { LandmarkList } from "../src/faces/align/landmark_lists.ts";
import { MtcnnDetector } from "../src/faces/mtcnn/detector.ts";
import type { Resource } from "../src/gpu/buffers.ts";
import { Gpu } from "../src/gpu/gpu.ts";
import type { Kernel } from "../src/gpu/kernel.ts";
import type { StepWords } from "../src/gpu/step_number.ts";
import type { Workgroups } from "../src/gpu/stream.ts";
import { makeCanvas } from "../tests/support/canvases.ts";
import { SHARED_WEIGHTS } from "../tests/support/mtcnn.ts";
import { hasSharedFaces, sharedCrops } from "../tests/support/shared_faces.ts";
import { Clock } from "./clock.ts";
import { peaksOf } from "./peak.ts";
import { median } from "./timing.ts";

/** A GPU that remembers the dispatches it was given. */
class RecordingGpu extends Gpu {
  /** Dispatches since recording began; null while it has not. */
  recorded: (() => void)[] | null = null;

  override dispatch(
    kernel: Kernel,
    resources: readonly Resource[],
    workgroups: Workgroups,
    uniforms?: Uint32Array,
    stepWords?: StepWords,
  ): void {
    super.dispatch(kernel, resources, workgroups, uniforms, stepWords);
    const words = uniforms?.slice();
    this.recorded?.push(() => super.dispatch(kernel, resources, workgroups, words, stepWords));
  }

  /** Milliseconds that the dispatches of some work take the GPU. */
  async alone(clock: Clock, work: () => Promise<unknown>): Promise<number> {
    const recorded = this.recorded = [] as (() => void)[];
    await work();
    this.recorded = null;
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      times.push(await clock.time(() => recorded.forEach((dispatch) => dispatch()), 1));
    }
    return median(times);
  }
}

const args = parseArgs(Deno.args, {
  string: ["photos", "weights"],
  default: { photos: "200", weights: fromFileUrl(SHARED_WEIGHTS) },
});
if (!hasSharedFaces) Deno.exit(0);
using plain = await Gpu.request();
const gpu = new RecordingGpu(plain.device, plain.adapter);
const clock = await Clock.open(gpu, peaksOf(gpu).GFLOP.run);

const crops = await sharedCrops(Number(args.photos), 3);
const canvases = crops.map(({ image }, i) => makeCanvas(image, { seed: 300 + i }));
const faces = canvases.map(({ image, landmarks }) => ({ image, landmarks }));
const megapixels = canvases.reduce((sum, { image }) => sum + image.width * image.height, 0) / 1e6;
console.log(
  `${plain.adapter.name}: ${faces.length} photos of ${
    (1000 * megapixels / faces.length).toFixed(0)
  } kilopixels on average`,
);

function report(what: string, photos: number, milliseconds: number, alone: number): void {
  console.log(
    `${what}: ${(1000 * photos / milliseconds).toFixed(0)} photos a second, ` +
      `the adapter works ${Math.min(100, 100 * alone / milliseconds).toFixed(0)} % of the time ` +
      `(${(alone / photos).toFixed(2)} of ${(milliseconds / photos).toFixed(2)} ms a photo)`,
  );
}

const warp = () => alignFaces(gpu, faces);
await warp(); // compiles the kernel
const aloneWarp = await gpu.alone(clock, warp);
let start = performance.now();
await warp();
report("photos in memory", faces.length, performance.now() - start, aloneWarp);

const dir = await Deno.makeTempDir();
try {
  const from = join(dir, "photos");
  await Deno.mkdir(from);
  const list: LandmarkList = new Map(
    await Promise.all(
      canvases.map(async ({ image, landmarks }, i) => {
        const name = `${String(i).padStart(4, "0")}.jpg`;
        await Deno.writeFile(join(from, name), await encodeJpeg(image, 92));
        return [name, [{ landmarks }]] as const;
      }),
    ),
  );
  using set = await openPhotos(from);
  using pool = new PhotoPool();
  let runs = 0;
  const wholeWay = async (source: LandmarkList | FaceDetector) => {
    using folder = await AlignedFolder.open(join(dir, `to${runs++}`), "jpg", {}, false);
    const options = {
      align: {},
      choice: "centre",
      encoding: { format: "jpg", quality: 75 },
      faces: source,
    } as const;
    await alignPhotos(set.photos, gpu, pool, options, folder);
  };
  start = performance.now();
  await wholeWay(list);
  report("files, landmarks known", faces.length, performance.now() - start, aloneWarp);

  const weights = await loadMtcnnWeights(args.weights).catch(() => null);
  if (weights !== null) {
    using detector = MtcnnDetector.create(gpu, weights);
    const some = canvases.slice(0, 10);
    for (const { image } of some) await detector.detect(image); // compiles the kernels
    const detecting = await gpu.alone(clock, async () => {
      for (const { image } of some) await detector.detect(image);
    });
    const pixels = some.reduce((sum, { image }) => sum + image.width * image.height, 0) / 1e6;
    start = performance.now();
    await wholeWay(detector);
    const alone = aloneWarp + detecting * megapixels / pixels;
    report("files, detector", faces.length, performance.now() - start, alone);
  }
} finally {
  await Deno.remove(dir, { recursive: true });
}
