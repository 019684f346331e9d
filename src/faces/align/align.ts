/** Aligned crops of faces, made on the GPU, several at a time. */

import { Tensor } from "../../autograd/tensor.ts";
import type { Slice } from "../../gpu/buffers.ts";
import type { ElementType } from "../../gpu/element_type.ts";
import type { Gpu } from "../../gpu/gpu.ts";
import { packWarpSources, warp, warpedBytes } from "../../kernels/warp.ts";
import { normaliseImages } from "../../ops/image_tensor.ts";
import type { Landmarks } from "../face.ts";
import { type AlignOptions, cutFace, type FaceCut } from "./face_cut.ts";
import type { RgbImage } from "../images/image.ts";
import type { Matrix2x3 } from "./matrix.ts";

/** A face and the photo that it is in. */
export interface FaceInPhoto {
  /** The photo; several faces may share one. */
  readonly image: RgbImage;
  /** The face's landmarks, in pixels of the photo. */
  readonly landmarks: Landmarks;
}

/** A crop in which a face's landmarks lie where the template has them. */
export interface AlignedFace extends RgbImage {
  /** From pixels of the photo to pixels of the crop, both counted from 0. */
  readonly transform: Matrix2x3;
}

/** Crops that the GPU is at work on. */
export interface PendingCrops {
  /** Waits for them, in the order in which they were given; to be called once. */
  crops(): Promise<AlignedFace[]>;
}

/** Bytes of photos that go to the GPU together, so that it begins before all are there. */
const BATCH_BYTES = 1 << 25;

/** The most crops of a dispatch. */
const BATCH_CROPS = 64;

/**
 * Turns, scales and shifts a face to a template: the crop that the nets here take.
 *
 * Pixels are sampled bilinearly, and what lies beyond the photo is black, as in the released preprocessing.
 * The order of colours is red, green, blue, as everywhere in this package.
 *
 * @param gpu The GPU that does it.
 * @param image The photo.
 * @param landmarks The face's landmarks, in pixels of the photo.
 * @param options The template and the way the transform is solved.
 * @returns The crop, and the transform that made it.
 * @throws {RangeError} if the landmarks determine no transform, or the face is larger than what the adapter
 * can take at once.
 *
 * @example
 * ```ts
 * import { alignFace, faceTemplate, Gpu } from "@spheregrad/spheregrad";
 *
 * using gpu = await Gpu.request();
 * const photo = { height: 250, width: 250, data: new Uint8Array(250 * 250 * 3).fill(200) };
 * const { points } = faceTemplate("112x112"); // landmarks: of a detector, or of a file
 * const crop = await alignFace(gpu, photo, points, { template: "112x96" });
 * console.assert(crop.width === 96 && crop.data[3000] === 200);
 * ```
 */
export async function alignFace(
  gpu: Gpu,
  image: RgbImage,
  landmarks: Landmarks,
  options: AlignOptions = {},
): Promise<AlignedFace> {
  const [crop] = await beginCrops(gpu, [cutFace(image, landmarks, options)]).crops();
  return crop!;
}

/**
 * Aligns faces of one photo or many, as {@linkcode alignFace} does each: several in a dispatch, the next of
 * them while the last are brought back.
 *
 * @param gpu The GPU that does it.
 * @param faces The faces and their photos.
 * @param options The template and the way the transforms are solved.
 * @returns A crop for each face, in their order.
 * @throws {RangeError} as {@linkcode alignFace} does.
 *
 * @example
 * ```ts
 * import { alignFaces, faceTemplate, Gpu } from "@spheregrad/spheregrad";
 *
 * using gpu = await Gpu.request();
 * const image = { height: 90, width: 160, data: new Uint8Array(90 * 160 * 3).fill(200) };
 * const landmarks = faceTemplate("112x96").points;
 * const crops = await alignFaces(gpu, [{ image, landmarks }, { image, landmarks }]);
 * console.assert(crops.length === 2 && crops[1]!.height === 112);
 * ```
 */
export async function alignFaces(
  gpu: Gpu,
  faces: readonly FaceInPhoto[],
  options: AlignOptions = {},
): Promise<AlignedFace[]> {
  const done: AlignedFace[] = [];
  let working: PendingCrops | null = null;
  let cuts: FaceCut[] = [];
  let bytes = 0;
  const begin = async () => {
    const before: PendingCrops | null = working;
    working = beginCrops(gpu, cuts);
    [cuts, bytes] = [[], 0];
    if (before !== null) done.push(...await before.crops());
  };
  for (const { image, landmarks } of faces) {
    const cut = cutFace(image, landmarks, options);
    const full = cuts.length === BATCH_CROPS || bytes + cut.bytes.length > batchBytes(gpu);
    if (full && cuts.length > 0) await begin();
    cuts.push(cut);
    bytes += cut.bytes.length;
  }
  if (cuts.length > 0) await begin();
  if (working !== null) done.push(...await (working as PendingCrops).crops());
  return done;
}

/** Bytes of cuts that make a good batch. */
export function batchBytes(gpu: Gpu): number {
  return Math.min(BATCH_BYTES, gpu.bindingLimit);
}

/**
 * Gives the GPU crops to make and brings them back later, so that other work can be prepared meanwhile.
 *
 * @throws {RangeError} if they are of different sizes, or their photos' parts exceed what the adapter binds.
 */
export function beginCrops(gpu: Gpu, cuts: readonly FaceCut[]): PendingCrops {
  if (cuts.length === 0) return { crops: () => Promise.resolve([]) };
  const { height, width } = cuts[0]!.template;
  const out = gpu.acquire(warpedBytes(cuts.length, height, width));
  warpCuts(gpu, cuts, out);
  const read = gpu.beginRead(out);
  gpu.release(out);
  gpu.flush();
  return {
    crops: async () => {
      const bytes = new Uint8Array(await read.bytes());
      const size = height * width * 3;
      return cuts.map(({ transform }, i) => {
        return { height, width, data: bytes.slice(i * size, (i + 1) * size), transform };
      });
    },
  };
}

/**
 * Aligns faces straight to a net's input, `[faces, height, width, 4]`: the same numbers that crops of
 * {@linkcode alignFaces} give through `imageTensor()`, without leaving the GPU.
 *
 * @param gpu The GPU that does it.
 * @param faces The faces and their photos, at least one.
 * @param options The template and the way the transforms are solved.
 * @param type How the numbers are stored.
 * @throws {RangeError} as {@linkcode alignFace} does, and for more faces than the adapter can take at once.
 *
 * @example
 * ```ts
 * import { alignToTensor, faceTemplate, Gpu } from "@spheregrad/spheregrad";
 *
 * using gpu = await Gpu.request();
 * const image = { height: 9, width: 9, data: new Uint8Array(243).fill(255) };
 * using input = alignToTensor(gpu, [{ image, landmarks: faceTemplate().points }]);
 * console.assert(input.shape.join() === "1,112,96,4");
 * ```
 */
export function alignToTensor(
  gpu: Gpu,
  faces: readonly FaceInPhoto[],
  options: AlignOptions = {},
  type: ElementType = "f32",
): Tensor {
  if (faces.length === 0) throw new RangeError("alignToTensor() takes at least one face.");
  const cuts = faces.map(({ image, landmarks }) => cutFace(image, landmarks, options));
  const { height, width } = cuts[0]!.template;
  const words = warpedBytes(cuts.length, height, width) / 4;
  using bytes = Tensor.empty(gpu, [words], "aligned faces");
  using flips = Tensor.empty(gpu, [cuts.length], "aligned faces' flips");
  warpCuts(gpu, cuts, bytes.slice);
  gpu.clear(flips.slice);
  return normaliseImages({ bytes, flips, height, width, [Symbol.dispose]() {} }, type);
}

function warpCuts(gpu: Gpu, cuts: readonly FaceCut[], out: Slice): void {
  const { height, width } = cuts[0]!.template;
  if (cuts.some(({ template }) => template.height !== height || template.width !== width)) {
    throw new RangeError("Crops of different sizes cannot be made together; align them apart.");
  }
  const total = cuts.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (total > gpu.bindingLimit) {
    const faces = cuts.length === 1 ? "A face takes" : `${cuts.length} faces take`;
    throw new RangeError(
      `${faces} ${total} bytes of photo, over this adapter's limit of ${gpu.bindingLimit}: ` +
        (cuts.length === 1 ? "scale the photo down first." : "align fewer at a time."),
    );
  }
  const photos = gpu.acquire(total);
  const sources = gpu.acquire(cuts.length * 48);
  let first = 0;
  const packed = packWarpSources(cuts.map(({ bytes, rows, columns, matrix, samples }) => {
    if (bytes.length > 0) {
      gpu.upload({ ...photos, offset: photos.offset + first, size: bytes.length }, bytes);
    }
    first += bytes.length;
    return { first: first - bytes.length, width: columns, height: rows, matrix, samples };
  }));
  gpu.upload(sources, packed);
  warp(gpu, photos, sources, out, cuts.length, height, width);
  gpu.release(photos);
  gpu.release(sources);
}
