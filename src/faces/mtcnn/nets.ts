/** P-Net, R-Net and O-Net of MTCNN with their weights, ready to look at pixels. */

import { scope } from "../../autograd/scope.ts";
import { noGrad } from "../../autograd/tape.ts";
import { Tensor } from "../../autograd/tensor.ts";
import type { Gpu } from "../../gpu/gpu.ts";
import { faceWindows } from "../../kernels/face_windows.ts";
import { type NamedValues, Parameters, type ParameterSpec } from "../../nn/parameters.ts";
import { columns } from "../../ops/columns.ts";
import { reshape } from "../../ops/reshape.ts";
import { softmax } from "../../ops/softmax.ts";
import { MTCNN_PLANS, MtcnnNet } from "./net.ts";

/** What P-Net says of every position of its 12×12 window, which it moves by 2 pixels. */
export interface ProposalMaps {
  /** How likely a face is there, `[batch, height, width]`. */
  readonly probability: Tensor;
  /** Moves of the window's borders, x1, y1, x2, y2, as shares of its side, `[batch, height, width, 4]`. */
  readonly regression: Tensor;
}

/** What R-Net says of crops. */
export interface Refinement {
  /** How likely each is a face, `[batch]`. */
  readonly probability: Tensor;
  /** Moves of the crop's borders, x1, y1, x2, y2, as shares of its sides, `[batch, 4]`. */
  readonly regression: Tensor;
}

/** What O-Net says of crops. */
export interface OutputAnswer extends Refinement {
  /**
   * Left eye, right eye, nose, left and right corner of the mouth: x of all five, then y, as shares of the
   * crop's sides, `[batch, 10]`.
   */
  readonly landmarks: Tensor;
}

/** Columns of the nets' last layer. */
const LOGITS = [0, 2] as const;
const BOX = [2, 4] as const;
const LANDMARKS = [6, 10] as const;

const DESCRIPTIONS = MTCNN_PLANS.map((plan) => new MtcnnNet(plan)) as [
  MtcnnNet,
  MtcnnNet,
  MtcnnNet,
];

/** All parameters of the three nets, for readers and writers of weights. */
export function mtcnnSpecs(): ParameterSpec[] {
  return DESCRIPTIONS.flatMap((net) => net.specs);
}

/**
 * The three nets on a GPU.
 *
 * All take upright images `[batch, height, width, 3]` whose values are (v − 127.5) / 128, red, green, blue, such as
 * `imageTensor` makes them; with a fourth channel of zeros they are spared a copy. Nothing is recorded for a
 * backward pass.
 *
 * @example
 * ```ts
 * import { Gpu, MtcnnNets, mtcnnSpecs, Parameters, Random, Tensor } from "@spheregrad/spheregrad";
 *
 * using gpu = await Gpu.request();
 * using parameters = new Parameters(gpu, mtcnnSpecs());
 * parameters.initialise(new Random(0)); // untrained; see decodeMtcnnWeights() for trained ones
 * using nets = MtcnnNets.fromWeights(gpu, await parameters.values());
 *
 * using image = Tensor.zeros(gpu, [1, 40, 30, 3]);
 * const { probability, regression } = nets.proposal(image);
 * console.log(probability.shape, regression.shape); // [1, 15, 10], [1, 15, 10, 4]
 * ```
 */
export class MtcnnNets implements Disposable {
  readonly #parameters: Parameters;

  /** Takes over parameters of {@linkcode mtcnnSpecs}. */
  constructor(parameters: Parameters) {
    this.#parameters = parameters;
  }

  /**
   * Puts weights on the GPU.
   *
   * @param weights Values by the names of {@linkcode mtcnnSpecs}, such as `decodeMtcnnWeights` reads them.
   * @throws {Error} if some are missing or of another size.
   */
  static fromWeights(gpu: Gpu, weights: NamedValues): MtcnnNets {
    const parameters = new Parameters(gpu, mtcnnSpecs(), false);
    try {
      parameters.load(weights);
    } catch (error) {
      parameters[Symbol.dispose]();
      throw error;
    }
    return new MtcnnNets(parameters);
  }

  /**
   * P-Net on images of any one size from 12×12.
   *
   * @throws {RangeError} for anything else.
   */
  proposal(pixels: Tensor): ProposalMaps {
    const [net] = DESCRIPTIONS;
    const [, height, width] = requireImages(pixels, "P-Net");
    const { window } = net.plan;
    if (!(height >= window && width >= window)) {
      throw new RangeError(
        `P-Net takes images of at least ${window}×${window} pixels, not [${pixels.shape}].`,
      );
    }
    return noGrad(() =>
      scope(() => {
        const { gpu } = pixels;
        const { rows, windows } = net.features(this.#parameters, pixels);
        const [count, channels] = rows.shape as [number, number];
        const probability = Tensor.empty(gpu, windows, "face windows");
        const regression = Tensor.empty(gpu, [...windows, 4], "face windows");
        const operands = {
          features: rows.slice,
          weights: this.#parameters.get(`${net.heads.name}.weight`).slice,
          bias: this.#parameters.get(`${net.heads.name}.bias`).slice,
          probability: probability.slice,
          regression: regression.slice,
        };
        faceWindows(gpu, operands, count, channels);
        return { probability, regression };
      })
    );
  }

  /**
   * R-Net on crops of 24×24.
   *
   * @throws {RangeError} for crops of another size.
   */
  refine(crops: Tensor): Refinement {
    const [, net] = DESCRIPTIONS;
    requireCrops(crops, "R-Net", net.plan.window);
    return this.#run(net, crops, (rows) => ({
      probability: faceProbability(rows),
      regression: columns(rows, ...BOX),
    }));
  }

  /**
   * O-Net on crops of 48×48.
   *
   * @throws {RangeError} for crops of another size.
   */
  output(crops: Tensor): OutputAnswer {
    const [, , net] = DESCRIPTIONS;
    requireCrops(crops, "O-Net", net.plan.window);
    return this.#run(net, crops, (rows) => ({
      probability: faceProbability(rows),
      regression: columns(rows, ...BOX),
      landmarks: columns(rows, ...LANDMARKS),
    }));
  }

  /** Frees the weights. */
  [Symbol.dispose](): void {
    this.#parameters[Symbol.dispose]();
  }

  #run<T>(net: MtcnnNet, crops: Tensor, answer: (rows: Tensor) => T): T {
    return noGrad(() =>
      scope(() => {
        const { rows } = net.features(this.#parameters, crops);
        return answer(net.heads.forward(this.#parameters, rows));
      })
    );
  }
}

/** The second of the pair that softmax makes of the logits, `[windows]`. */
function faceProbability(rows: Tensor): Tensor {
  const pairs = softmax(columns(rows, ...LOGITS));
  return reshape(columns(pairs, 1, 1), [rows.shape[0]!]);
}

function requireImages(pixels: Tensor, net: string): [number, number, number] {
  const [batch, height, width, channels] = pixels.shape;
  if (pixels.shape.length !== 4 || (channels !== 3 && channels !== 4)) {
    throw new RangeError(
      `${net} takes images [batch, height, width, 3], or 4 of which the last is zero, not [${pixels.shape}].`,
    );
  }
  return [batch!, height!, width!];
}

function requireCrops(crops: Tensor, net: string, side: number): void {
  const [, height, width] = requireImages(crops, net);
  if (height !== side || width !== side) {
    throw new RangeError(`${net} takes crops of ${side}×${side} pixels, not [${crops.shape}].`);
  }
}
