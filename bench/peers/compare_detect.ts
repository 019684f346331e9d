/** Finding the faces in a photo of 1280×720 with MTCNN, of 40 pixels and more. */

import { fromFileUrl } from "@std/path";
import { loadMtcnnWeights } from "../../src/cli/mtcnn_weights_files.ts";
import { GpuPhoto } from "../../src/faces/mtcnn/gpu_photo.ts";
import { MTCNN_PLANS } from "../../src/faces/mtcnn/net.ts";
import { MtcnnNets } from "../../src/faces/mtcnn/nets.ts";
import { mtcnnSettings } from "../../src/faces/mtcnn/options.ts";
import { propose } from "../../src/faces/mtcnn/proposals.ts";
import { octavesOf, pyramidLevels } from "../../src/faces/mtcnn/pyramid.ts";
import { refine } from "../../src/faces/mtcnn/stages.ts";
import type { Gpu } from "../../src/gpu/gpu.ts";
import { hasSharedWeights, SHARED_WEIGHTS } from "../../tests/support/mtcnn.ts";
import { hasSharedFaces } from "../../tests/support/shared_faces.ts";
import { scenePhoto } from "../detect_photo.ts";
import { noise } from "../support.ts";
import { type Outcome, prepareAll, proveEqual, race } from "./compare.ts";
import type { Contender, DetectWork } from "./contender.ts";

const [WIDTH, HEIGHT] = [1280, 720];

const MIN_SIZE = 40;

/** Faces in the photo. */
const FACES = 8;

/** What the nets say may differ by this share of its norm. */
const TOLERANCE = 1e-4;

/** Shows that all engines' nets say the same, then times detections in turns; null without ../shared. */
export async function compareDetect(
  gpu: Gpu,
  contenders: readonly Contender[],
  repeats: number,
): Promise<Outcome | null> {
  if (!hasSharedFaces || !hasSharedWeights) return null;
  const work = `faces of a photo of ${WIDTH}×${HEIGHT}, ${MIN_SIZE} pixels and more`;
  console.log(`\n${work}`);
  const shared = await detectWork(gpu);
  const [second, third] = shared.boxes;
  console.log(`  ${shared.levels.length} levels; ${second.length} and ${third.length} candidates`);
  const field = await prepareAll(contenders, (contender) => contender.detect?.(shared));
  const difference = await proveEqual(field, "answers", TOLERANCE, (runner) => runner.answers());
  const entrants = field.ready.map(({ contender, runner }) => ({
    contender,
    amount: 1,
    run: (times: number) => runner.run(times),
  }));
  const rows = await race("photos", entrants, repeats);
  for (const { runner } of field.ready) runner[Symbol.dispose]();
  return { kind: "detect", id: "detect", work, rows, difference, failures: field.failures };
}

/** The photo, and the candidates that this engine finds in it. */
async function detectWork(gpu: Gpu): Promise<DetectWork> {
  const weights = await loadMtcnnWeights(fromFileUrl(SHARED_WEIGHTS));
  const photo = await scenePhoto(HEIGHT, WIDTH, FACES);
  const settings = mtcnnSettings({ minSize: MIN_SIZE });
  const levels = pyramidLevels(HEIGHT, WIDTH, MIN_SIZE, settings.factor);
  using nets = MtcnnNets.fromWeights(gpu, weights);
  using onGpu = new GpuPhoto(gpu, photo, octavesOf(HEIGHT, WIDTH));
  const input = { gpu, nets, photo: onGpu, settings };
  const proposed = await propose(input, levels);
  const boxes = [proposed, await refine(input, proposed)] as const;
  const samples = MTCNN_PLANS.map(({ window }, index) => {
    const shape = index === 0 ? [1, 41, 60, 3] : [5, window, window, 3];
    return { shape, values: noise(shape.reduce((a, b) => a * b, 1), index) };
  });
  return { photo, minSize: MIN_SIZE, levels, boxes, weights, samples };
}
