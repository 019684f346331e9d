import { assert, assertEquals, assertRejects } from "@std/assert";
import { keep } from "../../../src/autograd/scope.ts";
import type { Tensor } from "../../../src/autograd/tensor.ts";
import { GpuPhoto } from "../../../src/faces/mtcnn/gpu_photo.ts";
import {
  type Box,
  regress,
  type Regression,
  square,
  windowBox,
} from "../../../src/faces/mtcnn/boxes.ts";
import { MtcnnNets } from "../../../src/faces/mtcnn/nets.ts";
import { mtcnnSettings } from "../../../src/faces/mtcnn/options.ts";
import { propose } from "../../../src/faces/mtcnn/proposals.ts";
import { octavesOf, pyramidLevels, tilesOf } from "../../../src/faces/mtcnn/pyramid.ts";
import { nonMaximumSuppression } from "../../../src/faces/mtcnn/nms.ts";
import { Gpu } from "../../../src/gpu/gpu.ts";
import { Random } from "../../../src/random.ts";
import { blankCanvas } from "../../support/canvases.ts";
import { gpu } from "../../support/gpu.ts";
import { randomMtcnnWeights } from "../../support/mtcnn.ts";

/** The nets, and what the first of them has said. */
function listening(real: MtcnnNets) {
  const said: { probability: Tensor; regression: Tensor }[] = [];
  const proposal = (pixels: Tensor) => {
    const { probability, regression } = real.proposal(pixels);
    said.push({ probability: keep(probability.clone()), regression: keep(regression.clone()) });
    return { probability, regression };
  };
  return { said, nets: { proposal } as unknown as MtcnnNets };
}

Deno.test("propose() finds what its definition finds in the whole maps, in one read or two", async () => {
  const image = blankCanvas(310, 290, "noise", new Random(3));
  using real = MtcnnNets.fromWeights(gpu, randomMtcnnWeights());
  using photo = new GpuPhoto(gpu, image, octavesOf(310, 290));
  let threshold = 0;
  for (const reads of [2, 1]) {
    const { said, nets } = listening(real);
    const settings = mtcnnSettings({ thresholds: [threshold, 0.7, 0.9], factor: 0.7 });
    const levels = pyramidLevels(310, 290, settings.minSize, settings.factor);
    const before = gpu.counts.reads;
    const found = await propose({ gpu, nets, photo, settings }, levels);
    assertEquals(gpu.counts.reads - before, reads);

    const all: number[] = [];
    const boxes: Box[] = [];
    const moves: Regression[] = [];
    for (const [index, { scale }] of levels.entries()) {
      assertEquals(tilesOf(levels[index]!, 256).length, 1);
      const { probability, regression } = said[index]!;
      const [values, numbers] = await Promise.all([probability.data(), regression.data()]);
      all.push(...values);
      const columns = probability.shape[2]!;
      const ofLevel: Box[] = [];
      const theirs: Regression[] = [];
      values.forEach((value, i) => {
        if (!(value > Math.fround(threshold))) return;
        ofLevel.push(windowBox(Math.floor(i / columns), i % columns, scale, value));
        theirs.push([...numbers.subarray(4 * i, 4 * i + 4)] as unknown as Regression);
      });
      for (const i of nonMaximumSuppression(ofLevel, 0.5, "union")) {
        boxes.push(ofLevel[i]!);
        moves.push(theirs[i]!);
      }
      probability[Symbol.dispose]();
      regression[Symbol.dispose]();
    }
    const expected = nonMaximumSuppression(boxes, 0.7, "union")
      .map((i) => square(regress(boxes[i]!, moves[i]!, 0)));
    assertEquals(found, expected);
    assert(found.length > 20, `${found.length}`);
    threshold = all.sort((a, b) => b - a)[500]!;
  }
});

/** A GPU on which a list has room for a hundred candidates. */
class ShortLists extends Gpu {
  override get bindingLimit(): number {
    return 3200;
  }
}

Deno.test("propose() refuses a threshold that lets more pass than there is room for", async () => {
  const image = blankCanvas(60, 60, "noise", new Random(3));
  const small = new ShortLists(gpu.device, gpu.adapter);
  using nets = MtcnnNets.fromWeights(small, randomMtcnnWeights());
  using photo = new GpuPhoto(small, image, 3);
  const settings = mtcnnSettings({ thresholds: [0, 0.7, 0.9] });
  const levels = pyramidLevels(60, 60, 20, 0.85);
  await assertRejects(
    () => propose({ gpu: small, nets, photo, settings }, levels),
    RangeError,
    "windows of the photo pass the first threshold, more than the 100 that there is room for; raise it",
  );
});
