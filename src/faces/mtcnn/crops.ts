/** Cutting candidates out of a photo, for the nets that look at them one by one. */

import { Tensor } from "../../autograd/tensor.ts";
import type { Gpu } from "../../gpu/gpu.ts";
import { CROP_WORDS, cropWords, photoCrops } from "../../kernels/photo.ts";
import type { GpuPhoto, PlacedSource } from "./gpu_photo.ts";
import type { Box } from "./boxes.ts";

/** From here on batches grow in steps of this size. */
const STEP = 16;

/**
 * The next size of a batch from a few sizes, so that kernels and memory are used again from photo to photo: a power
 * of two, or one and a half, up to 32 and then a multiple of 16.
 */
export function batchFor(count: number): number {
  if (count > 2 * STEP) return Math.ceil(count / STEP) * STEP;
  const power = 2 ** Math.ceil(Math.log2(count));
  return count <= 0.75 * power ? 0.75 * power : power;
}

/** How boxes are cut out. */
export interface CropOptions {
  /** Side of the result, in pixels. */
  readonly side: number;
  /** Whether to mirror each. */
  readonly mirror?: boolean;
}

/**
 * Boxes as network input `[batchFor(boxes.length), side, side, 4]`; what reaches over the photo's border is
 * black, as are the crops behind the last box.
 */
export function cutBoxes(
  gpu: Gpu,
  photo: GpuPhoto,
  boxes: readonly Box[],
  { side, mirror = false }: CropOptions,
): Tensor {
  const batch = batchFor(boxes.length);
  const words = new Uint32Array(batch * CROP_WORDS);
  const sources: (PlacedSource | null)[] = boxes.map((box, index) => {
    const { source, crop } = cropOf(photo, box, side, mirror);
    words.set(cropWords(crop, source), index * CROP_WORDS);
    return source;
  });
  // An empty source makes the rest of the batch black.
  for (let index = boxes.length; index < batch; index++) {
    words.set(words.subarray(0, 4), index * CROP_WORDS);
  }
  using crops = Tensor.empty(gpu, [batch, CROP_WORDS], "crops");
  gpu.upload(crops.slice, words);
  const out = Tensor.empty(gpu, [batch, side, side, 4], "cropped boxes");
  for (let first = 0; first < batch;) {
    const { slice } = sources[first]!;
    let end = first + 1;
    while (end < batch && (sources[end] ?? sources[first]!).slice === slice) end++;
    photoCrops(gpu, slice, crops.slice, out.slice, { first, count: end - first, side });
    first = end;
  }
  return out;
}

function cropOf(photo: GpuPhoto, box: Box, side: number, mirror: boolean) {
  const [width, height] = [box.x2 - box.x1 + 1, box.y2 - box.y1 + 1];
  const octave = photo.octaveFor(Math.min(width, height) / side);
  const shrink = 2 ** octave;
  const rectangle = {
    left: box.x1 / shrink,
    top: box.y1 / shrink,
    right: (box.x2 + 1) / shrink,
    bottom: (box.y2 + 1) / shrink,
  };
  const source = photo.source(octave, rectangle);
  const crop = {
    left: (mirror ? rectangle.right : rectangle.left) - source.left,
    top: rectangle.top - source.top,
    width: (mirror ? -width : width) / shrink,
    height: height / shrink,
  };
  return { source, crop };
}
