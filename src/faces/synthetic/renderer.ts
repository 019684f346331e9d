/** Draws synthetic faces on the GPU. */

import type { Gpu } from "../../gpu/gpu.ts";
import { link } from "../../gpu/kernel.ts";
import { grid } from "../../kernels/grid.ts";
import { syntheticCamera, syntheticFaces, syntheticHead } from "../../kernels/wgsl.ts";
import type { FaceParameters } from "./parameters.ts";
import { type CropSize, mouthOf, raysOf, rotateBack } from "./camera.ts";

/** Images drawn together: enough to fill a GPU, few enough that others get their turn. */
const BATCH = 32;

/** Words of the structs `Face` and `Photo` in the shaders. */
const FACE_WORDS = 124;
const PHOTO_WORDS = 5;

/**
 * Draws faces.
 *
 * @param gpu The GPU; other work on it may go on meanwhile.
 * @param faces The faces.
 * @param size Height and width of the images.
 * @returns RGB bytes, `[faces.length, size.height, size.width, 3]`; on one adapter always the same for the
 * same faces.
 * @throws RangeError when the size isn't of whole numbers from 1.
 *
 * @example
 * ```ts
 * import { faceParameters, Gpu, renderFaces } from "@spheregrad/spheregrad";
 *
 * using gpu = await Gpu.request();
 * const face = faceParameters({ seed: 1, identity: 12, sample: 0 });
 * const pixels = await renderFaces(gpu, [face], { height: 56, width: 48 });
 * console.assert(pixels.length === 56 * 48 * 3);
 * ```
 */
export async function renderFaces(
  gpu: Gpu,
  faces: readonly FaceParameters[],
  size: CropSize,
): Promise<Uint8Array<ArrayBuffer>> {
  const { height, width } = size;
  if (!Number.isInteger(height) || !Number.isInteger(width) || height < 1 || width < 1) {
    throw new RangeError(`Faces can't be drawn ${height} x ${width} pixels large.`);
  }
  const imageBytes = height * width * 3;
  const out = new Uint8Array(faces.length * imageBytes);
  for (let start = 0; start < faces.length; start += BATCH) {
    const batch = faces.slice(start, start + BATCH);
    out.set(await renderBatch(gpu, batch, size), start * imageBytes);
  }
  return out;
}

async function renderBatch(
  gpu: Gpu,
  faces: readonly FaceParameters[],
  { height, width }: CropSize,
): Promise<Uint8Array<ArrayBuffer>> {
  const pixels = faces.length * height * width;
  const packed = packFaces(faces, { height, width });
  const scene = gpu.acquire(packed.faces.byteLength);
  const photos = gpu.acquire(packed.photos.byteLength);
  const light = gpu.acquire(16 * pixels); // [faces, height, width, 4] floats
  const bytes = gpu.acquire(12 * Math.ceil(pixels / 4)); // [faces, height, width, 3] bytes
  try {
    gpu.upload(scene, packed.faces);
    gpu.upload(photos, packed.photos);
    const shape = new Uint32Array([width, height, faces.length]);
    gpu.dispatch(
      link("synthetic faces", "rw", [syntheticHead, syntheticFaces]),
      [scene, light],
      [Math.ceil(width / 8), Math.ceil(height / 8), faces.length],
      shape,
    );
    gpu.dispatch(
      link("synthetic camera", "rrw", [syntheticCamera]),
      [photos, light, bytes],
      grid(Math.ceil(pixels / 4)),
      shape,
    );
    return new Uint8Array(await gpu.read(bytes), 0, 3 * pixels);
  } finally {
    for (const slice of [scene, photos, light, bytes]) gpu.release(slice);
  }
}

function packFaces(
  faces: readonly FaceParameters[],
  size: CropSize,
): { faces: Float32Array<ArrayBuffer>; photos: Float32Array<ArrayBuffer> } {
  const packed = new Float32Array(faces.length * FACE_WORDS);
  const photos = new Float32Array(faces.length * PHOTO_WORDS);
  const photoWords = new Uint32Array(photos.buffer);
  faces.forEach((face, i) => {
    packed.set(packFace(face, size), i * FACE_WORDS);
    const { camera, texture } = face.nuisance;
    const at = i * PHOTO_WORDS;
    const blur = Math.max(0.2, camera.blur * size.height / 112);
    photos.set([blur, camera.noise, camera.contrast, camera.gamma], at);
    photoWords[at + 4] = texture;
  });
  return { faces: packed, photos };
}

/** The shader's struct `Face`, in its order; a row is 16 bytes. */
function packFace(face: FaceParameters, size: CropSize): Float32Array<ArrayBuffer> {
  const rows = [...sceneRows(face, size), ...shapeRows(face)];
  const packed = new Float32Array(rows.flat());
  const words = new Uint32Array(packed.buffer);
  words[15] = face.nuisance.texture;
  words[43] = face.identity.texture;
  return packed;
}

/** Rays, light and surroundings; the zeros are padding or an integer's place. */
function sceneRows({ identity, nuisance }: FaceParameters, size: CropSize): number[][] {
  const { light, background, clothes, camera, pose } = nuisance;
  const { origin, corner, right, down } = raysOf(identity, nuisance, size);
  return [
    [...origin, Math.hypot(...right)],
    [...corner, 0],
    [...right, 0],
    [...down, 0],
    [...rotateBack(light.direction, pose), camera.exposure],
    [...light.key, 0],
    [...light.sky, 0],
    [...light.ground, identity.skin.gloss],
    [...background.from, background.angle],
    [...background.to, background.clutter],
    [...clothes, 0],
  ];
}

/** The head under its expression, its colours, and glasses. */
function shapeRows({ identity, nuisance }: FaceParameters): number[][] {
  const { skull, jaw, chin, cheek, nose, eye, brow, mouth, ear, skin, moles, hair } = identity;
  const { expression, glasses } = nuisance;
  const { smile, open, browRaise, eyeClosure, gaze } = expression;
  const { halfWidth, height } = mouthOf(identity, expression);
  const upperLid = eye.opening * (1 - 1.25 * eyeClosure);
  const lowerLid = 0.6 * eye.opening * (1 - 0.3 * eyeClosure);
  return [
    [...skull, 0.16 * open],
    [jaw.width, jaw.height, jaw.depth, height],
    [-1.3 + chin.lift, chin.depth, chin.width, halfWidth],
    [cheek.height, cheek.bone, cheek.fullness, smile],
    [nose.length, nose.width, nose.bridge, nose.tip],
    [nose.depth, nose.hump, mouth.upper, mouth.lower],
    [eye.spacing, eye.width, upperLid, lowerLid],
    [eye.tilt, eye.depth, ...gaze],
    [...eye.iris, 0.24 * open],
    [brow.height + 0.07 * browRaise, brow.thickness, brow.length, brow.arch],
    [...brow.color, brow.density],
    [brow.slope, brow.ridge, skin.freckles, skin.stubble],
    [...mouth.color, glasses.frame],
    [...skin.color, glasses.shade],
    [...glasses.color, ear.height],
    [glasses.width, glasses.height, ear.size, skull[0] + ear.offset - 0.03],
    [hair.side, hair.top, hair.line, hair.window],
    [...hair.color, hair.parting],
    [...moles[0], hair.end],
    [...moles[1], hair.curl],
  ];
}
