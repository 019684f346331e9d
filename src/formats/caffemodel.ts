/**
 * Caffe's trained nets: a `NetParameter` in the wire format of protocol buffers, of which this reads the layers
 * with their names, types and blobs (https://github.com/BVLC/caffe/blob/master/src/caffe/proto/caffe.proto).
 * Both the present `layer` and the older `layers` are understood. What the blobs mean is their user's matter.
 */

import { packedVarints, type ProtobufField, protobufFields, requireWire } from "./protobuf.ts";

/** An array of a layer. */
export interface CaffeBlob {
  /** Extents, outermost first. Files of old versions always have four: number, channels, height, width. */
  readonly shape: readonly number[];
  /** Elements in row-major order; those stored as doubles are rounded. */
  readonly data: Float32Array<ArrayBuffer>;
}

/** A layer of a net. */
export interface CaffeLayer {
  /** Its name. */
  readonly name: string;
  /** What it does, such as `Convolution` or `InnerProduct`, under its present name also in older files. */
  readonly type: string;
  /** Its arrays: of a convolution the weights `[out, in, kernel height, kernel width]` and the bias. */
  readonly blobs: readonly CaffeBlob[];
}

/** Where a message keeps what is read here. */
interface LayerFields {
  readonly name: number;
  readonly type: number;
  readonly blobs: number;
}

/** `NetParameter.layer` and the fields of a `LayerParameter`. */
const LAYER = 100;
const LAYER_FIELDS: LayerFields = { name: 1, type: 2, blobs: 7 };

/** `NetParameter.layers` and the fields of a `V1LayerParameter`. */
const V1_LAYERS = 2;
const V1_LAYER_FIELDS: LayerFields = { name: 4, type: 5, blobs: 6 };

/** The types of older files in the order of their numbers, under the names that Caffe gives them today. */
const V1_TYPES: readonly string[] =
  (" Accuracy BNLL Concat Convolution Data Dropout EuclideanLoss " +
    "Flatten HDF5Data HDF5Output Im2col ImageData InfogainLoss InnerProduct LRN MultinomialLogisticLoss " +
    "Pooling ReLU Sigmoid Softmax SoftmaxWithLoss Split TanH WindowData Eltwise Power " +
    "SigmoidCrossEntropyLoss HingeLoss MemoryData ArgMax Threshold DummyData Slice MVN AbsVal Silence " +
    "ContrastiveLoss Exp Deconvolution").split(" ");

/** Caffe's own limit. */
const MOST_AXES = 32;

/**
 * Reads the layers of a `.caffemodel`. No allocation exceeds the size of the file.
 *
 * @param bytes The whole file.
 * @param name The file's name, for messages.
 * @returns The layers in the order of the file; those without arrays, such as pooling, too.
 * @throws {SyntaxError} for anything that is no net of Caffe's, naming the file, the layer and a remedy.
 *
 * @example
 * ```ts
 * import { decodeCaffemodel } from "@spheregrad/spheregrad";
 *
 * // A layer "a" of type "Input" without arrays.
 * const file = new Uint8Array([0xa2, 6, 10, 10, 1, 97, 18, 5, 73, 110, 112, 117, 116]);
 * console.log(decodeCaffemodel(file, "tiny.caffemodel")[0]?.type); // Input
 * ```
 */
export function decodeCaffemodel(bytes: Uint8Array, name: string): CaffeLayer[] {
  const layers: CaffeLayer[] = [];
  try {
    for (const field of protobufFields(bytes)) {
      if (field.number === LAYER) layers.push(readLayer(field, LAYER_FIELDS));
      else if (field.number === V1_LAYERS) layers.push(readLayer(field, V1_LAYER_FIELDS));
    }
    if (layers.length === 0) throw new SyntaxError("it holds no layers");
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new SyntaxError(
      `${name} is not a whole caffemodel: ${error.message}. Fetch the file again.`,
      { cause: error },
    );
  }
  return layers;
}

function readLayer(field: ProtobufField, fields: LayerFields): CaffeLayer {
  requireWire(field, "a layer", 2);
  let name = "";
  let type = "";
  const blobs: CaffeBlob[] = [];
  for (const part of protobufFields(field.bytes)) {
    if (part.number === fields.name) name = readText(part, "the name of a layer");
    else if (part.number === fields.type) type = readType(part, fields);
    else if (part.number === fields.blobs) {
      blobs.push(readBlob(part, `blob ${blobs.length} of the layer ${JSON.stringify(name)}`));
    }
  }
  return { name, type, blobs };
}

function readType(field: ProtobufField, fields: LayerFields): string {
  if (fields === LAYER_FIELDS) return readText(field, "the type of a layer");
  requireWire(field, "the type of a layer", 0);
  const type = field.varint < V1_TYPES.length ? V1_TYPES[Number(field.varint)] : undefined;
  if (type === undefined) throw new SyntaxError(`a layer has the unknown type ${field.varint}`);
  return type;
}

function readText(field: ProtobufField, what: string): string {
  requireWire(field, what, 2);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(field.bytes);
  } catch {
    throw new SyntaxError(`${what} is not UTF-8`);
  }
}

/** Fields of a `BlobProto`: four extents of old files, then these. */
const DATA = 5;
const SHAPE = 7;
const DOUBLE_DATA = 8;

function readBlob(field: ProtobufField, what: string): CaffeBlob {
  requireWire(field, what, 2);
  const old = [0, 0, 0, 0];
  let isOld = false;
  let shape: number[] | null = null;
  const counts = { [DATA]: 0, [DOUBLE_DATA]: 0 };
  for (const part of protobufFields(field.bytes)) {
    if (part.number < DATA) {
      requireWire(part, `the shape of ${what}`, 0);
      old[part.number - 1] = extentOf(part.varint, what);
      isOld = true;
    } else if (part.number === SHAPE) {
      shape = readShape(part, what);
    } else if (part.number === DATA || part.number === DOUBLE_DATA) {
      counts[part.number] += countOf(part, what);
    }
  }
  const extents = isOld ? old : shape;
  if (extents === null) throw new SyntaxError(`${what} has no shape`);
  if (counts[DATA] > 0 && counts[DOUBLE_DATA] > 0) {
    throw new SyntaxError(`${what} holds floats and doubles at once`);
  }
  const count = counts[DATA] + counts[DOUBLE_DATA];
  const wanted = extents.reduce((product, extent) => product * extent, 1);
  if (count !== wanted) {
    throw new SyntaxError(`${what} has the shape [${extents}] but ${count} elements`);
  }
  return { shape: extents, data: readElements(field.bytes, count) };
}

function readShape(field: ProtobufField, what: string): number[] {
  requireWire(field, `the shape of ${what}`, 2);
  const extents: number[] = [];
  const add = (value: bigint) => {
    if (extents.length === MOST_AXES) throw new SyntaxError(`${what} has over ${MOST_AXES} axes`);
    extents.push(extentOf(value, what));
  };
  for (const part of protobufFields(field.bytes)) {
    if (part.number !== 1) continue;
    requireWire(part, `an extent of ${what}`, 0, 2);
    if (part.wire === 0) add(part.varint);
    else for (const value of packedVarints(part.bytes)) add(value);
  }
  return extents;
}

function extentOf(value: bigint, what: string): number {
  if (value <= 0x7fffffffn) return Number(value);
  throw new SyntaxError(`${what} has the extent ${value}, more than an array may have`);
}

/** The elements in a field of floats or doubles: one, or a packed row of them. */
function countOf(field: ProtobufField, what: string): number {
  const size = field.number === DATA ? 4 : 8;
  requireWire(field, `the data of ${what}`, 2, size === 4 ? 5 : 1);
  const count = field.bytes.length / size;
  if (!Number.isInteger(count)) {
    throw new SyntaxError(
      `the data of ${what} has ${field.bytes.length} bytes, no multiple of ${size}`,
    );
  }
  return count;
}

/** All elements of a blob whose fields were checked and counted. */
function readElements(blob: Uint8Array, count: number): Float32Array<ArrayBuffer> {
  const data = new Float32Array(count);
  let at = 0;
  for (const { number, bytes } of protobufFields(blob)) {
    if (number !== DATA && number !== DOUBLE_DATA) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const size = number === DATA ? 4 : 8;
    for (let i = 0; i < bytes.length; i += size) {
      data[at++] = size === 4 ? view.getFloat32(i, true) : view.getFloat64(i, true);
    }
  }
  return data;
}
