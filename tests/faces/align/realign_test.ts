import { assert } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { loadMtcnnWeights } from "../../../src/cli/mtcnn_weights_files.ts";
import { alignFaces, type FaceInPhoto } from "../../../src/faces/align/align.ts";
import { chooseFaces } from "../../../src/faces/align/choose_face.ts";
import { applyMatrix } from "../../../src/faces/align/matrix.ts";
import { MtcnnDetector } from "../../../src/faces/mtcnn/detector.ts";
import { type Canvas, makeCanvas, TEMPLATE } from "../../support/canvases.ts";
import { gpu } from "../../support/gpu.ts";
import { hasSharedWeights, SHARED_WEIGHTS } from "../../support/mtcnn.ts";
import { hasSharedFaces, sharedCrops } from "../../support/shared_faces.ts";

/** Crops that are pasted; `bench/realign.ts` takes as many as one likes. */
const COUNT = 20;

/** Pixels that a crop's template points may be off, RMS over all faces that are found. */
const MOST = 2;

Deno.test({
  name: "alignFaces() and the detector bring pasted crops back to within 2 px of what they were",
  ignore: !(hasSharedFaces && hasSharedWeights),
  fn: async () => {
    using detector = MtcnnDetector.create(gpu, await loadMtcnnWeights(fromFileUrl(SHARED_WEIGHTS)));
    const canvases = (await sharedCrops(COUNT, 7)).map(({ image }, i) =>
      makeCanvas(image, { seed: 700 + i })
    );
    const faces: (FaceInPhoto & { readonly canvas: Canvas })[] = [];
    for (const canvas of canvases) {
      const found = await detector.detect(canvas.image);
      for (const { landmarks } of chooseFaces(found, canvas.image, "largest")) {
        faces.push({ image: canvas.image, landmarks, canvas });
      }
    }
    assert(faces.length >= COUNT - 1, `${faces.length} of ${COUNT} found`);
    // Where the crop had the template's points, the new crop has them again, from wherever they were pasted to.
    const errors = (await alignFaces(gpu, faces, { template: "112x112" })).map((crop, i) => {
      const again = faces[i]!.canvas.landmarks.map((it) => applyMatrix(crop.transform, it));
      const squares = again.map(({ x, y }, k) =>
        (x - TEMPLATE[k]!.x) ** 2 + (y - TEMPLATE[k]!.y) ** 2
      );
      return squares.reduce((sum, it) => sum + it, 0) / squares.length;
    });
    const rms = Math.sqrt(errors.reduce((sum, it) => sum + it, 0) / errors.length);
    assert(rms <= MOST, `${rms.toFixed(2)} px RMS`);
    const within = errors.filter((error) => error <= 3 ** 2).length;
    assert(within >= 0.9 * COUNT, `${within} of ${COUNT} within 3 px`);
  },
});
