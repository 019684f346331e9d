/** The samples of a training step, in GPU memory that stays where it is from step to step. */

import type { Tensor } from "../autograd/tensor.ts";
import type { Batch } from "../data/loader.ts";
import type { ImageSize } from "../data/dataset.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { type UploadedImages, uploadImages } from "../ops/image_tensor.ts";
import { labelTensor } from "../ops/labels.ts";

/** The samples of a step as training needs them: as many as its batches hold together. */
export type TrainingBatch = Pick<Batch, "pixels" | "labels" | "flips">;

/** A batch on the GPU. */
export interface StepInput {
  /** Its images. */
  readonly images: UploadedImages;
  /** Its labels. */
  readonly labels: Tensor;
}

/**
 * The batches of a step. New ones are written over the old ones: the queue writes when the step before, which
 * was submitted earlier, has read them, so one set serves any number of steps in flight.
 */
export class StepInputs implements Disposable {
  readonly #gpu: Gpu;
  readonly #size: ImageSize;
  readonly #classes: number;
  #parts: StepInput[] = [];

  /** Inputs for images of a size, of so many identities. */
  constructor(gpu: Gpu, size: ImageSize, classes: number) {
    this.#gpu = gpu;
    this.#size = size;
    this.#classes = classes;
  }

  /**
   * Uploads samples as `parts` batches of equal size.
   *
   * @returns The batches, and whether they lie where those of the call before lay.
   * @throws {RangeError} for labels that are no identity's, and samples that do not fit.
   */
  upload(
    samples: TrainingBatch,
    parts: number,
  ): { readonly inputs: readonly StepInput[]; readonly moved: boolean } {
    const batches = split(samples, parts);
    const fits = this.#parts.length === parts &&
      this.#parts[0]!.labels.size === batches[0]!.labels.length;
    if (!fits) this[Symbol.dispose]();
    batches.forEach(({ pixels, labels, flips }, part) => {
      const over = this.#parts[part];
      const images = uploadImages(this.#gpu, { ...this.#size, pixels, flips }, over?.images);
      try {
        const there = labelTensor(this.#gpu, labels, this.#classes, over?.labels);
        this.#parts[part] = { images, labels: there };
      } catch (error) {
        if (over === undefined) images[Symbol.dispose]();
        throw error;
      }
    });
    return { inputs: this.#parts, moved: !fits };
  }

  /** Frees the memory. */
  [Symbol.dispose](): void {
    for (const { images, labels } of this.#parts) {
      images[Symbol.dispose]();
      labels[Symbol.dispose]();
    }
    this.#parts = [];
  }
}

/** Equal parts of a step's samples, in their order. */
function split({ pixels, labels, flips }: TrainingBatch, parts: number): TrainingBatch[] {
  if (labels.length % parts !== 0) {
    throw new RangeError(
      `${labels.length} samples are not ${parts} batches of one size; give a multiple of ${parts}.`,
    );
  }
  const of =
    <T extends { subarray(start: number, end: number): T; length: number }>(all: T) =>
    (part: number): T => all.subarray(part * all.length / parts, (part + 1) * all.length / parts);
  const [pixelsOf, labelsOf, flipsOf] = [of(pixels), of(labels), of(flips)];
  return Array.from({ length: parts }, (_, part) => ({
    pixels: pixelsOf(part),
    labels: labelsOf(part),
    flips: flipsOf(part),
  }));
}
