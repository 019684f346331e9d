/** From image files to features: a net's embeddings, or raw pixels as the baseline. */

import type { ImageSize } from "../data/dataset.ts";
import type { Embedder } from "../sphereface/embedder.ts";
import { REPRESENTATION } from "../sphereface/embedding.ts";
import { type BrokenCrop, readCrops } from "./crops.ts";
import { Progress } from "./progress.ts";
import { nameSome } from "./read_input.ts";

/** What makes features of pixels. */
export interface Extractor {
  /** What it does, for progress and messages. */
  readonly name: string;
  /** Size of the images that it takes. */
  readonly size: ImageSize;
  /** Length of a feature. */
  readonly dim: number;
  /** Features `[images, dim]` of RGB bytes `[images, height, width, 3]`. */
  extract(pixels: Uint8Array<ArrayBuffer>): Promise<Float32Array> | Float32Array;
}

/** Embeddings of an image and of its mirror. */
export function embeddings(embedder: Embedder): Extractor {
  return {
    name: "embedding images",
    size: embedder.size,
    dim: REPRESENTATION,
    extract: (pixels) => embedder.embed(pixels),
  };
}

/** The pixels as a net sees them, (v − 127.5) / 128: how far one gets without learning. */
export function rawPixels(size: ImageSize): Extractor {
  return {
    name: "reading pixels",
    size,
    dim: size.height * size.width * 3,
    extract: (pixels) => Float32Array.from(pixels, (value) => (value - 127.5) / 128),
  };
}

/** Options of {@linkcode cropFeatures}. */
export interface CropFeaturesOptions {
  /** Images in a batch; {@linkcode DEFAULT_BATCH} by default. */
  readonly batch?: number | undefined;
  /** Whether a broken image is an error, as where pairs are to be compared. */
  readonly complete: boolean;
}

/** Features of the images that could be read. */
export interface CropFeatures {
  /** Row-major `[indices.length, dim]`. */
  readonly features: Float32Array;
  /** Length of a feature. */
  readonly dim: number;
  /** Where each row's image stands in the list of paths, rising. */
  readonly indices: readonly number[];
  /** Images without features. */
  readonly broken: readonly BrokenCrop[];
}

/** Images that go through a net together unless `--batch` says otherwise. */
export const DEFAULT_BATCH: number = 32;

/**
 * Reads images and makes features of them, with progress on standard error.
 *
 * @throws {Error} naming all broken images, where the features are to be complete or none is left.
 * @throws {RangeError} if a feature is not finite.
 */
export async function cropFeatures(
  paths: readonly string[],
  extractor: Extractor,
  { batch = DEFAULT_BATCH, complete }: CropFeaturesOptions,
): Promise<CropFeatures> {
  const { name, size, dim } = extractor;
  const broken: BrokenCrop[] = [];
  const indices: number[] = [];
  const features = new Float32Array(paths.length * dim);
  const progress = paths.length > batch ? new Progress(name, paths.length) : null;
  try {
    const onBroken = (crop: BrokenCrop) => void broken.push(crop);
    for await (const crops of readCrops(paths, { size, batch, onBroken })) {
      // What follows a broken image is read to name all broken ones at once.
      if (!complete || broken.length === 0) {
        const rows = await extractor.extract(crops.pixels);
        requireFinite(rows, dim, crops.indices.map((index) => paths[index]!));
        features.set(rows, indices.length * dim);
      }
      indices.push(...crops.indices);
      progress?.update(indices.length + broken.length);
    }
  } finally {
    progress?.end();
  }
  if (broken.length > 0 && (complete || indices.length === 0)) {
    throw new Error(describeBroken(broken, paths.length));
  }
  return { features: features.subarray(0, indices.length * dim), dim, indices, broken };
}

/** How many images were broken, and the reasons. */
export function describeBroken(broken: readonly BrokenCrop[], images: number): string {
  const reasons = broken.map(({ reason }) => reason);
  if (images === broken.length && images === 1) return reasons[0]!;
  const count = broken.length === images
    ? `None of the ${images}`
    : `${broken.length} of ${images}`;
  const verb = broken.length === images ? "can" : "cannot";
  return `${count} images ${verb} be used:\n${nameSome(reasons)}`;
}

function requireFinite(features: Float32Array, dim: number, paths: readonly string[]): void {
  const bad = features.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  throw new RangeError(
    `The feature of ${paths[Math.floor(bad / dim)]} holds ${features[bad]}: ` +
      "the model is broken, such as by a training that diverged.",
  );
}
