/** Opening what `train` trains on. */

import { type DataSet, requireIdentities } from "../data/dataset.ts";
import { findExcluded } from "../data/exclusion.ts";
import { centred, withMargin } from "../data/crop_windows.ts";
import { DecodedImages } from "../data/decoding/decoded_images.ts";
import type { OpenedImages } from "../data/encoded_images.ts";
import { spawnFileWorker } from "../data/sets/image_folder_files.ts";
import { openImages } from "../data/sets/open_images_files.ts";
import type { IdentityList } from "../data/overlap_lists.ts";
import { type IdentitySplit, splitIdentities, subset } from "../data/split.ts";
import { SyntheticFaces } from "../data/synthetic.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { TrainingConfiguration } from "../sphereface/configuration.ts";
import { alignmentWarnings } from "./alignment.ts";
import { readExclusions } from "./exclusions.ts";
import { Progress } from "./progress.ts";
import { CachedImages } from "./cached_images.ts";
import { type CacheOptions, isSynthetic } from "./train_options.ts";

/** Skipped images that are named on the terminal. */
const MOST_NAMED = 10;

/** What a run trains and verifies on. */
export interface TrainingData extends IdentitySplit, Disposable {
  /** Remarks for the report, such as images that were skipped. */
  readonly remarks: readonly string[];
  /** What the user should look after, such as a list that matches nothing. */
  readonly warnings: readonly string[];
}

/** That a sample's alignment is to be looked at, where MTCNN's weights are at hand. */
export interface AlignmentLook {
  /** The folder or file of the weights; what was downloaded before if undefined. */
  readonly weights: string | undefined;
}

/**
 * Opens the data of a configuration: decodes a set of images, or renders the synthetic faces. With jitter, images
 * to train on are read larger, and those held out are the middle of such.
 */
export async function openTrainingData(
  gpu: Gpu,
  configuration: TrainingConfiguration,
  cache: CacheOptions | null = null,
  look: AlignmentLook | null = null,
): Promise<TrainingData> {
  const { holdout, seed, jitter = 0 } = configuration;
  const { dataset, remarks, warnings, dispose } = isSynthetic(configuration)
    ? await openSynthetic(gpu, configuration)
    : await openSet(gpu, configuration, cache, look);
  try {
    const { train, holdout: kept } = splitIdentities(dataset, holdout, seed);
    return { train, holdout: centred(kept, jitter), remarks, warnings, [Symbol.dispose]: dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

interface Opened {
  readonly dataset: DataSet;
  readonly remarks: readonly string[];
  readonly warnings: readonly string[];
  readonly dispose: () => void;
}

async function openSynthetic(gpu: Gpu, configuration: TrainingConfiguration): Promise<Opened> {
  const { syntheticIdentities, syntheticImages, size, jitter = 0, seed } = configuration;
  const dataset = new SyntheticFaces(gpu, {
    identities: syntheticIdentities,
    imagesPerIdentity: syntheticImages,
    seed,
  });
  const progress = new Progress("rendering faces", dataset.labels.length);
  await dataset.prepare(withMargin(size, jitter), (done) => progress.update(done));
  progress.end();
  return { dataset, remarks: [], warnings: [], dispose: () => {} };
}

async function openSet(
  gpu: Gpu,
  configuration: TrainingConfiguration,
  cache: CacheOptions | null,
  look: AlignmentLook | null,
): Promise<Opened> {
  const { data, exclude = [], root } = configuration;
  const lists = await readExclusions(exclude);
  const images = await openImages(data, { root });
  try {
    if (images.pairs) {
      throw new Error(
        `${data} is a verification set, of pairs; training takes a set of identities.`,
      );
    }
    const seen = look && await alignmentWarnings(gpu, images, look.weights);
    const folder = await decode(images, configuration, cache);
    const { remarks, warnings, ...opened } = chosen(folder, images, lists);
    return {
      ...opened,
      remarks: [...remarks, ...seen?.remarks ?? []],
      warnings: [...warnings, ...seen?.warnings ?? []],
    };
  } catch (error) {
    images[Symbol.dispose]();
    throw error;
  }
}

/** Decodes the images into memory where they have room, or takes them from the cache on the disk. */
async function decode(
  images: OpenedImages,
  { size: crop, jitter = 0, minImages }: TrainingConfiguration,
  cache: CacheOptions | null,
): Promise<DecodedImages | CachedImages> {
  let progress: Progress | null = null;
  const onProgress = (done: number, total: number) =>
    (progress ??= new Progress("decoding images", total)).update(done);
  const size = withMargin(crop, jitter);
  const options = { size, minImages, onProgress, ...(images.path && { spawn: spawnFileWorker }) };
  const set = cache === null
    ? await DecodedImages.from(images, options)
    : await CachedImages.open(images, options, { ...cache, size, onProgress });
  (progress as Progress | null)?.end();
  return set;
}

/** The set without what lists leave out, and what is to be said of it. */
function chosen(
  folder: DecodedImages | CachedImages,
  images: OpenedImages,
  lists: readonly IdentityList[],
): Opened {
  const remarks: string[] = [...images.remarks];
  if (folder.skipped.length > 0) {
    const named = folder.skipped.slice(0, MOST_NAMED).map(({ reason }) => `  ${reason}`);
    const more = folder.skipped.length - named.length;
    remarks.push(
      [
        `${folder.skipped.length} of ${
          folder.skipped.length + folder.labels.length
        } images were skipped:`,
        ...named,
        ...(more > 0 ? [`  and ${more} more`] : []),
      ].join("\n"),
    );
  }
  const excluded = findExcluded(folder, lists);
  const dataset = subset(folder, (_, label) => !excluded.labels.has(label));
  requireIdentities(dataset, 2);
  return {
    dataset,
    remarks: [...remarks, ...excluded.remarks],
    warnings: excluded.warnings,
    dispose: () => {
      folder[Symbol.dispose]();
      images[Symbol.dispose]();
    },
  };
}
