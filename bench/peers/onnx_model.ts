/** The forward pass of a SphereNet as an ONNX model: the file format's protocol buffers, written by hand. */

import type { NamedValues } from "../../src/nn/parameters.ts";
import { layersOf, runTrunk } from "../layers.ts";
import type { StepExtents } from "../spherenet_step.ts";
import { channelsFirst } from "./permute.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What is computed, and with what weights. */
export interface OnnxWork extends StepExtents {
  /** Weights by name, in the paper's extents; the head's are left out of the model. */
  readonly weights: NamedValues;
}

/** Name of the model's input, `[batch, 3, height, width]`. */
export const INPUT = "images";

/** Name of the model's output, `[batch, 512]`. */
export const OUTPUT = "embeddings";

/** The whole file (opset 17). */
export function onnxModel(work: OnnxWork): Bytes {
  const { batch, size } = work;
  const tensors = channelsFirst(work, work.weights);
  const initialisers = [...tensors].filter(([name]) => name !== "head.weight")
    .map(([name, { shape, values }]) =>
      // PReLU's slopes are broadcast along the last axes: a channel's needs two more of extent 1.
      tensor(name, name.endsWith(".slope") ? [...shape, 1, 1] : shape, values)
    );
  const graph = concat([
    ...nodesOf(work).map((node) => field(1, node)),
    field(2, text(`SphereNet-${work.net}`)),
    ...initialisers.map((initialiser) => field(5, initialiser)),
    field(11, valueInfo(INPUT, [batch, 3, size.height, size.width])),
    field(12, valueInfo(OUTPUT, [batch, 512])),
  ]);
  const opset = field(2, 17);
  return concat([field(1, 8), field(2, text("spheregrad")), field(7, graph), field(8, opset)]);
}

function nodesOf({ net, size }: OnnxWork): Bytes[] {
  const nodes: Bytes[] = [];
  const add = (type: string, inputs: string[], output: string, attributes: Bytes[] = []) => {
    nodes.push(node(type, inputs, output, attributes));
    return output;
  };
  const trunk = runTrunk(layersOf(net, size), INPUT, (x, { name, shape, bias }, residual) => {
    const inputs = [x, `${name}.weight`, ...(bias ? [`${name}.bias`] : [])];
    const a = add("Conv", inputs, `${name}.a`, [
      integers("kernel_shape", [shape.kernelHeight, shape.kernelWidth]),
      integers("strides", [shape.stride, shape.stride]),
      integers("pads", Array(4).fill(shape.padding)),
    ]);
    const y = add("PRelu", [a, `${name}.slope`], `${name}.y`);
    return residual === undefined ? y : add("Add", [y, residual], `${name}.sum`);
  });
  const flat = add("Flatten", [trunk], "flat");
  add("Gemm", [flat, "fc1.weight", "fc1.bias"], OUTPUT);
  return nodes;
}

function node(type: string, inputs: string[], output: string, attributes: Bytes[]): Bytes {
  return concat([
    ...inputs.map((input) => field(1, text(input))),
    field(2, text(output)),
    field(3, text(`${type} ${output}`)),
    field(4, text(type)),
    ...attributes.map((attribute) => field(5, attribute)),
  ]);
}

/** An attribute of whole numbers (type INTS). */
function integers(name: string, values: readonly number[]): Bytes {
  return concat([field(1, text(name)), ...values.map((value) => field(8, value)), field(20, 7)]);
}

/** Values of type FLOAT. */
function tensor(name: string, shape: readonly number[], values: Float32Array<ArrayBuffer>): Bytes {
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const extents = shape.map((extent) => field(1, extent));
  return concat([...extents, field(2, 1), field(8, text(name)), field(9, raw)]);
}

/** An input or output of type FLOAT. */
function valueInfo(name: string, shape: readonly number[]): Bytes {
  const extents = concat(shape.map((extent) => field(1, field(1, extent))));
  const type = field(1, concat([field(1, 1), field(2, extents)]));
  return concat([field(1, text(name)), field(2, type)]);
}

/** One field of a message: a whole number, or bytes with their length in front. */
function field(id: number, value: number | Bytes): Bytes {
  if (typeof value === "number") return concat([varint(id << 3), varint(value)]);
  return concat([varint(id << 3 | 2), varint(value.length), value]);
}

/** Seven bits a byte, the lowest first; the top bit says that more follow. */
function varint(value: number): Bytes {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push(value % 128 | 128);
  return new Uint8Array([...bytes, value]);
}

function text(value: string): Bytes {
  return new TextEncoder().encode(value);
}

function concat(parts: readonly Bytes[]): Bytes {
  const out = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
