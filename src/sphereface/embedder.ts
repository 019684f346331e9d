/** A trained model in use. */

import type { ImageSize } from "../data/dataset.ts";
import { cosineSimilarity } from "../evaluate/features.ts";
import { type ElementType, requireHalf } from "../gpu/element_type.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Parameters } from "../nn/parameters.ts";
import { embedImages, REPRESENTATION } from "./embedding.ts";
import { overlapped, packed, type StreamPlan, streamPlan } from "./embedding_stream.ts";
import { decodeModel, type Model } from "./model.ts";
import { SphereNet } from "./spherenet.ts";

/** Options of {@linkcode Embedder.embedAll}. */
export interface EmbedAllOptions {
  /** Images that go through the net together; {@linkcode Embedder.batch} by default. */
  readonly batch?: number | undefined;
}

/** Options of {@linkcode Embedder}. */
export interface EmbedderOptions {
  /** How feature maps are stored: `f32` if left out, or `f16`, which takes half the memory. */
  readonly precision?: ElementType | undefined;
}

/**
 * Embeds aligned face crops with a trained model.
 *
 * @example
 * ```ts
 * import { Embedder, encodeModel, Gpu, Random, Parameters, SphereNet } from "@spheregrad/spheregrad";
 *
 * using gpu = await Gpu.request();
 * const size = { height: 32, width: 32 };
 * using parameters = new Parameters(gpu, new SphereNet("4", size).specs);
 * parameters.initialise(new Random(0)); // an untrained net; load a model.safetensors instead
 * const model = encodeModel({ net: "4", size, weights: await parameters.values() });
 *
 * using embedder = Embedder.load(gpu, model, "model.safetensors");
 * const images = new Uint8Array(2 * 32 * 32 * 3); // two black faces
 * const embeddings = await embedder.embed(images); // [2, 1024]
 * console.log(embeddings.length, embedder.similarity(embeddings, 0, 1));
 * ```
 */
export class Embedder implements Disposable {
  /** The model that is in use. */
  readonly model: Model;
  readonly #gpu: Gpu;
  readonly #net: SphereNet;
  readonly #parameters: Parameters;
  readonly #plan: StreamPlan;
  readonly #precision: ElementType;

  /**
   * Puts a model's weights on the GPU.
   *
   * @throws {Error} for the precision f16 on a device that does not offer it.
   */
  constructor(gpu: Gpu, model: Model, { precision = "f32" }: EmbedderOptions = {}) {
    if (precision === "f16") requireHalf(gpu);
    this.#precision = precision;
    this.model = model;
    this.#gpu = gpu;
    this.#net = new SphereNet(model.net, model.size);
    this.#parameters = new Parameters(gpu, this.#net.specs, false);
    this.#parameters.load(model.weights);
    this.#plan = streamPlan(gpu, model.size);
  }

  /** Reads the bytes of a `model.safetensors`; `name` is for messages. */
  static load(gpu: Gpu, bytes: Uint8Array, name: string, options?: EmbedderOptions): Embedder {
    return new Embedder(gpu, decodeModel(bytes, name), options);
  }

  /** Size of the images that it takes. */
  get size(): ImageSize {
    return this.model.size;
  }

  /** Images that suit the adapter as a batch: few in software, more on a GPU, more where they are small. */
  get batch(): number {
    return this.#plan.batch;
  }

  /**
   * Representations `[images, 1024]` of RGB bytes `[images, height, width, 3]`: each image's embedding and
   * its mirror's, not normalised; compare them by cosine.
   */
  embed(pixels: Uint8Array<ArrayBuffer>): Promise<Float32Array<ArrayBuffer>> {
    const images = { ...this.size, pixels };
    return embedImages(this.#gpu, this.#net, this.#parameters, images, this.#precision);
  }

  /**
   * Representations of any number of images, in their order and in bounded memory. Images are taken as they
   * are needed and go through the net in batches; while the GPU works on one, the next is read and waits.
   *
   * @param images RGB bytes `[height, width, 3]` of one image each.
   * @returns The representation `[1024]` of each image.
   * @throws {RangeError} for an image of another size than the model's, or a batch that is no whole number
   *   from 1; besides, what the stream of images throws.
   *
   * @example
   * ```ts
   * import { Embedder, encodeModel, Gpu, Parameters, Random, SphereNet } from "@spheregrad/spheregrad";
   *
   * using gpu = await Gpu.request();
   * const size = { height: 32, width: 32 };
   * using parameters = new Parameters(gpu, new SphereNet("4", size).specs);
   * parameters.initialise(new Random(0)); // an untrained net; load a model.safetensors instead
   * const model = encodeModel({ net: "4", size, weights: await parameters.values() });
   *
   * async function* faces() {
   *   for (let grey = 0; grey < 100; grey++) yield new Uint8Array(32 * 32 * 3).fill(grey);
   * }
   * using embedder = Embedder.load(gpu, model, "model.safetensors");
   * let count = 0;
   * for await (const embedding of embedder.embedAll(faces())) count += embedding.length / 1024;
   * console.assert(count === 100);
   * ```
   */
  async *embedAll(
    images: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    { batch = this.batch }: EmbedAllOptions = {},
  ): AsyncGenerator<Float32Array<ArrayBuffer>, void, void> {
    if (!Number.isInteger(batch) || batch < 1) {
      throw new RangeError(`A batch takes at least 1 image, not ${batch}.`);
    }
    const { height, width } = this.size;
    const batches = packed(images, {
      batch,
      bytes: height * width * 3,
      describe: (length) =>
        `${length} bytes are not an RGB image of ${height}×${width} pixels, the size that the net takes.`,
    });
    const embed = (pixels: Uint8Array<ArrayBuffer>) => this.embed(pixels);
    for await (const rows of overlapped(batches, embed, this.#plan.inFlight)) {
      for (let at = 0; at < rows.length; at += REPRESENTATION) {
        yield rows.subarray(at, at + REPRESENTATION);
      }
    }
  }

  /** The cosine between two rows of what {@linkcode embed} gave. */
  similarity(embeddings: Float32Array, left: number, right: number): number {
    const row = (index: number) =>
      embeddings.subarray(index * REPRESENTATION, (index + 1) * REPRESENTATION);
    return cosineSimilarity(row(left), row(right));
  }

  /** Frees the weights. */
  [Symbol.dispose](): void {
    this.#parameters[Symbol.dispose]();
  }
}
