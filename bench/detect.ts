/**
 * Where the time of a detection goes, stage by stage:
 *
 *     XDG_RUNTIME_DIR=/ DENO_WEBGPU_BACKEND=vulkan,metal,dx12 deno run --allow-read bench/detect.ts [--size 1280x720]
 *       [--min-size 40] [--faces 8] [--repeats 5]
 *
 * The photo has faces of `../shared/data/faces` on a slope of colours. `deno task bench:peers --only detect` measures
 * the same photo against other engines.
 */
import { parseArgs } from "@std/cli";
import { fromFileUrl } from "@std/path";
import { loadMtcnnWeights } from "../src/cli/mtcnn_weights_files.ts";
import { GpuPhoto } from "../src/faces/mtcnn/gpu_photo.ts";
import { MtcnnNets } from "../src/faces/mtcnn/nets.ts";
import { mtcnnSettings } from "../src/faces/mtcnn/options.ts";
import { propose } from "../src/faces/mtcnn/proposals.ts";
import { octavesOf, pyramidLevels } from "../src/faces/mtcnn/pyramid.ts";
import { finish, refine } from "../src/faces/mtcnn/stages.ts";
import { Gpu } from "../src/gpu/gpu.ts";
import { SHARED_WEIGHTS } from "../tests/support/mtcnn.ts";
import { scenePhoto } from "./detect_photo.ts";
import { median } from "./timing.ts";

const args = parseArgs(Deno.args, {
  string: ["size", "min-size", "faces", "repeats"],
  default: { size: "1280x720", "min-size": "40", faces: "8", repeats: "5" },
});
const [width, height] = args.size.split("x").map(Number) as [number, number];
const image = await scenePhoto(height, width, Number(args.faces));
using gpu = await Gpu.request();
using nets = MtcnnNets.fromWeights(gpu, await loadMtcnnWeights(fromFileUrl(SHARED_WEIGHTS)));
const settings = mtcnnSettings({ minSize: Number(args["min-size"]) });
const levels = pyramidLevels(height, width, settings.minSize, settings.factor);

const times = new Map<string, number[]>();

/** Runs a stage and notes how long it took. */
async function timed<T>(stage: string, run: () => T | Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await run();
  const list = times.get(stage) ?? [];
  times.set(stage, [...list, performance.now() - start]);
  return result;
}

let told = "";
for (let repeat = 0; repeat <= Number(args.repeats); repeat++) {
  if (repeat === 1) times.clear(); // the first time compiles
  const before = gpu.counts;
  await timed("all", async () => {
    using photo = await timed("upload, octaves", async () => {
      const made = new GpuPhoto(gpu, image, octavesOf(height, width));
      await gpu.finish();
      return made;
    });
    const input = { gpu, nets, photo, settings };
    const proposed = await timed("first net", () => propose(input, levels));
    const refined = await timed("second net", () => refine(input, proposed));
    const faces = await timed("third net", () => finish(input, refined));
    told = `${levels.length} levels, ${proposed.length} and ${refined.length} candidates, ` +
      `${faces.length} faces; ${gpu.counts.dispatches - before.dispatches} dispatches, ` +
      `${gpu.counts.reads - before.reads} reads`;
  });
}
console.log(`${width}×${height}: ${told}`);
for (const [stage, list] of times) console.log(`  ${stage}: ${median(list).toFixed(1)} ms`);
