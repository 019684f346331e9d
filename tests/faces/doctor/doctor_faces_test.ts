/** The alignment doctor on real faces, by landmarks that MTCNN finds, where both are here. */

import { assertEquals } from "@std/assert";
import { loadMtcnnWeights } from "../../../src/cli/mtcnn_weights_files.ts";
import { diagnoseAlignment, examineImage } from "../../../src/faces/doctor/doctor.ts";
import { decodeImage } from "../../../src/faces/images/decode.ts";
import type { RgbImage } from "../../../src/faces/images/image.ts";
import { MtcnnDetector } from "../../../src/faces/mtcnn/detector.ts";
import { gpu } from "../../support/gpu.ts";
import { hasSharedWeights, SHARED_WEIGHTS } from "../../support/mtcnn.ts";
import * as spoils from "./misaligned.ts";
import type { Spoil } from "./misaligned.ts";

const FACES = new URL("../../../../shared/data/faces/train/", import.meta.url);

const IMAGES = 24;

const hasFaces = await Deno.stat(FACES).then(
  () => true,
  () => (console.log("skipped: the shared faces are not here"), false),
);

/** Cases that less tell. */
const FEW = 12;

async function crops(): Promise<RgbImage[]> {
  const people = (await Array.fromAsync(Deno.readDir(FACES), ({ name }) => name)).sort();
  return await Promise.all(Array.from({ length: IMAGES }, async (_, i) => {
    const person = people[Math.floor(i * people.length / IMAGES)]!;
    const file = new URL(`${person}/${person}_0001.jpg`, FACES);
    return await decodeImage(await Deno.readFile(file), file.pathname);
  }));
}

const table: readonly [name: string, spoil: Spoil, kinds: readonly string[]][] = [
  ["crops of 112×112", spoils.asTheyAre, ["aligned"]],
  ["their middle 96 columns", spoils.narrow, ["aligned"]],
  ["crops twice as large", spoils.doubled, ["aligned"]],
  // As where the template's pixels were counted from 0: too little to do harm, or to be told.
  ["crops a pixel to the right and below", spoils.shifted(1, 1), ["aligned"]],
  ["crops aligned twice", spoils.twice, ["aligned-twice"]],
  ["crops of pictures like CelebA's aligned twice", spoils.twiceFromCelebA, ["aligned-twice"]],
  ["swapped channels", spoils.swapped, ["aligned", "swapped"]],
  ["grey crops", spoils.greyed, ["aligned", "grey"]],
  ["a margin", spoils.scaled(0.8), ["margin"]],
  ["close cuts", spoils.scaled(1.2), ["tight"]],
  ["shifted faces", spoils.shifted(7, -5), ["shifted"]],
  ["turned faces", spoils.turned(8), ["turned"]],
  ["pictures like CelebA's", spoils.celebA, ["celeba"]],
  ["pressed crops", spoils.squeezed, ["stretched"]],
  ["photos", spoils.photos, ["photos"]],
];

Deno.test({
  name: "diagnoseAlignment() names what was done to real faces",
  ignore: !hasFaces || !hasSharedWeights,
  async fn(t) {
    const weights = await loadMtcnnWeights(SHARED_WEIGHTS.pathname);
    using detector = MtcnnDetector.create(gpu, weights);
    const faces = await crops();
    for (const [name, spoil, kinds] of table) {
      await t.step(name, async () => {
        const images = [];
        // Faces differ in their proportions by themselves.
        const many = kinds.includes("stretched") || kinds.length === 1 && kinds[0] === "aligned";
        for (const [i, crop] of (many ? faces : faces.slice(0, FEW)).entries()) {
          const image = spoil(crop, i);
          const minSize = Math.max(20, 0.25 * Math.min(image.height, image.width));
          const [face] = await detector.detect(image, { minSize });
          images.push(examineImage(image, face ?? null));
        }
        const { findings } = diagnoseAlignment(images);
        const text = findings.map((one) => one.text).join("\n");
        assertEquals(findings.map(({ kind }) => kind as string), kinds, text);
      });
    }
  },
});
