/**
 * How well faces of `../shared/data/faces` are aligned again after they were pasted into larger canvases, turned by
 * up to 20° and scaled by 0.5 to 2: detection, choice and transform together.
 *
 *     deno run --allow-read bench/realign.ts [--count N] [--seed N] [--part test] [--mirror] [--face largest]
 *
 * Prints how far five points of the original crop, the template's, come to lie from the same places of the new one
 * (RMS of the five, in pixels): 0 if the new crop shows just what the original did. And how far the landmarks that
 * are found again in the new crop lie from the template, which is more, as no face has just its proportions.
 */
import { parseArgs } from "@std/cli";
import { fromFileUrl } from "@std/path";
import { loadMtcnnWeights } from "../src/cli/mtcnn_weights_files.ts";
import { alignFace } from "../src/faces/align/align.ts";
import { chooseFaces, FACE_CHOICES } from "../src/faces/align/choose_face.ts";
import type { Landmarks, Point } from "../src/faces/face.ts";
import { applyMatrix } from "../src/faces/align/matrix.ts";
import { MtcnnDetector } from "../src/faces/mtcnn/detector.ts";
import { faceTemplate } from "../src/faces/align/template.ts";
import { Gpu } from "../src/gpu/gpu.ts";
import { makeCanvas, TEMPLATE } from "../tests/support/canvases.ts";
import { SHARED_WEIGHTS } from "../tests/support/mtcnn.ts";
import { sharedCrops } from "../tests/support/shared_faces.ts";

const args = parseArgs(Deno.args, {
  string: ["count", "seed", "part", "face"],
  boolean: ["mirror"],
  default: { count: "300", seed: "1", part: "test", face: "largest" },
});
const choice = FACE_CHOICES.find((it) => it === args.face) ?? "largest";
const crops = await sharedCrops(Number(args.count), Number(args.seed), args.part as "test");
using gpu = await Gpu.request();
const weights = await loadMtcnnWeights(fromFileUrl(SHARED_WEIGHTS));
using detector = MtcnnDetector.create(gpu, weights, { mirror: args.mirror });

/** The root of the mean square of the points' distances from where they should be. */
function rms(points: readonly Point[], where: Landmarks): number {
  const squares = points.map(({ x, y }, i) => (x - where[i]!.x) ** 2 + (y - where[i]!.y) ** 2);
  return Math.sqrt(squares.reduce((sum, it) => sum + it, 0) / squares.length);
}

function summary(errors: number[]): string {
  const sorted = errors.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(2);
  const mean = sorted.reduce((sum, it) => sum + it, 0) / sorted.length;
  return `mean ${mean.toFixed(2)}, median ${at(0.5)}, 95 % ${at(0.95)}, most ${at(1)}`;
}

const mapped: number[] = [];
const again: number[] = [];
for (const [index, { name, image }] of crops.entries()) {
  const canvas = makeCanvas(image, { seed: Number(args.seed) * 100_000 + index });
  const [face] = chooseFaces(await detector.detect(canvas.image), canvas.image, choice);
  if (face === undefined) {
    console.log(`${name}: no face`);
    continue;
  }
  const crop = await alignFace(gpu, canvas.image, face.landmarks, {
    template: "112x112",
  });
  const error = rms(
    canvas.landmarks.map((point) => applyMatrix(crop.transform, point)),
    TEMPLATE,
  );
  mapped.push(error);
  const { angle, scale } = canvas.paste;
  if (error > 3) {
    console.log(
      `${name}: ${error.toFixed(2)} px (${scale.toFixed(2)} times, ${angle.toFixed(0)}°, ` +
        `${canvas.background})`,
    );
  }
  const found = chooseFaces(await detector.detect(crop), crop, "largest")[0]?.landmarks;
  if (found !== undefined) again.push(rms(found, faceTemplate("112x112").points));
}
const within = mapped.filter((error) => error <= 3).length;
console.log(
  `${mapped.length} of ${crops.length} found, ${within} of them within 3 px of the template\n` +
    `the original crop's template points, RMS px: ${summary(mapped)}\n` +
    `landmarks found again in ${again.length} new crops, RMS px: ${summary(again)}`,
);
