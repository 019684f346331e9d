/**
 * The layers of MTCNN's nets as their files have them: the authors' `.caffemodel`, and the `.npy` dictionaries
 * `{layer: {weights, biases, alpha}}` of a Python port. Both were made for transposed images, MATLAB's order of
 * pixels: the first axis of a kernel, and of the maps before a dense layer, runs to the right. Reading turns
 * them upright.
 */

import { decodeCaffemodel } from "../../formats/caffemodel.ts";
import { decodeNpy, type NpyArray } from "../../formats/npy.ts";
import type { MtcnnPlan } from "./net.ts";

/** A file with one of the nets. */
export interface MtcnnFile {
  /** Its name, for messages. */
  readonly name: string;
  /** All of it. */
  readonly bytes: Uint8Array;
}

type Floats = Float32Array<ArrayBuffer>;

/** What a layer keeps, by the port's names. */
type Part = "weights" | "biases" | "alpha";

/** A net as a file has it. */
interface Source {
  /** Elements of a layer's array, of which there must be `count`. */
  read(layer: string, part: Part, count: number): Floats;
  /** Where the weight from place (x, y) and an input channel to an output stands. */
  place(at: Tap, extents: TapExtents): number;
}

interface Tap {
  readonly x: number;
  readonly y: number;
  readonly input: number;
  readonly output: number;
}

interface TapExtents {
  readonly side: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** Names of the layers in the files, of each net. */
const NAMES = {
  pnet: { slope: "PReLU", dense: "", heads: ["conv4-1", "conv4-2"] },
  rnet: { slope: "prelu", dense: "conv4", heads: ["conv5-1", "conv5-2"] },
  onet: { slope: "prelu", dense: "conv5", heads: ["conv6-1", "conv6-2", "conv6-3"] },
} as const;

/** Columns of each of the last layers. */
const HEADS = [2, 4, 10] as const;

/**
 * The parameters of one net from its file.
 *
 * @param plan Which net.
 * @param file A `.caffemodel`, or a `.npy` dictionary where it begins as one.
 * @returns Values by the names of `mtcnnSpecs`.
 * @throws {SyntaxError} for a damaged file, or one that lacks a layer of the net.
 */
export function readMtcnnNet(plan: MtcnnPlan, file: MtcnnFile): Map<string, Floats> {
  const source = isNpy(file.bytes) ? npySource(file) : caffeSource(file);
  const names = NAMES[plan.name];
  const values = new Map<string, Floats>();
  let inputs = 3;
  plan.convs.forEach(({ kernel, channels }, index) => {
    const at = `${plan.name}.conv${index + 1}`;
    const layer = `conv${index + 1}`;
    values.set(`${at}.weight`, upright(source, layer, { side: kernel, inputs, outputs: channels }));
    values.set(`${at}.bias`, source.read(layer, "biases", channels));
    values.set(`${at}.slope`, source.read(`${names.slope}${index + 1}`, "alpha", channels));
    inputs = channels;
  });
  if (plan.dense !== undefined) {
    const { side, outputs } = plan.dense;
    const at = `${plan.name}.dense`;
    const slope = `${names.slope}${plan.convs.length + 1}`;
    values.set(`${at}.weight`, upright(source, names.dense, { side, inputs, outputs }));
    values.set(`${at}.bias`, source.read(names.dense, "biases", outputs));
    values.set(`${at}.slope`, source.read(slope, "alpha", outputs));
    inputs = outputs;
  }
  const heads = names.heads.map((layer, index) => {
    const outputs = HEADS[index]!;
    return {
      outputs,
      weight: upright(source, layer, { side: 1, inputs, outputs }),
      bias: source.read(layer, "biases", outputs),
    };
  });
  values.set(
    `${plan.name}.heads.weight`,
    Float32Array.from(
      Array.from({ length: inputs }, (_, row) =>
        heads.flatMap(({ weight, outputs }) => [
          ...weight.subarray(row * outputs, (row + 1) * outputs),
        ])).flat(),
    ),
  );
  values.set(`${plan.name}.heads.bias`, Float32Array.from(heads.flatMap(({ bias }) => [...bias])));
  return values;
}

/** Weights `[side, side, inputs, outputs]` of upright images. */
function upright(source: Source, layer: string, extents: TapExtents): Floats {
  const { side, inputs, outputs } = extents;
  const stored = source.read(layer, "weights", side * side * inputs * outputs);
  const weight = new Float32Array(stored.length);
  let to = 0;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      for (let input = 0; input < inputs; input++) {
        for (let output = 0; output < outputs; output++) {
          weight[to++] = stored[source.place({ x, y, input, output }, extents)]!;
        }
      }
    }
  }
  return weight;
}

/** Arrays `[output, input, x, y]`. */
function caffeSource({ name, bytes }: MtcnnFile): Source {
  const layers = new Map(decodeCaffemodel(bytes, name).map((layer) => [layer.name, layer]));
  return {
    read(layer, part, count) {
      const data = layers.get(layer)?.blobs[part === "biases" ? 1 : 0]?.data;
      return requireCount(data, { name, layer, part, count });
    },
    place: ({ x, y, input, output }, { side, inputs }) =>
      ((output * inputs + input) * side + x) * side + y,
  };
}

/** Arrays `[x, y, input, output]`. */
function npySource({ name, bytes }: MtcnnFile): Source {
  const layers = decodeNpy(bytes, name).data[0] as unknown;
  if (!(layers instanceof Map)) {
    throw new SyntaxError(`${name} holds no dictionary of layers; give one of MTCNN's det*.npy.`);
  }
  return {
    read(layer, part, count) {
      const arrays = layers.get(layer) as unknown;
      const array = arrays instanceof Map ? arrays.get(part) as NpyArray | undefined : undefined;
      const data = array?.data instanceof Float32Array ? array.data as Floats : undefined;
      return requireCount(data, { name, layer, part, count });
    },
    place: ({ x, y, input, output }, { side, inputs, outputs }) =>
      ((x * side + y) * inputs + input) * outputs + output,
  };
}

interface Wanted {
  readonly name: string;
  readonly layer: string;
  readonly part: Part;
  readonly count: number;
}

function requireCount(data: Floats | undefined, { name, layer, part, count }: Wanted): Floats {
  if (data?.length === count) return data;
  const found = data === undefined ? "none" : `${data.length}`;
  throw new SyntaxError(
    `${name} has ${found} of the ${count} ${part} of the layer ${layer}; give the file of this net, of MTCNN v1.`,
  );
}

function isNpy(bytes: Uint8Array): boolean {
  return bytes[0] === 0x93 && new TextDecoder().decode(bytes.subarray(1, 6)) === "NUMPY";
}
