/** From photos to aligned crops: decoding, detection, the GPU's warp and encoding beside each other. */

import type { ImageSource } from "../../data/decoding/decode_job.ts";
import { chooseFaces, type FaceChoice, type KnownFace } from "../../faces/align/choose_face.ts";
import type { Landmarks } from "../../faces/face.ts";
import { type AlignOptions, cutFace, type FaceCut } from "../../faces/align/face_cut.ts";
import { ImageDecodeError, type RgbImage } from "../../faces/images/image.ts";
import type { LandmarkList } from "../../faces/align/landmark_lists.ts";
import type { Gpu } from "../../gpu/gpu.ts";
import { type CropSink, CropWriter } from "./crop_writer.ts";
import type { CropEncoding } from "./photo_jobs.ts";
import type { PhotoPool } from "./photo_pool.ts";

/** A photo to align. */
export interface Photo {
  /** Its name in the set, with `/` between folders. */
  readonly name: string;
  /** Where its file stands, if by itself on the disk. */
  readonly path?: string;
  /** Its file, or where it stands. */
  source(): Promise<ImageSource>;
}

/** What finds faces in photos. */
export interface FaceDetector {
  /** The faces in a photo. */
  detect(image: RgbImage): Promise<readonly KnownFace[]>;
}

/** How photos are aligned. */
export interface AlignPhotosOptions {
  /** The template and the method. */
  readonly align: AlignOptions;
  /** Which face of a photo. */
  readonly choice: FaceChoice;
  /** How crops are encoded. */
  readonly encoding: CropEncoding;
  /** Where the faces are: in a list, or for a detector to find. */
  readonly faces: LandmarkList | FaceDetector;
}

/** Bytes of decoded photos that wait, estimated; one photo may have more. */
const DECODED_BYTES = 1 << 28;

/** Bytes of pixels that a byte of a photo's file may stand for. */
const PIXELS_A_BYTE = 15;

/** Photos that are with the detector at once, so that the GPU has another while one is waited for. */
const DETECTIONS = 4;

type Unusable =
  | { readonly photo: Photo; readonly reason: string }
  | { readonly photo: Photo; readonly failure: unknown };

type Decoded = Unusable | { readonly photo: Photo; readonly image: RgbImage };

type Looked =
  | Unusable
  | { readonly photo: Photo; readonly image: RgbImage; readonly faces: readonly KnownFace[] };

/**
 * Aligns photos, in their order.
 *
 * @throws {Error} if nothing can be decoded, the GPU fails, or a crop cannot be written; photos that are broken
 * or show no face are reported to the sink.
 */
export async function alignPhotos(
  photos: readonly Photo[],
  gpu: Gpu,
  pool: PhotoPool,
  options: AlignPhotosOptions,
  sink: CropSink,
  interruption: { readonly asked: boolean } = { asked: false },
): Promise<void> {
  const writer = new CropWriter(gpu, pool, options.encoding, sink);
  for await (const looked of lookAt(readPhotos(photos, pool, options.faces), options.faces)) {
    if (interruption.asked) break;
    const { name } = looked.photo;
    if ("failure" in looked) throw looked.failure;
    if ("reason" in looked) {
      await sink.done({ name, faces: null, crops: [], problem: looked.reason });
      continue;
    }
    const { image, faces } = looked;
    const cuts: FaceCut[] = [];
    const problems: string[] = faces.length === 0 ? [NO_FACE] : [];
    for (const { landmarks } of chooseFaces(faces, image, options.choice)) {
      try {
        cuts.push(requireFits(cutFace(image, landmarks, options.align), gpu));
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        problems.push(error.message);
      }
    }
    await writer.add(cuts, {
      name,
      faces,
      crops: sink.filesOf(name, cuts.length),
      ...(problems.length > 0 && { problem: problems.join(" ") }),
    });
  }
  await writer.finish();
}

const NO_FACE = "no face was found in it";

/** To a thousandth of a pixel, so that the landmarks that are kept give just the same crops again. */
function rounded({ landmarks, box, confidence }: KnownFace): KnownFace {
  const short = (value: number) => Math.round(1000 * value) / 1000;
  const points = landmarks.map(({ x, y }) => ({ x: short(x), y: short(y) }));
  return {
    landmarks: points as unknown as Landmarks,
    ...(box && {
      box: { x: short(box.x), y: short(box.y), width: short(box.width), height: short(box.height) },
    }),
    ...(confidence !== undefined && { confidence: Math.round(1e6 * confidence) / 1e6 }),
  };
}

function requireFits(cut: FaceCut, gpu: Gpu): FaceCut {
  if (cut.bytes.length <= gpu.bindingLimit) return cut;
  throw new RangeError(
    `the face takes ${cut.bytes.length} bytes of the photo, over this adapter's limit; scale it down`,
  );
}

/** The faces of photos, in the photos' order, several looked for at once. */
async function* lookAt(
  photos: AsyncIterable<Decoded>,
  source: LandmarkList | FaceDetector,
): AsyncGenerator<Looked, void, void> {
  const pending: Promise<Looked>[] = [];
  for await (const decoded of photos) {
    pending.push(look(decoded, source));
    if (pending.length === DETECTIONS) yield await pending.shift()!;
  }
  for (const looked of pending) yield await looked;
}

/** Never rejects, as a rejection that nobody awaits yet would end the process. */
async function look(decoded: Decoded, source: LandmarkList | FaceDetector): Promise<Looked> {
  if (!("image" in decoded)) return decoded;
  const { photo, image } = decoded;
  if (!("detect" in source)) return { photo, image, faces: source.get(photo.name)! };
  try {
    return { photo, image, faces: (await source.detect(image)).map(rounded) };
  } catch (error) {
    // Of another kind are the GPU's own failures, which concern all photos.
    return error instanceof RangeError
      ? { photo, reason: error.message }
      : { photo, failure: error };
  }
}

/** Photos in their order, decoded ahead in bounded memory; those of which no face is known are not decoded. */
async function* readPhotos(
  photos: readonly Photo[],
  pool: PhotoPool,
  faces: LandmarkList | FaceDetector,
): AsyncGenerator<Decoded, void, void> {
  const pending: { readonly bytes: number; readonly decoded: Promise<Decoded> }[] = [];
  let waiting = 0;
  let started = 0;
  for (let index = 0; index < photos.length; index++) {
    while (started < photos.length && pending.length < pool.capacity && waiting < DECODED_BYTES) {
      const photo = photos[started++]!;
      const source = await photo.source().catch((error) => error as Error);
      const bytes = PIXELS_A_BYTE * (source instanceof Error ? 0 : await bytesOf(source));
      pending.push({ bytes, decoded: decode(photo, source, pool, faces) });
      waiting += bytes;
    }
    const { bytes, decoded } = pending.shift()!;
    yield await decoded;
    waiting -= bytes;
  }
}

/** Bytes of a photo's file. */
async function bytesOf({ bytes, path }: ImageSource): Promise<number> {
  return bytes?.length ?? (await Deno.stat(path!).catch(() => null))?.size ?? 0;
}

/** Never rejects, as a rejection that nobody awaits yet would end the process. */
async function decode(
  photo: Photo,
  source: ImageSource | Error,
  pool: PhotoPool,
  faces: LandmarkList | FaceDetector,
): Promise<Decoded> {
  if (!("detect" in faces)) {
    const known = faces.get(photo.name);
    if (known === undefined) return { photo, reason: "the file of landmarks does not name it" };
    if (known.length === 0) {
      return { photo, image: { height: 0, width: 0, data: new Uint8Array() } };
    }
  }
  try {
    if (source instanceof Error) throw source;
    return { photo, image: await pool.decode(source) };
  } catch (error) {
    return error instanceof ImageDecodeError
      ? { photo, reason: error.message }
      : { photo, failure: error };
  }
}
