/** A trained model in use. */

import type { ImageSize } from "../data/dataset.ts";
import { cosineSimilarity } from "../evaluate/features.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Parameters } from "../nn/parameters.ts";
import { embedImages, REPRESENTATION } from "./embedding.ts";
import { decodeModel, type Model } from "./model.ts";
import { SphereNet } from "./spherenet.ts";

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

  /** Puts a model's weights on the GPU. */
  constructor(gpu: Gpu, model: Model) {
    this.model = model;
    this.#gpu = gpu;
    this.#net = new SphereNet(model.net, model.size);
    this.#parameters = new Parameters(gpu, this.#net.specs, false);
    this.#parameters.load(model.weights);
  }

  /** Reads the bytes of a `model.safetensors`; `name` is for messages. */
  static load(gpu: Gpu, bytes: Uint8Array, name: string): Embedder {
    return new Embedder(gpu, decodeModel(bytes, name));
  }

  /** Size of the images that it takes. */
  get size(): ImageSize {
    return this.model.size;
  }

  /**
   * Representations `[images, 1024]` of RGB bytes `[images, height, width, 3]`: each image's embedding and
   * its mirror's, not normalised; compare them by cosine.
   */
  embed(pixels: Uint8Array<ArrayBuffer>): Promise<Float32Array<ArrayBuffer>> {
    return embedImages(this.#gpu, this.#net, this.#parameters, { ...this.size, pixels });
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
