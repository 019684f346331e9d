/** Opening what `train` trains on. */

import { type DataSet, requireIdentities } from "../data/dataset.ts";
import { findExcluded } from "../data/exclusion.ts";
import { ImageFolder } from "../data/image_folder_files.ts";
import { type IdentitySplit, splitIdentities, subset } from "../data/split.ts";
import { SyntheticFaces } from "../data/synthetic.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { TrainingConfiguration } from "../sphereface/configuration.ts";
import { readExclusions } from "./exclusions.ts";
import { Progress } from "./progress.ts";
import { isSynthetic } from "./train_options.ts";

/** Skipped images that are named on the terminal. */
const MOST_NAMED = 10;

/** What a run trains and verifies on. */
export interface TrainingData extends IdentitySplit, Disposable {
  /** Remarks for the report, such as images that were skipped. */
  readonly remarks: readonly string[];
  /** What the user should look after, such as a list that matches nothing. */
  readonly warnings: readonly string[];
}

/** Opens the data of a configuration: decodes the folder, or renders the synthetic faces. */
export async function openTrainingData(
  gpu: Gpu,
  configuration: TrainingConfiguration,
): Promise<TrainingData> {
  const { holdout, seed } = configuration;
  const { dataset, remarks, warnings, dispose } = isSynthetic(configuration)
    ? await openSynthetic(gpu, configuration)
    : await openFolder(configuration);
  try {
    const split = splitIdentities(dataset, holdout, seed);
    return { ...split, remarks, warnings, [Symbol.dispose]: dispose };
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
  const { syntheticIdentities, syntheticImages, size, seed } = configuration;
  const dataset = new SyntheticFaces(gpu, {
    identities: syntheticIdentities,
    imagesPerIdentity: syntheticImages,
    seed,
  });
  const progress = new Progress("rendering faces", dataset.labels.length);
  await dataset.prepare(size, (done) => progress.update(done));
  progress.end();
  return { dataset, remarks: [], warnings: [], dispose: () => {} };
}

async function openFolder(
  { data, size, minImages, exclude = [] }: TrainingConfiguration,
): Promise<Opened> {
  const lists = await readExclusions(exclude);
  let progress: Progress | null = null;
  const folder = await ImageFolder.open(data, {
    size,
    minImages,
    onProgress: (done, total) => (progress ??= new Progress("decoding images", total)).update(done),
  });
  (progress as Progress | null)?.end();
  const remarks: string[] = [];
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
    dispose: () => folder.dispose(),
  };
}
