/**
 * Finding faces and their landmarks with MTCNN (Zhang, Zhang, Li and Qiao, "Joint face detection and alignment
 * using multitask cascaded convolutional networks", 2016), as SphereFace's preprocessing uses it.
 */

import type { Gpu } from "../../gpu/gpu.ts";
import type { NamedValues } from "../../nn/parameters.ts";
import type { DetectedFace } from "../face.ts";
import { GpuPhoto } from "./gpu_photo.ts";
import type { RgbImage } from "../images/image.ts";
import { MtcnnNets } from "./nets.ts";
import { type MtcnnOptions, type MtcnnSettings, mtcnnSettings } from "./options.ts";
import { propose } from "./proposals.ts";
import { octavesOf, pyramidLevels } from "./pyramid.ts";
import { finish, refine } from "./stages.ts";

/**
 * Finds faces in photos of any size.
 *
 * The first net looks at the photo in ever smaller sizes and proposes squares; the second and the third look at
 * these, and the third gives landmarks. All of it runs on the GPU, with one wait for each net. The memory that a
 * photo takes is bounded: a few bytes a pixel, and pieces of its pyramid.
 *
 * Photos are resized by the mean over a pixel's area, as the authors' resizing does; from an octave of the
 * photo (its half, its quarter, …) that is two to four times as fine.
 *
 * @example
 * ```ts
 * import { Gpu, MtcnnDetector, mtcnnSpecs, Parameters, Random } from "@spheregrad/spheregrad";
 *
 * using gpu = await Gpu.request();
 * using parameters = new Parameters(gpu, mtcnnSpecs());
 * parameters.initialise(new Random(0)); // untrained; see decodeMtcnnWeights() for trained ones
 * using detector = MtcnnDetector.create(gpu, await parameters.values());
 *
 * const photo = { width: 64, height: 48, data: new Uint8Array(64 * 48 * 3) };
 * const faces = await detector.detect(photo, { thresholds: [0.6, 0.7, 0.99], minSize: 40 });
 * for (const { box, confidence, landmarks } of faces) console.log(box, confidence, landmarks);
 * ```
 */
export class MtcnnDetector implements Disposable {
  readonly #gpu: Gpu;
  readonly #nets: MtcnnNets;
  readonly #settings: MtcnnSettings;

  /**
   * Takes over nets; most callers want {@linkcode MtcnnDetector.create}.
   *
   * @param options What {@linkcode detect} goes by where it is told nothing else.
   * @throws {RangeError} or {TypeError} for options that make no sense.
   */
  constructor(gpu: Gpu, nets: MtcnnNets, options: MtcnnOptions = {}) {
    this.#gpu = gpu;
    this.#nets = nets;
    this.#settings = mtcnnSettings(options);
  }

  /**
   * A detector with weights.
   *
   * @param weights Values by the names of `mtcnnSpecs`.
   * @param options What {@linkcode detect} goes by where it is told nothing else.
   * @throws {Error} if weights are missing or of another size.
   * @throws {RangeError} or {TypeError} for options that make no sense.
   */
  static create(gpu: Gpu, weights: NamedValues, options: MtcnnOptions = {}): MtcnnDetector {
    mtcnnSettings(options);
    return new MtcnnDetector(gpu, MtcnnNets.fromWeights(gpu, weights), options);
  }

  /**
   * Finds the faces in a photo.
   *
   * @param image The photo; grey ones have their value in all three channels.
   * @param options What shall differ from the detector's own options.
   * @returns The faces, the surest first; none where the photo is smaller than the smallest face. A box begins
   * at its first column and row and counts columns and rows; its numbers need not be whole, and it may reach
   * over the photo's border.
   * @throws {RangeError} if the bytes are not those of such a photo, if an option makes no sense, or if so much of the
   * photo passes the first threshold that there is no room for it.
   */
  async detect(image: RgbImage, options: MtcnnOptions = {}): Promise<DetectedFace[]> {
    const settings = mtcnnSettings(options, this.#settings);
    requireImage(image);
    const { height, width } = image;
    const levels = pyramidLevels(height, width, settings.minSize, settings.factor);
    if (levels.length === 0) return [];
    using photo = new GpuPhoto(this.#gpu, image, octavesOf(height, width));
    const input = { gpu: this.#gpu, nets: this.#nets, photo, settings };
    const proposed = await propose(input, levels);
    const refined = await refine(input, proposed);
    return await finish(input, refined);
  }

  /** Frees the nets. */
  [Symbol.dispose](): void {
    this.#nets[Symbol.dispose]();
  }
}

function requireImage({ height, width, data }: RgbImage): void {
  if (data.length !== height * width * 3 || data.length === 0) {
    throw new RangeError(
      `A photo of ${width} x ${height} pixels takes ${
        height * width * 3
      } RGB bytes, not ${data.length}.`,
    );
  }
}
