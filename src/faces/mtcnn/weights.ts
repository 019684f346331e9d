/** Weights of MTCNN's three nets: read from the files in use, and kept in one safetensors file. */

import { decodeSafetensors, encodeSafetensors } from "../../formats/safetensors.ts";
import { safetensorsFloats } from "../../formats/safetensors_entry.ts";
import type { NamedValues } from "../../nn/parameters.ts";
import { MTCNN_PLANS } from "./net.ts";
import { mtcnnSpecs } from "./nets.ts";
import { type MtcnnFile, readMtcnnNet } from "./sources.ts";

export type { MtcnnFile } from "./sources.ts";

const FORMAT = "spheregrad mtcnn 1";

const LAYOUT =
  "upright RGB images NHWC, (v - 127.5) / 128; convolutions [height, width, in, out]; " +
  "dense [in in order H, W, C, out]; heads: no face, face, x1, y1, x2, y2, five x, five y";

/**
 * Reads weights from the three files of the authors (`det1.caffemodel` to `det3.caffemodel`), from three
 * dictionaries (`det1.npy` to `det3.npy`), or from one file that {@linkcode encodeMtcnnWeights} wrote.
 *
 * @param files P-Net, R-Net and O-Net, or the one file.
 * @returns Values for `MtcnnNets.fromWeights`.
 * @throws {RangeError} for another number of files.
 * @throws {SyntaxError} for a file that is damaged or of another net, naming it.
 */
export function decodeMtcnnWeights(files: readonly MtcnnFile[]): NamedValues {
  const [only] = files;
  if (files.length === 1) return readSafetensors(only!);
  if (files.length !== MTCNN_PLANS.length) {
    throw new RangeError(
      `MTCNN's weights are in three files, or one safetensors file, not ${files.length}.`,
    );
  }
  return new Map(
    MTCNN_PLANS.flatMap((plan, index) => [...readMtcnnNet(plan, files[index]!)]),
  );
}

/**
 * Writes weights as the bytes of one `mtcnn.safetensors`.
 *
 * @param weights What {@linkcode decodeMtcnnWeights} read.
 * @throws {Error} if one is missing.
 *
 * @example
 * ```ts
 * import { decodeMtcnnWeights, encodeMtcnnWeights, mtcnnSpecs } from "@spheregrad/spheregrad";
 *
 * const count = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
 * const zeros = mtcnnSpecs().map(({ name, shape }) => [name, new Float32Array(count(shape))] as const);
 * const bytes = encodeMtcnnWeights(new Map(zeros));
 * console.log(decodeMtcnnWeights([{ name: "mtcnn.safetensors", bytes }]).size === zeros.length);
 * ```
 */
export function encodeMtcnnWeights(weights: NamedValues): Uint8Array<ArrayBuffer> {
  const entries = mtcnnSpecs().map(({ name, shape }) => {
    const data = weights.get(name);
    if (data === undefined) throw new Error(`The weights ${name} of MTCNN are missing.`);
    return [name, { dtype: "F32", shape, data }] as const;
  });
  return encodeSafetensors(Object.fromEntries(entries), { format: FORMAT, layout: LAYOUT });
}

function readSafetensors({ name, bytes }: MtcnnFile): NamedValues {
  const { tensors, metadata } = decodeSafetensors(bytes, name);
  if (metadata["format"] !== FORMAT) {
    throw new SyntaxError(
      `${name} holds no weights of MTCNN; give a file that was converted from the three nets.`,
    );
  }
  const values = new Map<string, Float32Array<ArrayBuffer>>();
  for (const { name: parameter, shape } of mtcnnSpecs()) {
    const entry = tensors[parameter];
    if (entry === undefined || `${entry.shape}` !== `${shape}`) {
      throw new SyntaxError(
        `${name} has ${
          entry === undefined ? "no" : `the shape [${entry.shape}] for`
        } ${parameter} [${shape}]; convert it anew.`,
      );
    }
    values.set(parameter, Float32Array.from(safetensorsFloats(entry)));
  }
  return values;
}
