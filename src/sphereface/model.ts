/** What a model file holds: weights, and in its metadata all that is needed to use and to judge them. */

import type { ImageSize } from "../data/dataset.ts";
import { decodeSafetensors, encodeSafetensors } from "../formats/safetensors.ts";
import type { SafetensorsEntry } from "../formats/safetensors_entry.ts";
import type { NamedValues, ParameterSpec } from "../nn/parameters.ts";
import {
  formatSize,
  makeHead,
  parseConfiguration,
  parseNet,
  parseSize,
  type TrainingConfiguration,
} from "./configuration.ts";
import { SphereNet } from "./spherenet.ts";
import { EMBEDDING, type NetName } from "./table2.ts";

/** A net with its weights. */
export interface Model {
  /** Which net. */
  readonly net: NetName;
  /** Size of the images that it takes. */
  readonly size: ImageSize;
  /** Weights by parameter name; those of a head may be among them. */
  readonly weights: NamedValues;
  /** Names of the identities that it was trained on. */
  readonly identities?: readonly string[];
  /** How it was trained. */
  readonly configuration?: TrainingConfiguration;
}

const FORMAT = "spheregrad model 1";

const PREPROCESSING = {
  crop: "aligned, centre-cropped to the aspect ratio, area-averaged to the size",
  channels: "RGB",
  scale: "(v - 127.5) / 128",
  representation: "embedding of the image, then of its mirror; compare by cosine",
};

const LAYOUT = "images NHWC; convolutions [height, width, in, out]; fc1 [in in order H, W, C, out]";

const LICENCE_NOTE =
  "The weights derive from the training images: use them only as those images' terms allow.";

/** Specs of all parameters of a model with a configuration: the net's, then its head's. */
export function modelSpecs(configuration: TrainingConfiguration, classes: number): ParameterSpec[] {
  const net = new SphereNet(configuration.net, configuration.size);
  return [...net.specs, ...makeHead(configuration, { classes, features: EMBEDDING }).specs];
}

/** Values as entries of a safetensors file, with the shapes of their specs. */
export function entriesOf(
  specs: readonly ParameterSpec[],
  values: NamedValues,
  prefix = "",
): Record<string, SafetensorsEntry> {
  return Object.fromEntries(specs.map(({ name, shape }) => {
    const data = values.get(name);
    if (data === undefined) throw new Error(`The weights of ${name} are missing.`);
    return [prefix + name, { dtype: "F32", shape, data }];
  }));
}

/** Entries of a safetensors file as values, those under `prefix` alone. */
export function valuesOf(
  tensors: Readonly<Record<string, SafetensorsEntry>>,
  prefix = "",
): NamedValues {
  const values = new Map<string, Float32Array<ArrayBuffer>>();
  for (const [name, { data }] of Object.entries(tensors)) {
    if (name.startsWith(prefix) && data instanceof Float32Array) {
      values.set(name.slice(prefix.length), Float32Array.from(data));
    }
  }
  return values;
}

/** Writes a model as the bytes of a `model.safetensors`. */
export function encodeModel(model: Model): Uint8Array<ArrayBuffer> {
  const { net, size, weights, identities = [], configuration } = model;
  const specs = configuration === undefined
    ? new SphereNet(net, size).specs
    : modelSpecs(configuration, identities.length);
  return encodeSafetensors(entriesOf(specs, weights), {
    format: FORMAT,
    net,
    size: formatSize(size),
    embedding: String(EMBEDDING),
    preprocessing: JSON.stringify(PREPROCESSING),
    layout: LAYOUT,
    licence: LICENCE_NOTE,
    classes: String(identities.length),
    identities: JSON.stringify(identities),
    ...(configuration === undefined
      ? {}
      : { head: configuration.head, configuration: JSON.stringify(configuration) }),
  });
}

/**
 * Reads a `model.safetensors`.
 *
 * @param bytes The whole file.
 * @param name The file's name, for messages.
 * @throws {SyntaxError} if it is no model of this library, or its weights do not fit its net.
 */
export function decodeModel(bytes: Uint8Array, name: string): Model {
  const { tensors, metadata } = decodeSafetensors(bytes, name);
  if (metadata["format"] !== FORMAT) {
    throw new SyntaxError(
      `${name} is not a model of this library (its format is ${
        JSON.stringify(metadata["format"] ?? null)
      }, not "${FORMAT}"); give the model.safetensors that training wrote.`,
    );
  }
  const net = field(name, () => parseNet(metadata["net"] ?? ""));
  const size = field(name, () => parseSize(metadata["size"] ?? ""));
  for (const spec of new SphereNet(net, size).specs) {
    const entry = tensors[spec.name];
    if (entry?.dtype !== "F32" || String(entry.shape) !== String(spec.shape)) {
      throw new SyntaxError(
        `${name}: the weights of ${spec.name} are ${
          entry === undefined ? "missing" : `${entry.dtype} [${entry.shape}]`
        }, but SphereNet-${net} ` +
          `at ${formatSize(size)} needs F32 [${spec.shape}]; the file is damaged or was edited.`,
      );
    }
  }
  const configuration = metadata["configuration"];
  return {
    net,
    size,
    weights: valuesOf(tensors),
    identities: field(name, () => JSON.parse(metadata["identities"] ?? "[]") as string[]),
    ...(configuration === undefined ? {} : {
      configuration: field(name, () => parseConfiguration(configuration)),
    }),
  };
}

/** Reads a piece of metadata; what is wrong with it is told with the file's name. */
export function field<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SyntaxError(
      `${name} is damaged or was edited, its metadata cannot be used: ${reason}`,
      { cause },
    );
  }
}
