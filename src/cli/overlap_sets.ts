/** The sets that `overlap` compares: images that go through a net, or files of embeddings. */

import { decodeAll } from "../data/decode_all.ts";
import { openPool } from "../data/decoded_images.ts";
import type { EncodedImages } from "../data/encoded_images.ts";
import { imagesOfEach, type LabelledSet } from "../data/exclusion.ts";
import { spawnFileWorker } from "../data/image_folder_files.ts";
import { identitiesOfPaths, type StoredFeatures } from "../data/stored_features.ts";
import { IdentityMeans, imageRows } from "../evaluate/identity_rows.ts";
import type { IdentityRows } from "../evaluate/overlap.ts";
import type { Embedder } from "../sphereface/embedder.ts";
import { REPRESENTATION } from "../sphereface/embedding.ts";
import { Progress } from "./progress.ts";

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

/** Images that are decoded while the net works on as many. */
const CHUNK = 256;

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
  const given: number[] = []; // samples whose embeddings are still to come
  async function* pixels() {
    for await (const chunk of decodedChunks(images, embedder, broken)) {
      for (const [index, image] of chunk) {
        given.push(index);
        yield image;
      }
    }
  }
  const means = new IdentityMeans(name, identities, REPRESENTATION);
  const best = comparison === "best" ? new Float32Array(labels.length * REPRESENTATION) : null;
  const used: number[] = [];
  const progress = new Progress(`embedding ${name}`, labels.length);
  for await (const feature of embedder.embedAll(pixels(), { batch })) {
    requireFinite(feature, name);
    const sample = given.shift()!;
    means.add(labels[sample]!, feature);
    best?.set(feature, used.length * REPRESENTATION);
    used.push(sample);
    // Embeddings come by the batch: after the first of one, the rest of it would look like long work.
    if (used.length % (batch ?? embedder.batch) === 0) progress.update(sample + 1);
  }
  progress.update(labels.length);
  progress.end();
  if (used.length === 0 && broken.length > 0) throw new Error(broken[0]);
  const halves = means.halves();
  if (best === null) return { rows: means.rows(), halves, broken };
  const usedLabels = Uint32Array.from(used, (sample) => labels[sample]!);
  const rows = imageRows({
    name,
    dim: REPRESENTATION,
    identities,
    labels: usedLabels,
    images: imagesOfEach({ identities, labels: usedLabels }),
    features: best.subarray(0, used.length * REPRESENTATION),
  });
  return { rows, halves, broken };
}

type Decoded = readonly (readonly [index: number, pixels: Uint8Array<ArrayBuffer>])[];

/** A set's images in order, the next chunk being decoded while one is in use. */
async function* decodedChunks(
  images: EncodedImages,
  { size }: Embedder,
  broken: string[],
): AsyncGenerator<Decoded, void, void> {
  using pool = openPool({ ...(images.path && { spawn: spawnFileWorker }) });
  const total = images.labels.length;
  const decode = async (first: number): Promise<Decoded> => {
    const decoded: [number, Uint8Array<ArrayBuffer>][] = [];
    await decodeAll(images, [first, Math.min(total, first + CHUNK)], pool, size, {
      image: (index, pixels) => void decoded.push([index, pixels]),
      damaged: (_, reason) => void broken.push(reason),
    });
    return decoded.sort(([a], [b]) => a - b);
  };
  let next = decode(0);
  for (let first = 0; first < total; first += CHUNK) {
    const chunk = await next;
    next = decode(Math.min(total, first + CHUNK));
    next.catch(() => {}); // it is awaited in the next round, if there is one
    yield chunk;
  }
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
  const halves = means.halves();
  if (comparison === "mean") return { rows: means.rows(), halves, broken: [] };
  const common = { name, dim, ...set, images: imagesOfEach(set) };
  const rows: IdentityRows = {
    ...common,
    // The file's rows are scaled as they are read: there may be more of them than memory.
    read: async (first, count) =>
      imageRows({ ...common, features: await features.read(first, count) }).read(0, count),
  };
  return { rows, halves, broken: [] };
}

function requireFinite(feature: Float32Array, name: string): void {
  if (feature.every(Number.isFinite)) return;
  throw new RangeError(
    `An embedding of ${name} is not finite: the model is broken, such as by a training that diverged.`,
  );
}
