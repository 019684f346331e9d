/** From image files to features: a net's embeddings, or raw pixels as the baseline. */

import type { ImageSize } from "../data/dataset.ts";
import type { Embedder } from "../sphereface/embedder.ts";
import { REPRESENTATION } from "../sphereface/embedding.ts";
import { type BrokenCrop, type CropSource, namesOf, readCrops } from "./crops.ts";
import { Progress } from "./progress.ts";
import { nameSome } from "./read_input.ts";

/** What makes features of pixels. */
export interface Extractor {
  /** What it does, for progress and messages. */
  readonly name: string;
  /** Size of the images that it takes. */
  readonly size: ImageSize;
  /** Rows and columns around it that images have besides, see {@linkcode readCrops}; 0 if left out. */
  readonly margin?: number;
  /** Length of a feature. */
  readonly dim: number;
  /** How many images it takes before it gives the first feature, at most. */
  readonly batch: number;
  /** The feature `[dim]` of each image, given as RGB bytes `[height, width, 3]`, in their order. */
  extract(images: AsyncIterable<Uint8Array<ArrayBuffer>>): AsyncIterable<Float32Array>;
}

/** Embeddings of an image and of its mirror, `batch` images at a time. */
export function embeddings(embedder: Embedder, batch: number = embedder.batch): Extractor {
  return {
    name: "embedding images",
    size: embedder.size,
    margin: embedder.model.configuration?.jitter ?? 0,
    dim: REPRESENTATION,
    batch,
    extract: (images) => embedder.embedAll(images, { batch }),
  };
}

/** The pixels as a net sees them, (v − 127.5) / 128: how far one gets without learning. */
export function rawPixels(size: ImageSize): Extractor {
  return {
    name: "reading pixels",
    size,
    dim: size.height * size.width * 3,
    batch: 32,
    async *extract(images) {
      for await (const pixels of images) {
        yield Float32Array.from(pixels, (value) => (value - 127.5) / 128);
      }
    },
  };
}

/** A feature and where its image stands in the source. */
export interface CropFeature {
  /** The image's place. */
  readonly index: number;
  /** Its feature. */
  readonly feature: Float32Array;
}

/** Options of {@linkcode streamCropFeatures}. */
export interface StreamOptions {
  /** Where in the source to begin; 0 by default. */
  readonly first?: number;
  /** Whether no features are wanted once an image is broken; the others are read, to name all broken ones. */
  readonly complete: boolean;
  /** Hears of each image that cannot be used and its place, before any feature of a later one is given. */
  readonly onBroken: (broken: BrokenCrop, index: number) => void;
}

/**
 * Reads images and makes features of them in bounded memory, with progress on standard error.
 *
 * @throws {RangeError} if a feature is not finite.
 */
export async function* streamCropFeatures(
  source: CropSource,
  extractor: Extractor,
  { first = 0, complete, onBroken }: StreamOptions,
): AsyncGenerator<CropFeature, void, void> {
  const { name, size, margin = 0, batch } = extractor;
  const names = namesOf(source);
  const indices: number[] = []; // of images whose features are still to come
  let broken = 0;
  let given = 0;
  async function* good() {
    const heard = (crop: BrokenCrop, index: number) => {
      broken++;
      onBroken(crop, index);
    };
    const options = { size, margin, ahead: batch, first, onBroken: heard };
    for await (const crop of readCrops(source, options)) {
      if (complete && broken > 0) continue;
      indices.push(crop.index);
      yield crop.pixels;
    }
  }
  const progress = names.length - first > batch ? new Progress(name, names.length, first) : null;
  try {
    for await (const feature of extractor.extract(good())) {
      const index = indices.shift()!;
      requireFinite(feature, names[index]!);
      yield { index, feature };
      // Features come by the batch: after the first of one, the rest of it would look like long work.
      if (++given % batch === 0 || index === names.length - 1) progress?.update(index + 1);
    }
  } finally {
    progress?.end();
  }
}

/** Features of the images that could be read. */
export interface CropFeatures {
  /** Row-major `[images, dim]`. */
  readonly features: Float32Array;
  /** Length of a feature. */
  readonly dim: number;
}

/**
 * Features of all images, in memory.
 *
 * @throws {Error} naming all images that are broken.
 * @throws {RangeError} if a feature is not finite.
 */
export async function cropFeatures(
  source: CropSource,
  extractor: Extractor,
): Promise<CropFeatures> {
  const { dim } = extractor;
  const broken: BrokenCrop[] = [];
  const images = namesOf(source).length;
  const features = new Float32Array(images * dim);
  const onBroken = (crop: BrokenCrop) => void broken.push(crop);
  for await (
    const { index, feature } of streamCropFeatures(source, extractor, { complete: true, onBroken })
  ) {
    features.set(feature, index * dim);
  }
  if (broken.length > 0) throw new Error(describeBroken(broken, images));
  return { features, dim };
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

function requireFinite(feature: Float32Array, path: string): void {
  const bad = feature.find((value) => !Number.isFinite(value));
  if (bad === undefined) return;
  throw new RangeError(
    `The feature of ${path} holds ${bad}: ` +
      "the model is broken, such as by a training that diverged.",
  );
}
