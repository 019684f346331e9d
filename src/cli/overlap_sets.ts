/** The sets that `overlap` compares: images that go through a net, or files of embeddings. */

import type { EncodedImages } from "../data/encoded_images.ts";
import { imagesOfEach, type LabelledSet } from "../data/exclusion.ts";
import { identitiesOfPaths, type StoredFeatures } from "../data/sets/stored_features.ts";
import { bestOfHalves, IdentityMeans, imageRows } from "../evaluate/identity_rows.ts";
import type { IdentityRows } from "../evaluate/overlap.ts";
import type { Embedder } from "../sphereface/embedder.ts";
import { REPRESENTATION } from "../sphereface/embedding.ts";
import { embeddings, streamCropFeatures } from "./crop_features.ts";
import type { BrokenCrop } from "./crops.ts";

/** How identities are compared: by the means of their embeddings, or by their most alike images. */
export const COMPARISONS = ["mean", "best"] as const;

/** One of them. */
export type Comparison = (typeof COMPARISONS)[number];

/** A set that is ready to be compared. */
export interface ComparedSet {
  /** What is compared. */
  readonly rows: IdentityRows;
  /** Cosines of halves of one person's images. */
  readonly halves: Float64Array;
  /** Images that could not be used. */
  readonly broken: readonly string[];
}

/** Rows of a file that are read at once. */
const READ_ROWS = 4096;

/** Embeds a set of images. */
export async function embedSet(
  images: EncodedImages,
  embedder: Embedder,
  comparison: Comparison,
  batch?: number,
): Promise<ComparedSet> {
  const { name, identities, labels } = images;
  const broken: string[] = [];
  const means = new IdentityMeans(name, identities, REPRESENTATION);
  const best = comparison === "best" ? new Float32Array(labels.length * REPRESENTATION) : null;
  const used: number[] = [];
  const onBroken = ({ reason }: BrokenCrop) => void broken.push(reason);
  const options = { complete: false, onBroken };
  const extractor = { ...embeddings(embedder, batch), name: `embedding ${name}` };
  for await (const { index, feature } of streamCropFeatures(images, extractor, options)) {
    means.add(labels[index]!, feature);
    best?.set(feature, used.length * REPRESENTATION);
    used.push(index);
  }
  if (used.length === 0 && broken.length > 0) throw new Error(broken[0]);
  if (best === null) return { rows: means.rows(), halves: means.halves(), broken };
  const usedLabels = Uint32Array.from(used, (sample) => labels[sample]!);
  const rows = imageRows({
    name,
    dim: REPRESENTATION,
    identities,
    labels: usedLabels,
    images: imagesOfEach({ identities, labels: usedLabels }),
    features: best.subarray(0, used.length * REPRESENTATION),
  });
  return { rows, halves: await bestOfHalves(rows), broken };
}

/** Takes the embeddings of a file. */
export async function storedSet(
  features: StoredFeatures,
  comparison: Comparison,
): Promise<ComparedSet> {
  const { name, dim, imageNames } = features;
  const set: LabelledSet = identitiesOfPaths(imageNames, name);
  const means = new IdentityMeans(name, set.identities, dim);
  for (let first = 0; first < imageNames.length; first += READ_ROWS) {
    const count = Math.min(READ_ROWS, imageNames.length - first);
    const rows = await features.read(first, count);
    for (let i = 0; i < count; i++) {
      const feature = rows.subarray(i * dim, (i + 1) * dim);
      requireFinite(feature, name);
      means.add(set.labels[first + i]!, feature);
    }
  }
  if (comparison === "mean") return { rows: means.rows(), halves: means.halves(), broken: [] };
  const common = { name, dim, ...set, images: imagesOfEach(set) };
  const rows: IdentityRows = {
    ...common,
    // The file's rows are scaled as they are read: there may be more of them than memory.
    read: async (first, count) =>
      imageRows({ ...common, features: await features.read(first, count) }).read(0, count),
  };
  return { rows, halves: await bestOfHalves(rows), broken: [] };
}

function requireFinite(feature: Float32Array, name: string): void {
  if (feature.every(Number.isFinite)) return;
  throw new RangeError(
    `An embedding of ${name} is not finite: the model is broken, such as by a training that diverged.`,
  );
}
