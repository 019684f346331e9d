/**
 * How many of the faces in `../shared/data/faces` the detector finds again, pasted into larger canvases, turned by
 * up to 20° and scaled by 0.5 to 2:
 *
 *     deno run --allow-read bench/detect_recall.ts [--count N] [--seed N] [--part test] [--mirror]
 *
 * Prints the share that is found, how far its landmarks lie from the template's in pixels of the crop, and the crops
 * that are missed. The weights are those of `../shared/weights/mtcnn`.
 */
import { parseArgs } from "@std/cli";
import { MtcnnDetector } from "../src/faces/mtcnn/detector.ts";
import { Gpu } from "../src/gpu/gpu.ts";
import { loadMtcnnWeights } from "../src/cli/mtcnn_weights_files.ts";
import { landmarkError, makeCanvas } from "../tests/support/canvases.ts";
import { SHARED_WEIGHTS } from "../tests/support/mtcnn.ts";
import { sharedCrops } from "../tests/support/shared_faces.ts";
import { fromFileUrl } from "@std/path";

/** Landmarks further from the template than this share of the crop belong to something else. */
const FOUND = 0.1;

const args = parseArgs(Deno.args, {
  string: ["count", "seed", "part"],
  boolean: ["mirror"],
  default: { count: "300", seed: "1", part: "test" },
});
const count = Number(args.count);
const crops = await sharedCrops(count, Number(args.seed), args.part as "test");
using gpu = await Gpu.request();
const weights = await loadMtcnnWeights(fromFileUrl(SHARED_WEIGHTS));
using detector = MtcnnDetector.create(gpu, weights, { mirror: args.mirror });
const errors: number[] = [];
let others = 0;
const started = performance.now();
for (const [index, { name, image }] of crops.entries()) {
  const canvas = makeCanvas(image, { seed: Number(args.seed) * 100_000 + index });
  const faces = await detector.detect(canvas.image);
  const distances = faces.map((face) => landmarkError(face.landmarks, canvas));
  const least = Math.min(...distances, Infinity);
  const isFound = least < FOUND * image.width;
  others += faces.length - (isFound ? 1 : 0);
  if (isFound) errors.push(least);
  else {
    const { angle, scale } = canvas.paste;
    console.log(
      `${name} is missed: ${scale.toFixed(2)} times, ${angle.toFixed(0)}°, ${canvas.background}`,
    );
  }
}
errors.sort((a, b) => a - b);
const seconds = (performance.now() - started) / 1000;
const quantile = (share: number) => errors[Math.floor(share * (errors.length - 1))]!.toFixed(2);
console.log(
  `${errors.length} of ${crops.length} found (${
    (100 * errors.length / crops.length).toFixed(1)
  } %), ` +
    `${others} other boxes, ${seconds.toFixed(0)} s\n` +
    `RMS distance from the template, pixels of the crop: median ${quantile(0.5)}, 95 % ${
      quantile(0.95)
    }, ` +
    `most ${quantile(1)}`,
);
